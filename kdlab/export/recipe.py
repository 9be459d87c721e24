"""How a script reads its data: the record, and what all of its kinds write."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from kdlab.export.text import WIDTH, quoted, remark

LOAD = '''\
def load_data() -> list[Tensor]:
    """Inputs and classes of the training part, of validation and of the test, one after the other.

    Validation is for whatever is tuned; the test is looked at once.
    """
    return {}
'''
"""Returns what is put in."""


@dataclass(frozen=True)
class Recipe:
    """Lines that read the data, and the ``constants`` that they bring to the top of the script,
    each below its comment in ``notes``.

    ``shape`` is that of an input; ``channels``, its first number, is Python text, a number or the
    name of a constant; so is ``last``, its last one, where that is not the same for all that a
    reader may change, and ``classes``, empty where ``text`` sets CLASSES. ``unlabelled``: of some
    training examples nobody knows the class; ``groups`` is Python text for the group of each, where
    they are in any.
    """

    text: str
    shape: tuple[int, ...]
    channels: str
    classes: str
    about: str
    constants: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    last: str = ""
    unlabelled: bool = False
    groups: str = ""
    file: str = ""
    """The constant with a file that the command line may name instead."""

    @property
    def sides(self) -> list[str]:
        """The numbers of ``shape`` as Python text."""
        others = [str(side) for side in self.shape[1:]]
        return [self.channels, *others[:-1], self.last] if self.last else [self.channels, *others]


def loaded(title: str, how: str = "write its path here") -> str:
    """The comment above the path of a file or folder that was loaded, which its owner calls
    ``title``: where a script looks for it, and ``how`` to name another place."""
    text = (
        f"The lab had it from {quoted(title)}: save that under this name in the folder where you "
        f"run this script, or {how}."
    )
    lines = textwrap.wrap(remark(text), WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)


def path_of(constant: str, name: str) -> str:
    """The path that ``constant`` is set to, as Python text; "~" is the reader's home, as in the
    lab."""
    end = ".expanduser()" * name.startswith("~")
    whole = f"Path({quoted(name)}){end}"
    if len(f"{constant} = {whole}") <= WIDTH:
        return whole
    return f"Path(\n    {quoted(name)}\n){end}"
