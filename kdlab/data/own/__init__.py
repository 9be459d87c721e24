"""Somebody's own images: what their folders, tables and archives mean, and what was left out."""
