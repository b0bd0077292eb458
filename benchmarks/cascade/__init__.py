"""What the n-grams save: our server with the cascade on and off."""
