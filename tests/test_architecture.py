"""The architecture, read from the imports: a handful of tests that list whatever breaks it.

``kdlab/README.md`` tells it in words. Imports inside functions count, those for type checkers only
do not.
"""

from __future__ import annotations

import ast
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import kdlab

ROOT = Path(__file__).resolve().parents[1]

LAYERS = [
    {"errors", "bootstrap"},
    {"translation"},
    {"system", "config", "methods"},
    {"events", "measure", "tools"},
    {"hosting"},
    {"data"},
    {"models"},
    {"checks", "insight"},
    {"storage", "jobs"},
    {"streams"},
    {"predicted"},
    {"training"},
    {"device"},
    {"export", "full_run"},
    {"experiments"},
    {"studies"},
    {"report"},
    {"lessons"},
    {"classroom"},
    {"bench"},
    {"cli"},
    {"__init__", "__main__"},
]
"""Rooms of ``kdlab``: each imports from those above it only."""
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

PAGES_SHARE = {"shell", "widgets", "charts", "components", "stream", "stage", "guide"}
"""Folders of ``pages/ui`` from which every page may import."""

SPEAKS_STREAMLIT = ("kdlab.bench.classroom.wire", "streamlit.proto.")
"""The bench's visitors speak the browser's protocol, whose messages come with Streamlit: one module
may import these, and of Streamlit nothing else."""

MOST_FILES, MOST_AT_A_ROOT, MOST_IN_UI = 25, 8, 2


@cache
def modules() -> dict[str, Path]:
    """Dotted name -> file, of the core and of the pages."""
    files = [*ROOT.glob("kdlab/**/*.py"), *ROOT.glob("pages/**/*.py")]
    names = [".".join(f.relative_to(ROOT).with_suffix("").parts) for f in files]
    return {n.removesuffix(".__init__"): f for n, f in zip(names, files, strict=True)}


def imports(path: Path) -> set[str]:
    """Dotted names of what a file imports; of the lab's own things their modules."""
    names: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names.add(whole if whole in modules() else node.module)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return names


@cache
def graph() -> dict[str, set[str]]:
    """Module -> the modules that it imports."""
    return {name: imports(path) for name, path in modules().items()}


def arrows(top: str) -> Iterator[tuple[str, str]]:
    """(importing, imported) modules, the first of them of ``top``."""
    for name, found in graph().items():
        if name.split(".")[0] == top:
            yield from ((name, other) for other in sorted(found))


def room(name: str) -> str:
    """kdlab.data.toys -> data."""
    return [*name.split("."), "__init__"][1]


def test_every_room_imports_only_from_the_rooms_above_it():
    rooms = {room(name) for name in modules() if name.startswith("kdlab")}
    assert rooms == LEVEL.keys(), "a room without a place in LAYERS, or a place without a room"
    wrong = [
        f"{name} -> {other}"
        for name, other in arrows("kdlab")
        if (
            other.split(".")[0] in ("streamlit", "plotly", "pages")
            and not (name == SPEAKS_STREAMLIT[0] and other.startswith(SPEAKS_STREAMLIT[1]))
        )
        or (
            other.split(".")[0] == "kdlab"
            and room(other) != room(name)
            and LEVEL[room(other)] >= LEVEL[room(name)]
        )
    ]
    assert wrong == []


def test_no_circle_inside_a_room_either():
    own = {name: found & modules().keys() - {name} for name, found in graph().items()}
    try:
        TopologicalSorter(own).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_what_a_few_rooms_may_know():
    allowed = {
        "kdlab.methods": ("kdlab.methods", "kdlab.errors"),  # tensors and nothing else
        # its formulas are its own: the tests compare them with those of the methods
        "kdlab.tools": ("kdlab.tools", "kdlab.errors", "kdlab.config"),
        "kdlab.jobs": (
            "kdlab.errors",
            "kdlab.events",
            "kdlab.hosting",
            "kdlab.jobs",
            "kdlab.system",
        ),
    }
    wrong = [
        f"{name} -> {other}"
        for name, other in arrows("kdlab")
        for place, known in allowed.items()
        if name.startswith(place) and other.startswith("kdlab.") and not other.startswith(known)
    ]
    assert wrong == []


def test_pages_import_the_core_and_their_own_folder_and_what_all_share():
    wrong = []
    for name, other in arrows("pages"):
        mine, theirs = name.split("."), other.split(".")
        if theirs[0] != "pages" or len(theirs) < 3:
            continue
        inside = mine[1] == "ui" and len(mine) > 2
        shared = theirs[1] == "ui" and theirs[2] in PAGES_SHARE
        if theirs[1] != "ui" or (inside and not shared and theirs[2] != mine[2]):
            wrong.append(f"{name} -> {other}")
    assert wrong == []


def test_no_folder_is_crowded():
    count = Counter(
        path.parent.relative_to(ROOT).as_posix()
        for top in ("kdlab", "pages", "tests")
        for path in ROOT.glob(f"{top}/**/*.py")
    )
    most = {"kdlab": MOST_AT_A_ROOT, "pages/ui": MOST_IN_UI}
    assert {f: n for f, n in count.items() if n > most.get(f, MOST_FILES)} == {}


def test_pages_are_short_scripts():
    assert {p.name for p in (ROOT / "pages").glob("*.py")} <= {"__init__.py", "entry.py"}
    scripts = {p: 120 for p in ROOT.glob("pages/*/*.py") if p.parent.name != "ui"}
    scripts[ROOT / "app.py"] = 60
    long = {
        p.name: lines
        for p, most in scripts.items()
        if (lines := len(p.read_text(encoding="utf-8").splitlines())) > most
    }
    assert long == {}


def test_no_link_is_part_of_the_repository():
    """One to a folder of its author's would stand in place of the reader's own."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a clone, or no git")
    assert [line for line in listed.stdout.splitlines() if line.startswith("120000")] == []


def test_the_public_door():
    """Changing what ``kdlab`` offers is a decision, not an accident."""
    assert sorted(kdlab.__all__) == sorted(kdlab._HOME)
    assert len(kdlab.__all__) <= 25
    for name in kdlab.__all__:
        assert getattr(kdlab, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = kdlab.nonsense
