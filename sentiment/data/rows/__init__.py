"""The rows of a table in a file, one at a time: CSV, TSV, JSON Lines or Parquet.

Training data, texts to predict and corpora are all read by `read_rows`, so that all see the
same rows under the same numbers and refuse the same ones. Each format has one file. What a
value means is for the caller to decide.
"""

from sentiment.data.rows.reader import KINDS, column_names, read_rows
from sentiment.data.rows.row import ABSENT, Column, Row

__all__ = ["ABSENT", "KINDS", "Column", "Row", "column_names", "read_rows"]
