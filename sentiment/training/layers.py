"""The layers of an encoder: dropping some of them, and stopping others from being trained."""

from collections.abc import Sequence
from typing import Any

from sentiment.errors import UsageError
from sentiment.inference.pooled_classifier import encoder_config


def keep_layers(model: Any, layers: Sequence[int]) -> None:
    """Drop all encoder layers but these, in this order (Sanh et al., 2019); none drops nothing."""
    if not layers:
        return
    from torch.nn import ModuleList

    flag = f"--keep-layers {','.join(map(str, layers))}"
    config = encoder_config(model.config)
    stack, depth = _stack(model, flag, "Leave it out."), config.num_hidden_layers
    if not all(0 <= layer < depth for layer in layers):
        raise UsageError(
            f"{flag}: this encoder has {depth} layers, the first of which is 0.",
            f"Name layers from 0 to {depth - 1}.",
        )
    kept = ModuleList([stack[layer] for layer in layers])
    for module in model.base_model.modules():
        for name, child in list(module.named_children()):
            if child is stack:
                setattr(module, name, kept)
    for name, value in config.to_dict().items():
        if isinstance(value, list) and len(value) == depth:  # such as the kinds of attention
            setattr(config, name, [value[layer] for layer in layers])
    config.num_hidden_layers = len(layers)


def freeze(model: Any, layers: int) -> None:
    """Stop training the embeddings and the lowest `layers` encoder layers; 0 freezes nothing."""
    if layers == 0:
        return
    flag = f"--frozen-layers {layers}"
    depth = encoder_config(model.config).num_hidden_layers
    stack = _stack(model, flag, "Pass --frozen-layers 0.")
    if layers > depth:
        raise UsageError(
            f"{flag} is more than the {depth} layers of this encoder.",
            f"Pass --frozen-layers {depth} or less.",
        )
    for name, parameter in model.base_model.named_parameters():
        if "embeddings" in name or "relative_attention_bias" in name:
            parameter.requires_grad = False
    for layer in list(stack)[:layers]:
        layer.requires_grad_(False)


def _stack(model: Any, flag: str, remedy: str) -> Any:
    """Return the list of an encoder's layers.

    Raises `UsageError` where there is no such list: where all layers are one, as in ALBERT,
    or the parts of a layer lie in several lists, as in XLM.
    """
    from torch.nn import ModuleList

    config = encoder_config(model.config)
    family, depth = config.model_type, config.num_hidden_layers
    if getattr(config, "num_hidden_groups", depth) < depth:
        raise UsageError(
            f"{flag}: the {depth} layers of this encoder ({family}) share their weights.", remedy
        )
    for module in model.base_model.modules():
        lists = [each for each in module.children() if isinstance(each, ModuleList)]
        lists = [each for each in lists if len(each) == depth]
        if len(lists) == 1:
            return lists[0]
        if lists:
            break
    raise UsageError(
        f"{flag}: the {depth} layers of this encoder ({family}) do not lie in one list.", remedy
    )
