"""Draws the splits that a source does not have from its training rows, by distinct text.

Copies of a text stay together, and so do all rows of a group, where groups are given. It
decides by hashes and labels alone and sees no text.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sentiment.data.columns import read_column
from sentiment.data.splits import SPLITS
from sentiment.errors import DataError, any_of, brief

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

Places = npt.NDArray[np.intp]

FEW_ROWS = 500
"""With fewer rows than this, validation gets a larger share."""
_SHARE = 0.1
_SHARE_OF_FEW = 0.2  # for validation, which decides when training ends
_MOST_ROWS = (
    10_000  # tell an accuracy of 0.9 to within 0.6 points; training has more use for others
)
_MOST_NAMED = 5


def validation_share(rows: int) -> float:
    """Return the share of `rows` that is drawn for validation."""
    return _SHARE_OF_FEW if rows < FEW_ROWS else _SHARE


def draw(
    rows: "Dataset", splits: Sequence[str], seed: int, from_file: bool = True
) -> "tuple[DatasetDict, int]":
    """Return `train` and `splits`, drawn from `rows`, and how many rows are in none of them.

    A split is a stratified, seeded tenth, or a larger share for validation where rows are
    few. `rows` has the columns `label`, `hash` (of the text) and `group`: rows of one group
    stay together. Where a text stands in groups on both sides, its rows are left out of the
    held-out side. Texts and groups of many rows stay in training, so that training keeps its
    share and a held-out split is not made of a few texts. Raises `DataError` when a label
    stands in fewer texts or groups than there are splits; `from_file` tells whether the
    splits could be files of their own.
    """
    from datasets import DatasetDict

    hashes, labels = read_column(rows, "hash"), read_column(rows, "label").astype(np.int64)
    names = rows.features["label"].names
    groups = read_column(rows, "group")
    grouped = not np.array_equal(groups, hashes)
    unit, sizes, firsts = _units(groups)
    few = _too_few(unit, labels, names, len(splits) + 1, "groups" if grouped else "texts")
    if few:
        raise _not_enough(few, len(names), splits, grouped, from_file)
    strata, generator = labels[firsts], np.random.default_rng(seed)
    places = {}
    free = np.ones(len(sizes), dtype=bool)
    for split in splits:
        share = validation_share(len(rows)) if split == "validation" else _SHARE
        quota = min(max(round(len(rows) * share), len(names)), _MOST_ROWS)
        chosen = _choose(np.flatnonzero(free), strata, sizes, quota, generator)
        free[chosen] = False
        places[split] = np.flatnonzero(np.isin(unit, chosen))
    places["train"] = np.flatnonzero(free[unit])
    if grouped:
        _part_texts(places, hashes)
    drawn = {split: rows.select(generator.permutation(places[split])) for split in places}
    parts = DatasetDict({name: drawn[name] for name in ("train", *splits)})
    return parts, len(rows) - sum(parts.num_rows.values())


def _units(keys: npt.NDArray[Any]) -> tuple[Places, npt.NDArray[np.int64], Places]:
    """Return the unit of each row, the rows of each unit, and the first row of each."""
    _, firsts, unit = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(firsts))  # units in the order of the file
    return order[unit], np.bincount(order[unit]), np.sort(firsts)


def _choose(
    free: Places,
    strata: npt.NDArray[Any],
    sizes: npt.NDArray[np.int64],
    quota: int,
    generator: np.random.Generator,
) -> Places:
    """Return units of `free` with about `quota` rows together, of each stratum its share."""
    found = np.unique(strata)
    rows = np.array([sizes[strata == stratum].sum() for stratum in found])
    chosen = []
    for stratum, wanted in zip(found, _shares(rows, quota), strict=True):
        members = generator.permutation(free[strata[free] == stratum])
        if not len(members):
            continue
        large = sizes[members] > max(1, wanted // 10)
        members = members[np.argsort(large, kind="stable")]
        fitting = members[np.cumsum(sizes[members]) <= wanted][: max(1, len(members) // 3)]
        smallest = members[[np.argmin(sizes[members])]]
        chosen.append(fitting if len(fitting) else smallest)
    return np.concatenate(chosen)


def _shares(rows: npt.NDArray[np.int64], quota: int) -> list[int]:
    """Divide `quota` by the method of largest remainders; each gets at least one."""
    exact = rows * quota / rows.sum()
    shares = np.maximum(np.floor(exact), 1).astype(int)
    for place in np.argsort(-(exact - np.floor(exact)), kind="stable"):
        if shares.sum() >= quota:
            break
        if exact[place] >= 1:
            shares[place] += 1
    return [int(share) for share in shares]


def _part_texts(places: dict[str, Places], hashes: npt.NDArray[Any]) -> None:
    """Leave a text that is in several splits in the first: training, test, validation."""
    earlier = hashes[places["train"]]
    for split in [split for split in ("test", "validation") if split in places]:
        places[split] = places[split][~np.isin(hashes[places[split]], earlier)]
        earlier = np.concatenate([earlier, hashes[places[split]]])


def _too_few(
    unit: Places, labels: npt.NDArray[Any], names: Sequence[str], least: int, of: str
) -> list[str]:
    """Return in words each label that stands in fewer than `least` units."""
    pairs = np.unique(unit * len(names) + labels)
    units = np.bincount(pairs % len(names), minlength=len(names))
    rows = np.bincount(labels, minlength=len(names))
    return [
        f"{brief(name)} has {_counted(int(rows[code]), int(units[code]), of)}"
        for code, name in enumerate(names)
        if units[code] < least
    ]


def _not_enough(
    few: Sequence[str], labels: int, splits: Sequence[str], grouped: bool, from_file: bool
) -> DataError:
    more = f" and {len(few) - _MOST_NAMED} more" if len(few) > _MOST_NAMED else ""
    remedies = ["Add others"]
    if labels - len(few) >= 2:
        remedies.append("leave them out by naming the other labels with --labels")
    if from_file:
        flags = " and ".join(f"--{split}-file" for split in SPLITS if split in splits)
        remedies.append(f"pass {flags}{' without --group-column' if grouped else ''}")
    return DataError(
        f"Too few to have each label in each of "
        f"{', '.join(split for split in SPLITS if split in ('train', *splits))}: "
        f"{', '.join(few[:_MOST_NAMED])}{more}.",
        any_of(remedies),
    )


def _counted(rows: int, units: int, of: str) -> str:
    text = f"{rows:,} row{'' if rows == 1 else 's'}"
    return text if units == rows else f"{text} in {units:,} different {of}"
