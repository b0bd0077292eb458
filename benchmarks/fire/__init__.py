"""Attacks on a served model: what was done, what is promised, what was seen."""
