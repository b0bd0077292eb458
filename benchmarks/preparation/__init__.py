"""The benchmark of `predict.py`: a file of texts in, a file of scores out."""
