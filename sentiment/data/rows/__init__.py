"""The rows of a table in a file, one at a time: CSV, TSV, JSON Lines or Parquet.

`read_rows` is the one reader behind training data, texts to predict and corpora, so that
all see the same rows under the same numbers and refuse the same ones. One file per
format; what a value means is left to the caller.
"""

from sentiment.data.rows.reader import KINDS, column_names, read_rows
from sentiment.data.rows.row import ABSENT, Column, Row

__all__ = ["ABSENT", "KINDS", "Column", "Row", "column_names", "read_rows"]
