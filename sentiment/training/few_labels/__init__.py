"""Training on few labels: a frozen or contrastively trained encoder under a linear head.

`choice` says by which method a run trains, and `comparison` how that is found out.
"""
