"""All kinds of work: a run, a map, a search, a study."""
