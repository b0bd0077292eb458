"""What the door, the limits and tracing cost, against a server without them."""
