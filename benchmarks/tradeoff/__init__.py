"""The benchmark of models: what one more point of accuracy costs in CPU time."""
