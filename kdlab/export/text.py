"""What the texts of all scripts share: import lines, titles, blank lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

IMPORTS = {
    r"\bcopy\.": "import copy",
    r"\bjson\.": "import json",
    r"\bmath\.": "import math",
    r"\bos\.": "import os",
    r"\bre\.": "import re",
    r"\bunicodedata\.": "import unicodedata",
    r"\bpartial\(": "from functools import partial",
    r"[:\[] ?Any\b": "from typing import Any",
    r"\bPath\b": "from pathlib import Path",
    r"\bnp\.": "import numpy as np",
    r"\btorch\.": "import torch",
    r"\bF\.": "import torch.nn.functional as F",
    r"\btorchvision\.": "import torchvision",
    r"\bImage\.": "from PIL import Image, ImageOps",
    r"\bsafe_open\(": "from safetensors import safe_open",
    r"\bload_file\(": "from safetensors.torch import load_file",
    r"\bload_digits\(": "from sklearn.datasets import load_digits",
    r"\bt_quantile\(": "from scipy.special import stdtrit as t_quantile",
    r"\bnn\.": "from torch import Tensor, nn",
}
"""What in the text asks for which import."""
OWN = frozenset(
    ("copy", "functools", "json", "math", "os", "pathlib", "re", "typing", "unicodedata")
)
"""Modules among these that come with Python."""


def quoted(text: str) -> str:
    """A text as Python writes it, in double quotes; what cannot be seen is written out, so that no
    name breaks a line, turns round the code beside it, or holds half a pair that no file can.

    >>> print(quoted('two\\nlines "of" \\u202ecode'))
    "two\\nlines \\"of\\" \\u202ecode"
    """
    return visible(json.dumps(text, ensure_ascii=False))


def remark(text: str) -> str:
    """A text for a comment: on one line, whatever it holds."""
    return visible(" ".join(text.split()))


def visible(text: str) -> str:
    """``text`` with every sign that cannot be seen written out as in a Python text."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def titled(title: str, text: str) -> str:
    """A part of a script under its title."""
    return f"# {title} ".ljust(100, "-") + f"\n\n{text.strip()}\n"


def spaced(text: str) -> str:
    """Two blank lines around every function and class at the top level."""
    text = re.sub(r"\n+(?=\n(?:def|class|@torch)\b)", "\n\n", text)
    text = re.sub(r"(?<=\n)(@.+\n)\n+(?=def)", r"\1", text)
    return text.rstrip() + "\n"


def in_order(imports: Iterable[str]) -> list[str]:
    """Standard library first, then a blank line, then the others, each by module name."""

    def key(line: str) -> tuple[bool, bool, str]:
        module = line.split()[1]
        return (
            module not in OWN,
            line.startswith("from"),
            module.lower(),
        )

    lines = sorted(imports, key=key)
    own = sum(not key(line)[0] for line in lines)
    return [*lines[:own], "", *lines[own:]] if own else lines


def imports(body: str) -> list[str]:
    """The import lines that ``body`` asks for, in order."""
    return in_order(line for mark, line in IMPORTS.items() if re.search(mark, body))
