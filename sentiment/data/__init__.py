"""Labelled text: sources, cleaning, splits, fingerprints.

`load(settings)` is the way in. One file per source (`packaged`, `hub`,
`labelled_files`); `splits` does what all have in common, `rows` reads files of any
format. It knows nothing of models.
"""

from sentiment.data.corpus import SPLITS, Corpus, load, load_test

__all__ = ["SPLITS", "Corpus", "load", "load_test"]
