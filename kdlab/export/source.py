"""Pieces of the lab's own source text, for a script that stands without the lab."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_PLAIN_TYPES = {
    "NDArray[np.float64]": "np.ndarray",
    "NDArray[np.int64]": "np.ndarray",
    "NDArray[np.uint8]": "np.ndarray",
    "Indices": "np.ndarray",
}


_FITTED = r"\b(?:wide|floored)\(((?:[^()]|\([^()]*\))*)\)"


def source(file: str, *names: str) -> str:
    """Functions, classes and constants of ``kdlab/<file>`` as they stand there.

    Comes with whatever else of that file they use, in the file's order. Private names lose their
    underscore unless a variable has the name without it; annotations name plain arrays.
    """
    text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
    for special, plain in _PLAIN_TYPES.items():
        text = re.sub(rf"(?<![\w.]){re.escape(special)}", plain, text)
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
    wanted: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in wanted:
            wanted.add(name)
            used = {n.id for n in ast.walk(found[name]) if isinstance(n, ast.Name)}
            ahead += sorted(used & found.keys())
    pieces = []
    for name, node in found.items():
        if name in wanted:
            piece = ast.get_source_segment(text, node) or ""
            gap = "\n" if isinstance(node, ast.Assign) else "\n\n"
            pieces.append(piece + gap)
    # What makes half precision fit for a loss: a script has none.
    joined = re.sub(_FITTED, r"\1", "\n".join(pieces).rstrip())
    bound = {
        n.id for n in ast.walk(ast.parse(joined)) if isinstance(n, ast.Name) and _binds(n)
    } | found.keys()
    for name in wanted:
        if name.startswith("_") and name.lstrip("_") not in bound:
            joined = re.sub(rf"(?<!\w){name}\b", name.lstrip("_"), joined)
    return joined


def imported(file: str, module: str, text: str) -> list[str]:
    """What ``kdlab/<file>`` takes from ``module``, as far as ``text`` has it."""
    tree = ast.parse((Path(__file__).parents[1] / file).read_text(encoding="utf-8"))
    return sorted(
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
        if re.search(rf"\b{alias.name}\b", text)
    )


def _binds(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
