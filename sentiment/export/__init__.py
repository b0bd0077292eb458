"""From a fine-tuned model to the formats that serving computes, each checked before it ships.

`python -m sentiment.export TAG` exports a stored model anew, into a new version.
"""
