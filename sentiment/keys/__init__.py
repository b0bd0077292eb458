"""The command line of the API keys."""
