"""One file a server, written as its framework's users would write it; each runs by itself."""
