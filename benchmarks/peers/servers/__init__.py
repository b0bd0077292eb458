"""One file for each server, as users of its framework would write it; each runs by itself."""
