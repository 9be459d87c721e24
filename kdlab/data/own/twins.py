"""Names that are one class: alike but for their Unicode form, the spaces around them, or case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from kdlab.data.naming import printable

TOLD = 3


def join(
    labels: Mapping[str, Sequence[str]], spelt: Mapping[str, set[str]]
) -> tuple[dict[str, str], list[str]]:
    """{label: the class that it stands for}, and what is to be said of it.

    ``labels`` are the tidied names of each part's images, ``spelt`` how their folders are spelt.
    Single letters keep their case: a and A are two classes of handwriting, unless train has but
    one of them.
    """
    counts = {part: Counter(each) for part, each in labels.items()}
    trained = counts["train"]
    to = {label: label for each in counts.values() for label in each}
    twins: dict[str, list[str]] = {}
    for label in trained:
        twins.setdefault(label.casefold(), []).append(label)
    said = []
    for each in twins.values():
        if len(each) > 1 and all(len(label) > 1 for label in each):
            best = max(sorted(each), key=trained.__getitem__)
            to.update(dict.fromkeys(each, best))
            said.append(_one_class(each))
    for label in sorted({label for each in counts.values() for label in each}.difference(trained)):
        same = {to[twin] for twin in twins.get(label.casefold(), [])}
        if len(same) == 1:
            to[label] = same.pop()
            said.append(_one_class([label, to[label]]))
    said += [
        f"{printable(label)[:60]!r} is spelt in {len(forms)} ways (spaces or Unicode forms), taken "
        "as one class"
        for label, forms in sorted(spelt.items())
        if len(forms) > 1
    ]
    if len(said) > TOLD:
        said = [*said[:TOLD], f"so are {len(said) - TOLD} more"]
    return to, said


def _one_class(names: Sequence[str]) -> str:
    shown = " and ".join(repr(printable(name)[:60]) for name in sorted(set(names)))
    return f"{shown} are taken as one class"
