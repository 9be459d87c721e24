"""Claims of the articles, put to the test."""
