"""A client of a running server: texts in, predictions out, each of them a schema of ours.

Run: python -c "from sentiment.client import Client; \\
print(Client('http://127.0.0.1:3000').predict('A waste of two hours.'))"
"""

from sentiment.client.async_client import AsyncClient
from sentiment.client.connection import Connection
from sentiment.client.sync_client import Client

__all__ = ["AsyncClient", "Client", "Connection"]
