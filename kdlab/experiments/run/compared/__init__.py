"""Two finished runs beside each other: A and B, and B minus A.

::

    Side A ─┐             ┌── settings   which of them differ
            ├── compare ──┼── terms      paired, or not, or no difference and why
    Side B ─┘             ├── rows       what both came to and cost, with intervals
                          └── sentence   what may be said of it, and no more
"""
