"""From text to probabilities: tokenising, engines, and the plain way through both.

The server's runner and the command lines share everything in here.
"""
