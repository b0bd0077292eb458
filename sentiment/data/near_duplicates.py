"""Counts held-out texts that are nearly those of training, in linear and bounded time.

MinHash (Broder 1997) over runs of bytes, with locality-sensitive hashing: texts that share
a band of their sketches are compared by their sets of runs. It is vectorised with numpy,
because libraries for it take each text by itself, in a hundred times the time.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

Sketches = npt.NDArray[np.uint32]

SIMILARITY = 0.8
"""Texts are nearly identical from this Jaccard similarity of their sets of runs on."""
MOST_CHARACTERS = 24_000_000  # compared on each side, a few seconds' work
_RUN = 8  # bytes: a word and the space before it
_BANDS, _ROWS = 6, 4  # finds 96 in 100 of those with a similarity of 0.8, all but one of 0.9
_LIKELY = 0.5  # share of equal sketch values: nearly four standard errors below 0.8
_CHUNK = 1 << 18  # bytes sketched at once: what the cache of a core holds


def count_near_duplicates(splits: "DatasetDict") -> tuple[int, bool]:
    """Return how many held-out texts nearly are training texts, and whether all were compared.

    Identical texts count too. Of splits of more than `MOST_CHARACTERS` only the first texts
    are compared.
    """
    if "train" not in splits:
        return 0, True
    held_out = [splits[name] for name in ("validation", "test") if name in splits]
    known, all_known = _texts([splits["train"]])
    asked, all_asked = _texts(held_out)
    return int(near_any(asked, known).sum()), all_known and all_asked


def near_any(texts: Sequence[str], known: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return for each text whether it nearly is one of the `known`, of shape (texts,)."""
    near = np.zeros(len(texts), dtype=bool)
    if not texts or not known:
        return near
    ours, theirs = _sketch(texts), _sketch(known)
    for band in range(_BANDS):
        columns = slice(band * _ROWS, (band + 1) * _ROWS)
        bands, places = np.unique(_as_one(theirs[:, columns]), return_index=True)
        wanted = _as_one(ours[:, columns])
        found = np.minimum(np.searchsorted(bands, wanted), len(bands) - 1)
        candidates = np.flatnonzero((bands[found] == wanted) & ~near)
        others = places[found[candidates]]
        likely = (ours[candidates] == theirs[others]).mean(axis=1) >= _LIKELY
        for place, other in zip(candidates[likely], others[likely], strict=True):
            near[place] = _similarity(texts[place], known[other]) >= SIMILARITY
    return near


def _texts(splits: "Sequence[Dataset]") -> tuple[list[str], bool]:
    """Return the texts of splits, and whether they are all."""
    texts: list[str] = []
    characters = 0
    for rows in splits:
        for batch in rows.select_columns(["text"]).iter(1000):
            texts += batch["text"]
            characters += sum(map(len, batch["text"]))
            if characters > MOST_CHARACTERS:
                return texts, len(texts) == sum(map(len, splits))
    return texts, True


def _plain(text: str) -> bytes:
    """Return the bytes that are compared, at least one run of them."""
    return text.casefold().encode().ljust(_RUN, b"\0")


def _runs(data: bytes) -> npt.NDArray[np.uint64]:
    """Return the run that begins at each byte, as a number."""
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), _RUN)
    return np.ascontiguousarray(windows).view(np.uint64).ravel()


def _similarity(one: str, other: str) -> float:
    ours, theirs = (
        {plain[start : start + _RUN] for start in range(len(plain) - _RUN + 1)}
        for plain in (_plain(one), _plain(other))
    )
    return len(ours & theirs) / len(ours | theirs)


def _sketch(texts: Sequence[str]) -> Sketches:
    """Return the MinHash sketches of texts, of shape (texts, bands * rows)."""
    generator = np.random.default_rng(0)
    salts = generator.integers(1 << 32, size=_BANDS * _ROWS, dtype=np.uint32)
    factors = generator.integers(1 << 31, size=_BANDS * _ROWS, dtype=np.uint32) * 2 + 1
    return np.concatenate([_sketch_chunk(chunk, salts, factors) for chunk in _chunks(texts)])


def _chunks(texts: Sequence[str]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for text in texts:
        chunk.append(_plain(text))
        size += len(chunk[-1])
        if size > _CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _sketch_chunk(texts: list[bytes], salts: Sketches, factors: Sketches) -> Sketches:
    """Return for each text and hash function the least hash of its runs."""
    hashed = _mixed(_runs(b"".join(texts) + b"\0"))  # one run more than the last text has
    ends = np.cumsum([len(text) for text in texts])
    starts = np.concatenate([[0], ends[:-1]])
    borders = np.stack([starts, ends - _RUN + 1], axis=1).ravel()
    least = [
        np.minimum.reduceat((hashed ^ salt) * factor, borders)[::2]
        for salt, factor in zip(salts, factors, strict=True)
    ]
    return np.stack(least, axis=1)


def _mixed(runs: npt.NDArray[np.uint64]) -> Sketches:
    """Return 32-bit hashes of numbers: the finaliser of MurmurHash3."""
    runs = (runs ^ (runs >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    runs = (runs ^ (runs >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return (runs >> np.uint64(32)).astype(np.uint32)


def _as_one(columns: Sketches) -> npt.NDArray[np.uint64]:
    """Return rows of sketches as one number each."""
    numbers = np.zeros(len(columns), dtype=np.uint64)
    for column in columns.T:
        numbers = (numbers ^ column) * np.uint64(0x9E3779B97F4A7C15)
        numbers ^= numbers >> np.uint64(29)
    return numbers
