"""A full run's folder: who is at work in it, its log, its checkpoint, its end."""
