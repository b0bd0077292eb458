"""The benchmark of few labels: training by Sentiment and by SetFit, on the same few texts."""
