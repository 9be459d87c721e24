"""A class: rooms in which an instructor asks, visitors predict, and all see the same result."""
