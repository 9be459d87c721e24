"""A run: one teacher, students on labels alone and distilled ones."""
