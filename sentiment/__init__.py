"""Text classification from labelled reviews to a model server.

The package holds the work; `train.py`, `evaluate.py`, `predict.py` and
`service.py` at the root are its command lines and its HTTP face. Importing this
package does nothing.
"""

__version__ = "0.1.0"
"""The one place of the version: a Bento holds this folder, but not `pyproject.toml`."""
