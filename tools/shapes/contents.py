"""The contents of files that shapes are made of."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.shapes.shape import LABELS, OBJECTS, TEXTS


def separated(delimiter: str = ",", ending: str = "\n") -> str:
    rows = [("text", "label"), *zip(TEXTS, LABELS, strict=True)]
    return "".join(f"{delimiter.join(row)}{ending}" for row in rows)


def parquet(columns: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = io.BytesIO()
    written = pa.table(dict(columns))
    pq.write_table(written.replace_schema_metadata(dict(metadata or {}) or None), content)
    return content.getvalue()


def class_label(names: Sequence[str]) -> dict[str, str]:
    """Return the metadata that `datasets` writes for a column `label` of classes."""
    feature = {"names": list(names), "_type": "ClassLabel"}
    features = {"text": {"dtype": "string", "_type": "Value"}, "label": feature}
    return {"huggingface": json.dumps({"info": {"features": features}})}


def zipped(members: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in members.items():
            archive.writestr(zipfile.ZipInfo(name), each)
    return content.getvalue()


def tarred(content: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as members:
        member = tarfile.TarInfo("mine.csv")
        member.size = len(content)
        members.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def zstandard(content: bytes) -> bytes:
    import pyarrow as pa

    compressed: bytes = pa.Codec("zstd").compress(content, asbytes=True)
    return compressed


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def lines(*objects: Any) -> bytes:
    return "".join(f"{json.dumps(each)}\n" for each in objects).encode()


CSV = separated().encode()
ARRAY = json.dumps(OBJECTS, indent=1).encode()
GERMAN = "text;label\nüber alle Maßen schön;pos\nträge;neg\n"
RUSSIAN = "text,label\nсупер фильм очень понравился,pos\nужасный фильм скучно и плохо,neg\n"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzipped,
    ".bz2": bz2.compress,
    ".zst": zstandard,
    ".zip": lambda content: zipped({"mine": content}),
}
