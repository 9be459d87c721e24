"""How long tests wait for what is sure to come."""

import os

PATIENCE = float(os.environ.get("KDLAB_TEST_PATIENCE", "300"))
"""Seconds: a machine may be slow, it may not be wrong. Only what is stuck takes so long; who mends
that may set less."""
