"""IMDb from the Hugging Face hub, or its cache."""

from typing import TYPE_CHECKING

from sentiment.data.packaged import LABELS
from sentiment.errors import DataError

if TYPE_CHECKING:
    from datasets import DatasetDict

NAME = "stanfordnlp/imdb"
_VALIDATION_SHARE = 0.1


def load_imdb(seed: int) -> "DatasetDict":
    """Return 22,500 / 2,500 / 25,000 reviews; the test split is the official one.

    The validation split is a stratified, seeded tenth of the official training split.
    Raises `DataError` when neither the hub nor its cache has the data.
    """
    from datasets import ClassLabel, DatasetDict, load_dataset

    try:
        raw = load_dataset(NAME)
    except Exception as error:  # the hub's client raises many unrelated types
        raise DataError(
            f"{NAME} could be loaded neither from the hub nor from its cache "
            f"({type(error).__name__}).",
            "Check the connection, or pass --data packaged.",
        ) from error
    raw = DatasetDict({split: raw[split] for split in ("train", "test")})
    raw = raw.cast_column("label", ClassLabel(names=list(LABELS)))
    parts = raw["train"].train_test_split(
        test_size=_VALIDATION_SHARE, stratify_by_column="label", seed=seed
    )
    return DatasetDict(train=parts["train"], validation=parts["test"], test=raw["test"])
