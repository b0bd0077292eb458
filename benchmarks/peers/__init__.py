"""What a user would pick instead of Sentiment, each a server in an environment of its own.

`peer.py` says what they are, `environment.py` installs one, `process.py` starts
and stops it, `servers/` is what runs. `python -m benchmarks.peers` tries them.
"""
