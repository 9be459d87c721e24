"""Mistakes that people make when they distil language models: some trained, some exact."""
