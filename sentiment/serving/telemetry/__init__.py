"""What is seen of a request while it is answered: names and numbers, never texts."""
