"""Common mistakes, and what they cost."""
