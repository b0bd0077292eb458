"""The base model: what is loaded, what is frozen, what decays, what is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from sentiment.errors import UsageError
from sentiment.settings import TrainingSettings
from sentiment.training.base_models import locate
from sentiment.training.classifier import (
    languages_of,
    load_classifier,
    open_base_model,
    parameter_groups,
)
from tests.support.models import FAMILIES, make_classifier, make_encoder
from tests.support.tokenizers import write_tokenizer
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
    with pytest.raises(UsageError, match=r"no folder .*no-such-model.*or pass packaged") as error:
        load_classifier(settings(base_model=missing), LABELS)
    assert error.value.exit_code == 2


# --- what a base model brings along ---------------------------------------------------


def base_with(folder: Path, encoder: Path, **changes: Any) -> str:
    """Copy an encoder and change its configuration."""
    shutil.copytree(encoder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))
    return str(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"problem_type": "regression", "num_labels": 1, "id2label": {"0": "score"}},
        {"problem_type": "multi_label_classification", "num_labels": 5},
        {"return_dict": False},
        {"output_hidden_states": True, "output_attentions": True},
        {"is_decoder": True, "add_cross_attention": True},
        {"pad_token_id": None},
        {"id2label": {"0": "x", "1": "y", "2": "z"}, "label2id": {"x": 0, "y": 1, "z": 2}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_fine_tuning_needs_is_set_not_inherited(
    settings: Make, encoder: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    chosen = settings(base_model=base_with(tmp_path / "base", encoder, **changes))
    plain = load_classifier(settings(), LABELS)
    loaded = load_classifier(chosen, LABELS)
    ids = torch.tensor([[2, 7, 9, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    outputs = []
    for classifier in (plain, loaded):
        body = classifier.model.base_model.eval()
        outputs.append(body(input_ids=ids, attention_mask=mask).last_hidden_state[:, :4])
    assert torch.allclose(*outputs, atol=1e-6)
    answer = loaded.model.eval()(input_ids=ids, attention_mask=mask)
    assert answer.logits.shape == (1, 2)
    config = loaded.model.config
    assert config.problem_type in (None, "single_label_classification")
    assert config.id2label == {0: "bad", 1: "good"}
    assert config.pad_token_id == 0


def classifier_base(folder: Path, family: str, labels: list[str]) -> Path:
    """Write a classifier whose head is far from any new one."""
    from transformers import AutoModelForSequenceClassification

    make_classifier(folder, family, label_count=len(labels))
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    model.config.id2label = dict(enumerate(labels))
    model.config.label2id = {label: place for place, label in enumerate(labels)}
    model.save_pretrained(folder)
    return folder


def head(model: Any) -> dict[str, Any]:
    body = {id(parameter) for parameter in model.base_model.parameters()}
    return {name: p for name, p in model.named_parameters() if id(p) not in body and p.ndim > 1}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("before", "kept"), [(["bad", "good"], True), (["good", "bad"], False), (["score"], False)]
)
def test_a_head_is_kept_only_for_the_same_labels_in_the_same_order(
    settings: Make, tmp_path: Path, family: str, before: list[str], kept: bool
) -> None:
    folder = classifier_base(tmp_path / "base", family, before)
    model = load_classifier(settings(base_model=str(folder)), LABELS).model
    saved = read_weights(folder)
    same = [torch.equal(p, saved[n]) for n, p in head(model).items() if p.shape == saved[n].shape]
    assert all(same) if kept else not any(same)
    prefix = f"{model.base_model_prefix}."
    body = model.base_model.state_dict()
    assert all(torch.equal(body[name], saved[prefix + name]) for name in body)


def test_tokens_that_were_added_to_a_tokenizer_get_a_vector(
    settings: Make, encoder: Path, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    shutil.copytree(encoder, tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    tokenizer.add_tokens(["unheard"])
    tokenizer.save_pretrained(tmp_path / "base")
    loaded = load_classifier(settings(base_model=str(tmp_path / "base")), LABELS)
    ids = torch.tensor([loaded.tokenizer("unheard film")["input_ids"]])
    assert ids.max() == len(loaded.tokenizer) - 1
    assert loaded.model(input_ids=ids).logits.isfinite().all()


@pytest.mark.parametrize("absurd", [10**30, 512, -1, 4])
def test_what_a_tokenizer_says_of_its_length_is_not_believed(
    settings: Make, encoder: Path, tmp_path: Path, absurd: int
) -> None:
    folder = Path(base_with(tmp_path / "base", encoder))
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config["model_max_length"] = absurd
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    loaded = load_classifier(settings(base_model=str(folder)), LABELS)
    assert loaded.tokenizer.model_max_length == 48


def test_a_tokenizer_without_padding_gets_some(
    settings: Make, encoder: Path, tmp_path: Path
) -> None:
    folder = Path(base_with(tmp_path / "base", encoder))
    config = json.loads((folder / "tokenizer_config.json").read_text())
    del config["pad_token"]
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer = load_classifier(settings(base_model=str(folder)), LABELS).tokenizer
    assert tokenizer.pad_token_id == 0


# --- what cannot work -----------------------------------------------------------------


def other_base(folder: Path, family: str, **more: Any) -> str:
    """Write what can be seen of another kind of model without its weights."""
    from transformers import AutoConfig

    AutoConfig.for_model(family, **more).save_pretrained(folder)
    (folder / "model.safetensors").write_bytes(b"")
    write_tokenizer(folder, "bert")
    return str(folder)


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("gpt2", r"\(gpt2\) is a decoder"),
        ("llama", r"\(llama\) is a decoder"),
        ("xlnet", r"\(xlnet\) is a decoder"),
        ("t5", r"\(t5\) has an encoder and a decoder"),
        ("bart", r"\(bart\) has an encoder and a decoder"),
        ("vit", r"\(vit\) is not made to classify texts"),
        ("fnet", r"\(fnet\) takes no attention_mask"),
        ("convbert", r"\(convbert\) answers otherwise where a text is padded"),
    ],
)
def test_what_cannot_be_fine_tuned_and_served_is_refused_before_the_data_are_read(
    settings: Make, tmp_path: Path, family: str, reason: str
) -> None:
    from sentiment.training.pipeline import train

    base = other_base(tmp_path / "base", family)
    with pytest.raises(UsageError, match=reason) as caught:
        train(settings(base_model=base, data=str(tmp_path / "missing.csv")), recipe="test")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"max_length": 65}, "--max-length 65 is more than the 64 tokens"),
        ({"frozen_layers": 3}, "--frozen-layers 3 is more than the 2 layers"),
        ({"keep_layers": "7"}, "--keep-layers 7: this encoder has 2 layers"),
    ],
)
def test_sizes_that_an_encoder_does_not_have_are_refused_before_the_data_are_read(
    settings: Make, tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    from sentiment.training.pipeline import train

    with pytest.raises(UsageError, match=reason):
        train(settings(data=str(tmp_path / "missing.csv"), **changes), recipe="test")


@pytest.mark.parametrize(
    ("family", "changes", "reason"),
    [
        ("albert", {"frozen_layers": 1}, r"the 2 layers .*\(albert\) share their weights.*0\.$"),
        ("albert", {"keep_layers": "0"}, r"the 2 layers .*\(albert\) share .*Leave it out\.$"),
        ("xlm", {"frozen_layers": 1}, r"the 2 layers .*\(xlm\) do not lie in one list"),
    ],
)
def test_layers_that_cannot_be_told_apart_are_not_frozen_or_dropped(
    settings: Make, tmp_path: Path, family: str, changes: dict[str, Any], reason: str
) -> None:
    if family == "xlm":
        size = {"vocab_size": 300, "emb_dim": 32, "n_layers": 2, "n_heads": 2}
        base = other_base(tmp_path / "base", family, **size)
    else:
        base = str(make_encoder(tmp_path / "base", family))
    with pytest.raises(UsageError, match=reason):
        open_base_model(settings(base_model=base, **changes))


def test_a_model_whose_weights_read_padding_is_refused_when_they_are_loaded(
    settings: Make, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import BertModel

    def forward(self: Any, input_ids: Any, attention_mask: Any = None, **more: Any) -> Any:
        return plain(self, input_ids=input_ids, **more)

    plain = BertModel.forward
    monkeypatch.setattr(BertModel, "forward", forward)
    with pytest.raises(UsageError, match=r"\(bert\) answers otherwise where a text is padded"):
        load_classifier(settings(), LABELS)


def test_albert_is_trained_whole(settings: Make, tmp_path: Path) -> None:
    base = make_encoder(tmp_path / "base", "albert")
    model = load_classifier(settings(base_model=str(base)), LABELS).model
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_model_without_a_limit_reads_any_length(settings: Make, tmp_path: Path) -> None:
    """Some configurations say -1 where positions are relative."""
    base = make_encoder(tmp_path / "base", "modernbert")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"max_position_embeddings": -1}))
    open_base_model(settings(base_model=str(base), max_length=4096))


@pytest.mark.parametrize(
    ("file", "package"), [("spm.model", "sentencepiece"), ("tiktoken.model", "tiktoken")]
)
def test_a_package_that_makes_a_tokenizer_is_named_when_it_is_missing(
    settings: Make, encoder: Path, tmp_path: Path, file: str, package: str
) -> None:
    base = shutil.copytree(encoder, tmp_path / "base")
    (base / "tokenizer.json").rename(base / file)
    with pytest.raises(UsageError) as caught:
        open_base_model(settings(base_model=str(base)))
    assert str(caught.value) == (
        f"{str(base)!r} has no tokenizer.json, and to make one of its {file} takes the package "
        f"{package}, which is not installed. Run: pip install {package}"
    )


def test_an_adapter_is_told_to_be_one(settings: Make, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(UsageError, match="is an adapter"):
        open_base_model(settings(base_model=str(tmp_path)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not that of a model"),
        ("[]", "is not that of a model"),
        ("{}", "cannot be loaded"),
        ('{"model_type": "novel"}', "is of a kind, novel, that transformers"),
        ('{"model_type": "novel", "auto_map": {}}', "needs code of its own"),
        ('{"model_type": "bert", "hidden_size": "many"}', "cannot be loaded"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_one_line(
    settings: Make, encoder: Path, tmp_path: Path, content: str, reason: str
) -> None:
    base = shutil.copytree(encoder, tmp_path / "base")
    (base / "config.json").write_text(content)
    with pytest.raises(UsageError, match=reason) as caught:
        open_base_model(settings(base_model=str(base)))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


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


@pytest.mark.parametrize("layers", ["0,2", "5"])
def test_a_layer_that_is_not_there_is_refused(settings: Make, layers: str) -> None:
    with pytest.raises(UsageError, match=r"this encoder has 2 layers, the first of which is 0"):
        load_classifier(settings(keep_layers=layers), LABELS)
