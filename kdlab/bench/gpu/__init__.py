"""Everything that a GPU has to say about the lab, part by part: ``tests/gpu/run.sh``.

Each part is a module with ``measure(asked) -> Iterator[Row]``; it runs in a process of its own,
with a time limit of its own, so that a slow or broken one costs the others nothing. What it finds
is written as it is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
"""A finding as JSON: ``what`` and ``told`` in words for the table, ``goal`` and ``met`` where there
is one, and the numbers behind them."""


@dataclass(frozen=True)
class Asked:
    """``seconds`` a part may take, about; ``data`` an archive of images, where the part needs one;
    ``tiny``: as small as can be, to try the script where a real size would take hours."""

    seconds: float
    out: Path
    data: Path | None = None
    tiny: bool = False
