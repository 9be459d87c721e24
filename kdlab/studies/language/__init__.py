"""Which divergence, whose prefixes: the study, what it measures of what students say, and what it
found."""
