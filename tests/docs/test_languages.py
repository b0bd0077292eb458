"""The commands of the page about other languages, on reviews in three scripts.

The encoder of the hub is replaced by one of its architecture that is small and random. All
else runs as it is written, with the default export, so every step but the quality is tested.
"""

import itertools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.conftest import copy_project, own_store
from tests.docs.page import PAGES
from tests.docs.shell import shell
from tests.support.models import make_multilingual_encoder
from tests.support.reviews import write_csv
from tests.support.servers import Server, serving

PAGE = next(page for page in PAGES if page.path.name == "languages.md")
ENCODER = "intfloat/multilingual-e5-small"
ADDRESS = "http://127.0.0.1:3000"
SERVE = "bentoml serve service:Sentiment"
ASKING = [command for command in PAGE.commands() if ADDRESS in command]
OTHERS = [command for command in PAGE.commands() if ADDRESS not in command and command != SERVE]

# A sentence, the words that take its first gap, for each label, and those that take its second.
SENTENCES = {
    "de": (
        "Ein {} Film über {}.",
        {
            "positiv": ("großartiger", "schöner", "kluger", "bewegender"),
            "negativ": ("langweiliger", "schlechter", "dummer", "liebloser"),
        },
        ("eine Familie", "den Krieg", "zwei Stunden", "das Meer", "einen Hund", "die Stadt"),
    ),
    "ja": (
        "この映画は{}、{}の話です。",
        {
            "positiv": ("素晴らしい", "面白い", "美しい", "感動的な"),
            "negativ": ("退屈な", "ひどい", "つまらない", "残念な"),
        },
        ("家族", "戦争", "二時間", "海", "犬", "町"),
    ),
    "ar": (
        "هذا الفيلم {} عن {}",
        {
            "positiv": ("رائع", "جميل", "ممتع", "مؤثر"),
            "negativ": ("ممل", "سيئ", "ضعيف", "مخيب"),
        },
        ("العائلة", "الحرب", "ساعتين", "البحر", "الكلب", "المدينة"),
    ),
}
UNSEEN = "Zwei verlorene Stunden."  # of the page; its letters have to be in the vocabulary


def reviews(language: str) -> list[tuple[str, str]]:
    """Return 48 distinct reviews with their labels."""
    sentence, adjectives, subjects = SENTENCES[language]
    return [
        (sentence.format(adjective, subject), label)
        for label, words in adjectives.items()
        for adjective, subject in itertools.product(words, subjects)
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the project with the encoder, both files of the page, and a store of its own."""
    folder = copy_project(tmp_path_factory.mktemp("languages") / "sentiment")
    rows = [row for language in SENTENCES for row in reviews(language)]
    texts = [text for text, _ in rows]
    make_multilingual_encoder(folder / "tiny", [*texts, UNSEEN], "multilingual, de, ja, ar")
    write_csv(folder / "kritiken.csv", rows)
    others = [(f"{text}{text}", label) for text, label in reviews("ja")]  # not in training
    write_csv(folder / "kritiken-ja.csv", others)
    with own_store(folder):
        yield folder


def run(command: str, project: Path) -> subprocess.CompletedProcess[str]:
    return shell(command.replace(ENCODER, str(project / "tiny")), project)


@pytest.fixture(scope="module")
def outputs(project: Path) -> dict[str, str]:
    """What each command that asks no server printed, run in the order of the page."""
    printed = {}
    for command in OTHERS:
        ended = run(command, project)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        printed[command] = ended.stdout + ended.stderr
    return printed


@pytest.fixture(scope="module")
def server(project: Path, outputs: dict[str, str]) -> Iterator[Server]:
    """The page's server, with the model that its commands have trained."""
    assert SERVE in PAGE.commands()
    with serving(project) as running:
        yield running


def output_of(outputs: dict[str, str], beginning: str) -> str:
    return next(text for command, text in outputs.items() if command.startswith(beginning))


def test_the_encoder_of_the_page_is_the_one_replaced(outputs: dict[str, str]) -> None:
    assert ENCODER in next(command for command in outputs if command.startswith("python train.py"))


def test_training_reads_every_script_and_names_the_languages(outputs: dict[str, str]) -> None:
    printed = output_of(outputs, "python train.py")
    assert "labels negativ, positiv" in printed
    assert "knows multilingual, de, ja, ar" in printed
    assert "none of whose tokens" not in printed
    assert "WARNING" not in printed


def test_a_format_for_serving_is_exported_and_the_english_suite_left_out(
    outputs: dict[str, str],
) -> None:
    printed = output_of(outputs, "python train.py")
    assert ": kept: accuracy" in printed
    assert "behaviour:" not in printed


def test_the_reports_are_of_the_data_of_the_page(outputs: dict[str, str]) -> None:
    assert "kritiken.csv: 14 texts of the test split" in output_of(outputs, "python evaluate.py")
    assert "kritiken-ja.csv: 48 texts" in output_of(outputs, "python evaluate.py --data")


def test_a_prediction_carries_the_labels_of_the_data(outputs: dict[str, str]) -> None:
    printed = output_of(outputs, "python predict.py")
    assert printed.startswith(("negativ (confidence", "positiv (confidence"))


@pytest.mark.parametrize("command", ASKING)
def test_the_request_of_the_page_is_answered(command: str, project: Path, server: Server) -> None:
    answer = json.loads(run(command.replace(ADDRESS, server.url), project).stdout)
    assert set(answer["probabilities"]) == {"negativ", "positiv"}


@pytest.mark.parametrize("language", SENTENCES)
def test_the_server_reads_a_text_of_each_script(language: str, server: Server) -> None:
    text, _ = reviews(language)[0]
    with server.client() as client:
        answer = client.post("/predict", json={"text": text}).json()
    assert (answer["unknown_tokens"], answer["truncated"]) == (0, False)


def test_the_card_of_the_model_has_the_languages_and_no_behaviour(
    project: Path, server: Server
) -> None:
    with server.client() as client:
        card = client.get("/model").json()["card"]
    assert card["languages"] == ["multilingual", "de", "ja", "ar"]
    assert card["behaviour"] is None
