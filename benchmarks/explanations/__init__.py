"""Whether the words that an explanation names matter, and what explanations cost others."""
