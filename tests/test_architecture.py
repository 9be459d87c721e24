"""DESIGN's layers, read from the imports: each room imports only from the rooms above it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kdlab

ROOT = Path(__file__).resolve().parents[1]

LAYERS = [
    {"errors", "bootstrap"},
    {"settings", "events", "intervals", "wording", "naming", "seeds", "draws", "machine"},
    {"power", "paths", "files", "locks", "owners"},
    {"config", "hosting", "damage"},
    {"data", "models", "methods", "metrics", "variants"},
    {"profiling", "cohort", "insight", "checks", "labels", "stored"},
    {"pictures", "points", "students"},
    {"loop", "folders"},
    {"teachers"},
    {"trainer"},
    {"history", "store", "script", "efforts"},
    {"presets", "predicted", "fullrun"},
    {"work"},
    {"jobs"},
    {"arms"},
    {"sweep", "search", "studies", "study_script"},
    {"clinic"},
    {"bench"},
    {"report"},
    {"cli"},
    {"__init__", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
CORE = sorted(ROOT.glob("kdlab/**/*.py"))
PAGES = sorted(ROOT.glob("pages/**/*.py"))


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, inside functions too, TYPE_CHECKING blocks left out."""
    names: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return names


def room(path: Path) -> str:
    """The room of a file: kdlab/data/toys.py -> data."""
    first = path.relative_to(ROOT / "kdlab").parts[0]
    first = first.removesuffix(".py")
    return "script" if first.startswith("script") else first


@pytest.mark.parametrize("path", CORE, ids=[str(p.relative_to(ROOT)) for p in CORE])
def test_no_room_imports_from_a_room_below(path):
    mine = room(path)
    assert mine in LEVEL, f"kdlab/{mine} has no place in LAYERS"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "kdlab" or len(parts) < 2:
            assert parts[0] not in ("streamlit", "plotly", "pages"), f"{path} imports {name}"
            continue
        other = "script" if parts[1].startswith("script") else parts[1]
        if (ROOT / "kdlab" / other).exists() or (ROOT / "kdlab" / f"{other}.py").exists():
            assert other in LEVEL, f"kdlab/{other} has no place in LAYERS"
        if other in LEVEL and other != mine:
            assert LEVEL[other] < LEVEL[mine], f"{path} imports {name}, which is below it"


def test_methods_see_tensors_and_nothing_else():
    for path in ROOT.glob("kdlab/methods/*.py"):
        own = {n for n in imports(path) if n.startswith("kdlab.")}
        assert all(n.startswith(("kdlab.methods", "kdlab.errors")) for n in own), path


def test_jobs_know_nothing_of_training():
    for path in [*ROOT.glob("kdlab/jobs.py"), *ROOT.glob("kdlab/jobs/*.py")]:
        own = {n for n in imports(path) if n.startswith("kdlab.")}
        allowed = ("kdlab.errors", "kdlab.events", "kdlab.hosting", "kdlab.jobs")
        assert all(n.startswith(allowed) for n in own), (path, own)


@pytest.mark.parametrize("path", PAGES, ids=[str(p.relative_to(ROOT)) for p in PAGES])
def test_pages_import_the_ui_and_the_core_but_no_page(path):
    for name in imports(path):
        if name.startswith("pages."):
            assert name.split(".")[1] == "ui", f"{path} imports the page {name}"


def test_no_page_lies_directly_in_pages():
    """Beside an entry script a flat pages/ puts Streamlit in its legacy mode."""
    flat = [p.name for p in (ROOT / "pages").glob("*.py")]
    assert set(flat) <= {"__init__.py"}


def test_the_app_is_a_table_of_contents():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 60


def test_pages_are_short_scripts():
    for path in PAGES:
        if "ui" not in path.parts:
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 120, path


def test_importing_the_core_needs_neither_torch_nor_streamlit():
    """The first page must not wait for torch, and a GPU server has no streamlit."""
    names = [n for n in kdlab.__all__ if n != "run"]
    code = (
        f"import sys, kdlab\nfor n in {names!r}: getattr(kdlab, n)\n"
        "import kdlab.work, kdlab.machine, kdlab.sweep\n"
        "import kdlab.fullrun.possible, kdlab.fullrun.history, kdlab.fullrun.process\n"
        "bad = {'torch', 'streamlit', 'plotly', 'sklearn'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_training_needs_no_app():
    """What runs on a GPU server imports neither the app's packages nor the job engine."""
    code = (
        "import sys, kdlab.trainer, kdlab.work, kdlab.cohort, kdlab.fullrun.run\n"
        "from kdlab.cli import _parser; _parser('full-run')\n"
        "bad = {'streamlit', 'plotly', 'distributed', 'optuna', 'sklearn', 'pandas'}\n"
        "bad &= set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_public_door():
    """Changing what ``kdlab`` offers is a decision, not an accident."""
    assert sorted(kdlab.__all__) == sorted(kdlab._HOME)
    assert len(kdlab.__all__) <= 25
    for name in kdlab.__all__:
        assert getattr(kdlab, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = kdlab.nonsense
