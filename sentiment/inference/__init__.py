"""From text to probabilities: tokenising, engines, and prediction without a server.

The server's runner and the command lines share everything in here.
"""
