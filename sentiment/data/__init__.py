"""Labelled text: sources, cleaning, splits, fingerprints.

`load(settings)` is the entry point. Each source has one file (`packaged`, `hub`,
`labelled_files`), and `hub` two ways to read rows (`hub_files`, `hub_tables`); `splits` does
what all sources have in common, and `rows` reads files of any format. Nothing here depends on
a model.
"""

from sentiment.data.corpus import BUILT_IN, Corpus, load, load_test
from sentiment.data.splits import SPLITS

__all__ = ["BUILT_IN", "SPLITS", "Corpus", "load", "load_test"]
