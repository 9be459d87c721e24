"""Guided lessons as data: steps on pages of the lab, each with a condition that ends it."""
