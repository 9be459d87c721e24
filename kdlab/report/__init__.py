"""A report to hand in, of a run, a map, a search, a study or a full run: one file that is read,
printed and kept without the lab.

::

    a result ──> kinds/ say what is shown of it ──> document (plain texts, tables, drawings as data)
                                                       │
                         drawing/ (Matplotlib) <───────┼──────> html, markdown

Nothing here is computed twice: numbers, intervals and sentences are those of the histories.
"""
