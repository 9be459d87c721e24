"""A study: a question that arms answer under one budget."""
