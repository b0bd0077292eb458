"""What a user would pick instead of Sentiment, each a server in an environment of its own.

`peer.py` declares the peers, `environment.py` installs one, `process.py` starts and stops it,
and `servers/` has the code that they run. `python -m benchmarks.peers` tries them.
"""
