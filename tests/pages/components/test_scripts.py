"""What is put together into one script has each name once: else no browser reads any of it."""

from __future__ import annotations

import importlib
import re
from collections import Counter

from pages.ui.components import inline

DECLARED = re.compile(
    r"^(?:export )?(?:const|let|var|class|(?:async )?function\*?) (\w+)", re.MULTILINE
)


def test_no_script_declares_a_name_twice():
    for path in inline.HERE.glob("*/__init__.py"):
        importlib.import_module(f"pages.ui.components.{path.parent.name}")
    counts = {name: Counter(DECLARED.findall(text)) for name, text in inline.SCRIPTS.items()}
    assert all(len(count) > 50 for count in counts.values()), "the shared parts are in each"
    twice = {
        (script, name) for script, count in counts.items() for name, n in count.items() if n > 1
    }
    assert twice == set()
