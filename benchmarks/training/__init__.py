"""The benchmark of training: an epoch of our loop, and one of `transformers.Trainer`."""
