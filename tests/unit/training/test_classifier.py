"""The base model: what is loaded, what is frozen, what decays, what is refused."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from sentiment.errors import UsageError
from sentiment.settings import TrainingSettings
from sentiment.training.base_models import locate
from sentiment.training.classifier import languages_of, load_classifier, parameter_groups
from tests.support.models import FAMILIES, make_encoder
from tests.support.training import read_weights

LABELS = ["bad", "good"]
Make = Callable[..., TrainingSettings]


@pytest.fixture(scope="session", params=FAMILIES)
def family_encoder(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Path:
    """One tiny encoder of each family."""
    return make_encoder(tmp_path_factory.mktemp(request.param), request.param)


def names_of(model: Any, parameters: list[Any]) -> set[str]:
    """Return the names of a model's parameters."""
    wanted = {id(parameter) for parameter in parameters}
    return {name for name, parameter in model.named_parameters() if id(parameter) in wanted}


def test_the_head_has_the_labels_of_the_data(settings: Make) -> None:
    config = load_classifier(settings(), ["calm", "cross", "curious"]).model.config
    assert config.id2label == {0: "calm", 1: "cross", 2: "curious"}
    assert config.label2id == {"calm": 0, "cross": 1, "curious": 2}


def test_the_encoder_keeps_its_pretrained_weights(settings: Make, encoder: Path) -> None:
    loaded = load_classifier(settings(), LABELS).model.base_model.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in read_weights(encoder).items())


def test_a_base_model_saved_in_half_precision_is_trained_in_float32(
    settings: Make, encoder: Path, tmp_path: Path
) -> None:
    from transformers import AutoModel, AutoTokenizer

    AutoModel.from_pretrained(encoder).half().save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(encoder).save_pretrained(tmp_path)
    model = load_classifier(settings(base_model=str(tmp_path)), LABELS).model
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_the_dropout_in_attention_is_the_one_asked_for(settings: Make, rate: float) -> None:
    model = load_classifier(settings(attention_dropout=rate), LABELS).model
    assert model.config.attention_probs_dropout_prob == rate


def test_the_dropout_in_attention_can_be_left_to_the_base_model(settings: Make) -> None:
    model = load_classifier(settings(attention_dropout="model"), LABELS).model
    assert model.config.attention_probs_dropout_prob == 0.1


@pytest.mark.parametrize(("asked", "rate"), [(0.0, 0.0), (0.3, 0.3), ("model", 0.1)])
def test_the_dropout_in_hidden_layers_is_the_one_asked_for(
    settings: Make, asked: float | str, rate: float
) -> None:
    model = load_classifier(settings(dropout=asked), LABELS).model
    hidden = [m.p for m in model.modules() if isinstance(m, torch.nn.Dropout)]
    assert rate in hidden
    assert model.config.hidden_dropout_prob == rate


def test_frozen_layers_are_the_embeddings_and_the_lowest_layers(
    settings: Make, family_encoder: Path
) -> None:
    chosen = settings(base_model=str(family_encoder), frozen_layers=1)
    model = load_classifier(chosen, LABELS).model
    still = {name for name, p in model.named_parameters() if not p.requires_grad}
    layers = {name for name, _ in model.named_parameters() if "layer.0." in name}
    layers |= {name for name, _ in model.named_parameters() if "layers.0." in name}
    parts = (".embeddings.", "relative_attention_bias")  # the latter is MPNet's, for all layers
    embeddings = {n for n, _ in model.named_parameters() if any(part in n for part in parts)}
    assert layers
    assert embeddings
    assert still == layers | embeddings


def test_nothing_is_frozen_unless_asked(settings: Make) -> None:
    model = load_classifier(settings(), LABELS).model
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_more_frozen_layers_than_there_are_is_refused(settings: Make) -> None:
    with pytest.raises(UsageError, match="--frozen-layers 3 is more than the 2 layers"):
        load_classifier(settings(frozen_layers=3), LABELS)


def test_every_layer_can_be_frozen_and_the_head_still_learns(settings: Make) -> None:
    model = load_classifier(settings(frozen_layers=2), LABELS).model
    groups = parameter_groups(model, 0.01)
    assert names_of(model, groups[0]["params"]) >= {"classifier.weight"}


def test_biases_and_norms_do_not_decay_and_all_else_does(
    settings: Make, family_encoder: Path
) -> None:
    model = load_classifier(settings(base_model=str(family_encoder)), LABELS).model
    decayed, spared = parameter_groups(model, 0.01)
    norms = {
        f"{path}.{name}"
        for path, module in model.named_modules()
        if isinstance(module, torch.nn.LayerNorm)
        for name, _ in module.named_parameters(recurse=False)
    }
    biases = {name for name, _ in model.named_parameters() if name.endswith(".bias")}
    everything = {name for name, _ in model.named_parameters()}
    assert decayed["weight_decay"] == 0.01
    assert spared["weight_decay"] == 0.0
    assert names_of(model, spared["params"]) == norms | biases
    assert names_of(model, decayed["params"]) == everything - norms - biases


def test_frozen_parameters_are_not_given_to_the_optimizer(settings: Make) -> None:
    model = load_classifier(settings(frozen_layers=1), LABELS).model
    given = [p for group in parameter_groups(model, 0.01) for p in group["params"]]
    assert {id(p) for p in given} == {id(p) for p in model.parameters() if p.requires_grad}


def test_the_longest_text_a_family_reads_is_the_limit(settings: Make, family_encoder: Path) -> None:
    with pytest.raises(UsageError, match=r"65 is more than the 64 .*--max-length 64 or less"):
        load_classifier(settings(base_model=str(family_encoder), max_length=65), LABELS)


def test_a_family_computes_a_text_of_the_longest_length_it_admits(
    settings: Make, family_encoder: Path
) -> None:
    encoder = load_classifier(settings(base_model=str(family_encoder), max_length=64), LABELS)
    ids = torch.full((1, 64), encoder.tokenizer.convert_tokens_to_ids("film"))
    assert encoder.model(input_ids=ids).logits.isfinite().all()


def test_a_base_model_that_is_not_there_is_named_with_a_remedy(
    settings: Make, tmp_path: Path
) -> None:
    missing = str(tmp_path / "no-such-model")
    with pytest.raises(UsageError, match=r"no-such-model.*--base-model packaged") as error:
        load_classifier(settings(base_model=missing), LABELS)
    assert error.value.exit_code == 2


def test_a_folder_without_weights_is_refused(settings: Make, encoder: Path, tmp_path: Path) -> None:
    for file in encoder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(UsageError, match="cannot be loaded"):
        load_classifier(settings(base_model=str(tmp_path)), LABELS)


def test_a_folder_without_a_tokenizer_is_refused(
    settings: Make, encoder: Path, tmp_path: Path
) -> None:
    """Transformers makes up a tokenizer of five special tokens, to which all words are one."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((encoder / name).read_bytes())
    with pytest.raises(UsageError, match="tokenizer"):
        load_classifier(settings(base_model=str(tmp_path)), LABELS)


@pytest.mark.parametrize(
    ("named", "languages"),
    [("language: en", ["en"]), ("language: [en, de]", ["en", "de"]), ("license: mit", [])],
)
def test_the_languages_are_those_that_the_base_models_card_names(
    settings: Make, encoder: Path, tmp_path: Path, named: str, languages: list[str]
) -> None:
    folder = shutil.copytree(encoder, tmp_path / "encoder")
    (folder / "README.md").write_text(f"---\n{named}\n---\n# An encoder\n")
    assert load_classifier(settings(base_model=str(folder)), LABELS).languages == languages


def test_without_a_card_no_language_is_known(settings: Make, encoder: Path) -> None:
    assert load_classifier(settings(), LABELS).languages == []


def test_the_packaged_encoder_knows_english() -> None:
    assert languages_of(locate("packaged")) == ["en"]


def test_layers_that_are_kept_are_those_named_with_their_weights(
    settings: Make, family_encoder: Path
) -> None:
    whole = load_classifier(settings(base_model=str(family_encoder)), LABELS).model
    chosen = settings(base_model=str(family_encoder), keep_layers="1")
    kept = load_classifier(chosen, LABELS).model
    assert kept.config.num_hidden_layers == 1
    before, after = (dict(model.base_model.named_parameters()) for model in (whole, kept))
    layers = [name for name in after if ".0." in name and "layer" in name]
    assert layers
    assert all(torch.equal(after[name], before[name.replace(".0.", ".1.")]) for name in layers)
    assert not [name for name in after if ".1." in name and "layer" in name]


def test_fewer_layers_are_saved_and_loaded_as_such(
    settings: Make, family_encoder: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForSequenceClassification

    classifier = load_classifier(
        settings(base_model=str(family_encoder), keep_layers=["0"]), LABELS
    )
    classifier.model.save_pretrained(tmp_path)
    loaded = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    ids = torch.tensor([[2, 7, 9, 3]])
    with torch.inference_mode():
        logits = [model.eval()(ids).logits for model in (classifier.model, loaded)]
    assert torch.allclose(*logits, atol=1e-4)


@pytest.mark.parametrize("layers", ["0,2", "-1", "5"])
def test_a_layer_that_is_not_there_is_refused(settings: Make, layers: str) -> None:
    with pytest.raises(UsageError, match=r"this encoder has 2 layers, the first of which is 0"):
        load_classifier(settings(keep_layers=layers), LABELS)
