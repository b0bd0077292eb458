"""Answers that say more: doubt, sentences, the words that decided, and warnings.

It lies between inference and whoever answers: it knows texts, offsets and probabilities, and
asks for further predictions without knowing who makes them. It knows no HTTP and no queue.
"""
