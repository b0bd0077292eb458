"""The name of a model in the store: what it is by default, and what it may be."""

import re

MODEL_NAME = "sentiment"

STORE_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")
