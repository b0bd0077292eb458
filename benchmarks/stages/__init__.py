"""Other ways to spend less on a text, or more, beside the cascade that models have."""
