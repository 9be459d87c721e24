"""Lessons beside the pages: the step that is open, its control, what was predicted."""
