"""The benchmark of the engine: token ids in, logits out."""
