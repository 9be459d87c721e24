"""In which tensors a file differs from the network that it was to be: the words of a refusal."""

from __future__ import annotations

from collections.abc import Sequence

from kdlab.models.matching import Shapes, is_counter

SHOWN = 3
"""Names of each kind that a sentence repeats."""


def sentence(theirs: Shapes, own: Shapes, name: str) -> str:
    """What is missing in a file with tensors of the shapes ``theirs``, left over in it, and of
    another shape than in the network ``name`` with those of ``own``; empty where all is as it
    should be. Counters of batch norm may be missing where something else does not fit.

    >>> sentence({"head.weight": (2, 4), "bias": (3,)}, {"weight": (2, 4), "bias": (2,)}, "mlp-4")
    "1 of the 2 tensors of mlp-4 is missing ('weight'), 1 in the file is left \
over ('head.weight'), 1 has another shape ('bias' (3,) and not (2,))"
    """
    required = [key for key in own if not is_counter(key)]
    missing = [repr(key) for key in required if key not in theirs]
    over = [repr(key[:60]) for key in theirs if key not in own]
    other = [
        f"{key!r} {tuple(theirs[key])} and not {tuple(own[key])}"
        for key in own
        if key in theirs and tuple(theirs[key]) != tuple(own[key])
    ]
    count = f"{len(missing)} of the {len(required)} tensors of {name}"
    parts = [
        (missing, f"{count} {'is' if len(missing) == 1 else 'are'} missing"),
        (over, f"{len(over)} in the file {'is' if len(over) == 1 else 'are'} left over"),
        (other, f"{len(other)} {'has' if len(other) == 1 else 'have'} another shape"),
    ]
    return ", ".join(f"{words} ({_listed(names)})" for names, words in parts if names)


def _listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
