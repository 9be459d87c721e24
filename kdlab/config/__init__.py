"""Settings: what a work can be asked, each field with its limits, words and widget."""
