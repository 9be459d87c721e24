"""What the parts wrote, as one table and one file. Needs no torch: it is made after each part."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GATHERED = "gpu.json"
TESTS = "tests*.xml"
"""Reports of tests that need a GPU, as pytest writes them."""
PARTS = ("communication", "full_runs", "maps", "cnn_cohorts", "cifar")
CUT_OFF = "it was ended at its limit"
MARK = {True: "yes", False: "NO", None: ""}


def write(path: Path, found: dict[str, Any]) -> None:
    """Aside, then in its place: a part that is killed leaves what it had written before."""
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(json.dumps(found, indent=1), encoding="utf-8")
    aside.replace(path)


def table(out: Path) -> Iterator[str]:
    """Every row that was found, and what broke; all of it goes into ``gpu.json`` too."""
    parts = {name: _read(out / f"{name}.json") for name in PARTS}
    tests = [found for found in map(_tests, sorted(out.glob(TESTS))) if found]
    write(out / GATHERED, {"tests": tests, "parts": parts})
    yield "| what | measured | goal | met |"
    yield "|---|---|---|---|"
    for found in tests:
        yield _row("tests that need a GPU", _of_tests(found), "all pass", met=_passed(found))
    if not tests:
        yield _row("tests that need a GPU", "none came to its end", "all pass", met=False)
    for name, part in parts.items():
        for row in part["rows"]:
            yield _row(row["what"], row["told"], row.get("goal", ""), met=row.get("met"))
        if part["error"]:
            last = part["error"].strip().splitlines()[-1]
            yield _row(name, f"broke off after {part['seconds']:.0f} s: {last}", "", met=False)


def _row(*cells: str, met: bool | None) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in (*cells, MARK[met]))} |"


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"rows": [], "seconds": 0.0, "error": "it wrote nothing: see gpu.log"}
    return found


def _tests(path: Path) -> dict[str, Any]:
    """How many of each, and the names of those that failed; nothing where none ran to its end."""
    try:
        root = ET.parse(path).getroot()
    except (OSError, ET.ParseError):
        return {}
    cases = root.findall(".//testcase")
    failed = [
        c.get("name", "")
        for c in cases
        if c.find("failure") is not None or c.find("error") is not None
    ]
    skipped = [c.get("name", "") for c in cases if c.find("skipped") is not None]
    return {"run": len(cases), "failed": failed, "skipped": len(skipped)}


def _of_tests(tests: dict[str, Any]) -> str:
    failed = f": {', '.join(tests['failed'])}" if tests["failed"] else ""
    return f"{tests['run']} run, {tests['skipped']} skipped, {len(tests['failed'])} failed{failed}"


def _passed(tests: dict[str, Any]) -> bool:
    return not tests["failed"] and tests["run"] > tests["skipped"]
