"""The encoder trained where the n-grams beside it are least sure, against reviews at random."""
