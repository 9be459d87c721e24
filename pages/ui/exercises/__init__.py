"""Exercises and lessons of whoever teaches: composed, handed out, printed, brought along."""
