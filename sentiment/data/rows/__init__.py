"""The rows of a table in a file, one at a time: CSV, TSV, JSON, Parquet or plain text.

Training data, texts to predict and corpora are all read by `read_rows`, so that all see the
same rows under the same numbers and refuse the same ones. `kinds` knows files by their
names, `content` decompresses, `decoding` finds out the encoding, `dialect` how fields are
separated; each format has one file. What a value may be is in `values`.
"""

from sentiment.data.rows.kinds import (
    COMPRESSIONS,
    KINDS,
    TABLES,
    find_kind,
    known_endings,
    unknown_kind,
)
from sentiment.data.rows.reader import column_names, read_rows, require_used
from sentiment.data.rows.row import ABSENT, Column, Row, Tell, untold
from sentiment.data.rows.values import (
    check_group_type,
    check_label_type,
    check_text_type,
    is_missing,
)

__all__ = [
    "ABSENT",
    "COMPRESSIONS",
    "KINDS",
    "TABLES",
    "Column",
    "Row",
    "Tell",
    "check_group_type",
    "check_label_type",
    "check_text_type",
    "column_names",
    "find_kind",
    "is_missing",
    "known_endings",
    "read_rows",
    "require_used",
    "unknown_kind",
    "untold",
]
