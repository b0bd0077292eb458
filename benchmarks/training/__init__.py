"""The benchmark of training: an epoch of our loop, and of `transformers.Trainer`."""
