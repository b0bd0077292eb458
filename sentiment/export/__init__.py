"""Converts a fine-tuned model to the formats for serving, and checks each before it ships.

`python -m sentiment.export TAG` exports a stored model again, into a new version.
"""
