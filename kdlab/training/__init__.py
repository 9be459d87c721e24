"""How networks learn: the loop, cohorts that learn together, teachers, and arms."""
