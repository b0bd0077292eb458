import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, ValidationError

from sentiment.errors import UsageError
from sentiment.settings import (
    RECIPES,
    DataSettings,
    RecipeName,
    ServingSettings,
    Settings,
    TrainingSettings,
    add_flags,
    settings_table,
)

ALL = [DataSettings, TrainingSettings, ServingSettings]


def parse_flags(settings: type[Settings], *arguments: str, **options: Any) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_flags(parser, settings, **options)
    return vars(parser.parse_args(arguments))


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TrainingSettings().epochs = 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", "0"),
        ("epochs", "1.5"),
        ("batch_size", "-1"),
        ("learning_rate", "0"),
        ("learning_rate", "nan"),
        ("warmup_ratio", "1"),
        ("weight_decay", "-0.1"),
        ("max_length", "7"),
        ("attention_dropout", "1"),
        ("precision", "int8"),
        ("device", "tpu"),
        ("train_size", "1"),
        ("seed", "-1"),
        ("seed", str(2**32)),
        ("name", "Upper"),
        ("name", "with space"),
        ("name", "-leading"),
        ("name", "x" * 64),
    ],
)
def test_a_value_out_of_range_is_named_with_its_flag(name: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        TrainingSettings.parse({name: value})
    assert str(caught.value).startswith(f"--{name.replace('_', '-')}: ")
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("name", ["trailing-", "trailing.", "trailing_"])
def test_a_name_that_the_model_store_would_refuse_is_refused_before_training(name: str) -> None:
    """BentoML wants a letter or a digit at both ends of a name."""
    with pytest.raises(UsageError, match="--name"):
        TrainingSettings.parse({"name": name})


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(UsageError, match=r"--epochs: .*; --batch-size: "):
        TrainingSettings.parse({"epochs": 0, "batch_size": 0})


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="--epoch: Extra inputs"):
        TrainingSettings.parse({"epoch": 1})


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_holds_valid_settings(recipe: RecipeName) -> None:
    settings = TrainingSettings.parse(RECIPES[recipe])
    assert settings.model_dump(include=set(RECIPES[recipe])) == RECIPES[recipe]


def test_the_trajectory_leaves_out_what_does_not_decide_the_weights() -> None:
    names = set(TrainingSettings().trajectory())
    bookkeeping = {"checkpoint_dir", "checkpoint_every", "export", "track", "name"}
    assert names == set(TrainingSettings.model_fields) - bookkeeping


def test_the_trajectory_can_be_written_as_json_and_parsed_again() -> None:
    settings = TrainingSettings(data="a.csv", test_file=Path("b.csv"), labels=("0=no", "1=yes"))
    assert settings.trajectory()["test_file"] == "b.csv"
    assert TrainingSettings.parse(settings.trajectory()) == settings


def numbers(settings: type[Settings]) -> list[str]:
    """Return the names of all settings that take a number, alone or among others."""
    return [
        name
        for name, field in settings.model_fields.items()
        if {"integer", "number"} & set(kinds(settings.model_json_schema()["properties"][name]))
    ]


def kinds(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the types that a JSON schema takes, those of items and alternatives included."""
    if "type" in schema:
        yield schema["type"]
    for inner in [*schema.get("anyOf", []), schema.get("items", {})]:
        yield from kinds(inner) if inner else ()


NUMBERS = [(settings, name) for settings in ALL for name in numbers(settings)]


def test_the_numbers_are_found() -> None:
    assert {"train_size", "learning_rate", "keep_layers", "dropout"} <= set(
        numbers(TrainingSettings)
    )
    assert {"threads", "timeout", "max_bytes_in_flight"} <= set(numbers(ServingSettings))


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e400", "1" + "0" * 30, "9" * 5000])
@pytest.mark.parametrize(("settings", "name"), NUMBERS)
def test_every_number_is_finite_and_bounded(
    settings: type[Settings], name: str, value: str
) -> None:
    with pytest.raises(UsageError) as caught:
        settings.parse({name: value})
    assert str(caught.value).startswith(f"--{name.replace('_', '-')}: ")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"redis_url": "redis://:s3cret@host"}, "SENTIMENT_REDIS_URL has no effect without limits"),
        ({"without_redis": "closed"}, "has no effect without SENTIMENT_REDIS_URL"),
        ({"redis_url": "http://:s3cret@host", "requests_per_minute": "5"}, "should begin with"),
        ({"redis_url": "redis://", "requests_per_minute": "5"}, "should begin with"),
        ({"redis_url": "redis://:s3cret@host/first", "requests_per_minute": "5"}, "a number"),
        ({"redis_url": "redis://:s3/cret@host/0", "requests_per_minute": "5"}, "is %2F"),
        ({"redis_url": "redis://:s3#cret@host/0", "requests_per_minute": "5"}, "is %23"),
        ({"redis_url": "redis+sentinel://:s3cret@host/0", "tokens_per_minute": "5"}, "begin"),
    ],
)
def test_limits_that_are_half_configured_are_refused_without_showing_the_password(
    given: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        ServingSettings.parse(given)
    assert "s3cret" not in str(caught.value)


def test_lists_are_read_with_commas_between() -> None:
    settings = ServingSettings.from_environment(
        {
            "SENTIMENT_ALLOWED_HOSTS": "Api.Example.org, *.example.net,",
            "SENTIMENT_TRUSTED_PROXIES": "10.0.0.0/8,::1",
        }
    )
    assert settings.allowed_hosts == ("api.example.org", "*.example.net")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")


def test_a_file_of_feedback_that_is_empty_is_none() -> None:
    assert ServingSettings().feedback_file is None
    assert ServingSettings.from_environment({"SENTIMENT_FEEDBACK_FILE": ""}).feedback_file is None
    named = ServingSettings.from_environment({"SENTIMENT_FEEDBACK_FILE": "told.jsonl"})
    assert named.feedback_file == Path("told.jsonl")


@pytest.mark.parametrize("value", ["0", "-1", "1.5", str(100 * 10**9 + 1)])
def test_the_bound_of_feedback_has_bounds(value: str) -> None:
    with pytest.raises(UsageError, match="SENTIMENT_MAX_FEEDBACK_BYTES"):
        ServingSettings.from_environment({"SENTIMENT_MAX_FEEDBACK_BYTES": value})


# --- the environment ----------------------------------------------------------


def test_the_server_reads_names_with_its_prefix() -> None:
    settings = ServingSettings.from_environment(
        {"SENTIMENT_MAX_TEXTS": "7", "SENTIMENT_TIMEOUT": "2.5", "PATH": "/bin"}
    )
    assert (settings.max_texts, settings.timeout) == (7, 2.5)


def test_an_empty_environment_gives_the_defaults() -> None:
    assert ServingSettings.from_environment({}) == ServingSettings()
    own = {"SENTIMENT_KEY": "of one who asks a server"}
    assert ServingSettings.from_environment(own) == ServingSettings()


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIMENT_MODEL", "sentiment:abc")
    assert ServingSettings.from_environment().model == "sentiment:abc"


def test_a_misspelt_name_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(UsageError) as caught:
        ServingSettings.from_environment({"SENTIMENT_MAX_TEXT": "7"})
    assert str(caught.value) == (
        "SENTIMENT_MAX_TEXT is no setting of the server. Did you mean SENTIMENT_MAX_TEXTS?"
    )


def test_a_name_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(UsageError, match=r"SENTIMENT_QQQ is no setting of the server\.$"):
        ServingSettings.from_environment({"SENTIMENT_QQQ": "7"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENTIMENT_MAX_TEXTS", "0"),
        ("SENTIMENT_THREADS", "-1"),
        ("SENTIMENT_THREADS", "two"),
        ("SENTIMENT_THREADS", ""),
        ("SENTIMENT_TIMEOUT", "0"),
        ("SENTIMENT_DEVICE", "gpu"),
        ("SENTIMENT_DRAIN_SECONDS", "-1"),
        ("SENTIMENT_MAX_CONNECTIONS", "0"),
        ("SENTIMENT_MAX_CONNECTIONS_PER_ADDRESS", "100000"),
        ("SENTIMENT_HEADER_SECONDS", "inf"),
        ("SENTIMENT_PATH_PREFIX", "api"),
        ("SENTIMENT_PATH_PREFIX", "/api/"),
        ("SENTIMENT_ALLOWED_HOSTS", "https://api.example.org"),
        ("SENTIMENT_ALLOWED_HOSTS", "api.example.org:3000"),
        ("SENTIMENT_ALLOWED_HOSTS", "*"),
        ("SENTIMENT_ALLOWED_HOSTS", " , "),
        ("SENTIMENT_TRUSTED_PROXIES", "proxy.internal"),
        ("SENTIMENT_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("SENTIMENT_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("SENTIMENT_TRUSTED_PROXIES", "*"),
        ("SENTIMENT_REQUESTS_PER_MINUTE", "-1"),
        ("SENTIMENT_TOKENS_PER_MINUTE", "many"),
        ("SENTIMENT_WITHOUT_REDIS", "ajar"),
        ("SENTIMENT_DRAIN_SECONDS", "inf"),
        ("SENTIMENT_DRAIN_SECONDS", "3601"),
        ("SENTIMENT_THREADS", "100000"),
        ("SENTIMENT_MODEL", ""),
        ("SENTIMENT_MODEL", " "),
        ("SENTIMENT_MODEL", "sentiment:"),
        ("SENTIMENT_MODEL", ":abc"),
        ("SENTIMENT_MODEL", "no/name"),
        ("SENTIMENT_MODEL", "a:b:c"),
        ("SENTIMENT_CORS_ORIGINS", "https://app.example.org/"),
        ("SENTIMENT_CORS_ORIGINS", "app.example.org"),
        ("SENTIMENT_CORS_ORIGINS", "https://app example.org"),
        ("SENTIMENT_CORS_ORIGINS", "null"),
        ("SENTIMENT_CORS_ORIGINS", "https://"),
        ("SENTIMENT_CORS_ORIGINS", ","),
        ("SENTIMENT_CORS_ORIGINS", "https://app.example.org:443"),
        ("SENTIMENT_CORS_ORIGINS", "http://localhost:80"),
        ("SENTIMENT_ALLOWED_HOSTS", "::1"),
        ("SENTIMENT_TRUSTED_PROXIES", "::ffff:10.0.0.0/104"),
        ("SENTIMENT_TRUSTED_PROXIES", "::ffff:10.0.0.1"),
        ("SENTIMENT_WITHOUT_REDIS", "half"),
    ],
)
def test_a_bad_value_is_named_as_in_the_environment(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"^{name}: .*got {value!r}"):
        ServingSettings.from_environment({name: value})


@pytest.mark.parametrize("model", ["sentiment", "sentiment:latest", "my-tickets:abc123", "Mine"])
def test_a_name_or_a_tag_is_a_model(model: str) -> None:
    assert ServingSettings.from_environment({"SENTIMENT_MODEL": model}).model == model


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", ()),
        ("*", ("*",)),
        (
            "https://App.example.org, http://localhost:8080,http://[::1]:5173",
            ("https://app.example.org", "http://localhost:8080", "http://[::1]:5173"),
        ),
    ],
)
def test_origins_stand_between_commas(given: str, origins: tuple[str, ...]) -> None:
    settings = ServingSettings.from_environment({"SENTIMENT_CORS_ORIGINS": given})
    assert settings.cors_origins == origins


@pytest.mark.parametrize("given", ["*, https://app.example.org", "https://*.example.org"])
def test_a_star_is_no_part_of_an_origin_and_stands_alone(given: str) -> None:
    with pytest.raises(UsageError, match=r"SENTIMENT_CORS_ORIGINS.*(no origin|stand alone)"):
        ServingSettings.from_environment({"SENTIMENT_CORS_ORIGINS": given})


def test_bodies_in_flight_have_room_for_four_of_the_largest_unless_told_otherwise() -> None:
    assert ServingSettings.parse({"max_body_bytes": 100}).bytes_in_flight == 400
    given = {"max_body_bytes": 100, "max_bytes_in_flight": 100}
    assert ServingSettings.parse(given).bytes_in_flight == 100


def test_a_budget_that_no_large_body_fits_is_refused() -> None:
    with pytest.raises(UsageError, match="MAX_BYTES_IN_FLIGHT, 99, should be at least SENTIMENT"):
        ServingSettings.parse({"max_body_bytes": 100, "max_bytes_in_flight": 99})


# --- flags ----------------------------------------------------------------------


@pytest.mark.parametrize("settings", ALL)
def test_a_flag_that_is_not_given_leaves_nothing_behind(settings: type[Settings]) -> None:
    assert parse_flags(settings) == {}


@pytest.mark.parametrize("name", TrainingSettings.model_fields)
def test_every_setting_has_a_flag_with_its_description(name: str) -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser, TrainingSettings)
    flags = {action.dest: action for action in parser._actions}
    assert flags[name].option_strings == [f"--{name.replace('_', '-')}"]
    assert TrainingSettings.model_fields[name].description in str(flags[name].help)


def test_flags_parse_into_settings() -> None:
    given = parse_flags(
        TrainingSettings,
        *("--learning-rate", "3e-5", "--labels", "1=bad", "5=good"),
        *("--test-file", "t.csv", "--attention-dropout", "0.1", "--precision", "bf16"),
    )
    assert TrainingSettings.parse(given) == TrainingSettings(
        learning_rate=3e-5,
        labels=("1=bad", "5=good"),
        test_file=Path("t.csv"),
        attention_dropout=0.1,
        precision="bf16",
    )


def test_a_flag_takes_only_the_choices_declared(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_flags(TrainingSettings, "--precision", "int8")
    assert "invalid choice: 'int8'" in capsys.readouterr().err


def test_a_setting_can_be_left_without_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_flags(DataSettings, "--seed", "1", leave_out=("seed",))
    assert "unrecognized arguments: --seed 1" in capsys.readouterr().err


def test_help_shows_defaults_where_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_flags(TrainingSettings, "--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert "passes over the training split (default: 1)" in shown
    assert "default: None" not in shown


def test_the_table_has_one_row_for_each_setting_of_the_server() -> None:
    heading, rule, *rows = settings_table(ServingSettings).splitlines()
    assert heading.count("|") == rule.count("|") == 4
    assert [row.split("`")[1] for row in rows] == [
        f"SENTIMENT_{name.upper()}" for name in ServingSettings.model_fields
    ]
    assert "| `SENTIMENT_MAX_TEXTS` | `1024` | texts in a list |" in rows


@pytest.mark.parametrize("service", ["SENTIMENT", "SENTIMENT_API", "SENTIMENT_API_2"])
def test_what_kubernetes_says_of_a_service_with_our_prefix_is_no_setting(service: str) -> None:
    links = {
        f"{service}_SERVICE_HOST": "10.0.0.1",
        f"{service}_SERVICE_PORT": "80",
        f"{service}_SERVICE_PORT_HTTP": "80",
        f"{service}_PORT": "tcp://10.0.0.1:80",
        f"{service}_PORT_80_TCP": "tcp://10.0.0.1:80",
        f"{service}_PORT_80_TCP_ADDR": "10.0.0.1",
    }
    assert ServingSettings.from_environment(links) == ServingSettings()


def test_the_table_shows_an_empty_default_and_a_description_that_holds_a_bar() -> None:
    class Own(Settings):
        greeting: str = Field("", description="one of a|b")

    row = settings_table(Own).splitlines()[-1]
    assert row == "| `SENTIMENT_GREETING` | empty | one of a\\|b |"


@pytest.mark.parametrize(
    "name", ["SENTIMENT_TRUSTED_PROXIES", "SENTIMENT_CORS_ORIGINS", "SENTIMENT_ALLOWED_HOSTS"]
)
def test_a_value_without_end_is_not_repeated_to_its_end(name: str) -> None:
    with pytest.raises(UsageError, match=name) as refusal:
        ServingSettings.from_environment({name: "a!" * 10_000})
    assert len(str(refusal.value)) < 700
