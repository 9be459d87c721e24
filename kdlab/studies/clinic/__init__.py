"""The clinic: what articles say about distillation, what their code does, and what was measured.

::

    claims    what is said, word for word          studies/claims         how it is tested
    code      what the printed code does           studies/mistakes       the same in a loop
    verdicts  all of it measured once, stored beside the lab, and how to measure it again
"""
