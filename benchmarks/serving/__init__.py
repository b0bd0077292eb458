"""The benchmark of serving: callers, Sentiment and its peers over HTTP."""
