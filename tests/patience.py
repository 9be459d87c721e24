"""How long tests wait for what is sure to come."""

PATIENCE = 300.0
"""Seconds: a machine may be slow, it may not be wrong. Only what is stuck takes so long."""
