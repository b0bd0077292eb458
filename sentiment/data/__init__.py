"""Labelled text: sources, cleaning, splits, fingerprints.

`load(settings)` is the entry point. Each source has one file (`packaged`, `hub`,
`labelled_files`); `splits` does what all sources have in common, and `rows` reads files
of any format. Nothing here depends on a model.
"""

from sentiment.data.corpus import SPLITS, Corpus, load, load_test

__all__ = ["SPLITS", "Corpus", "load", "load_test"]
