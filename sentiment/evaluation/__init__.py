"""How good a stored model is: metrics, and the report that shows them."""
