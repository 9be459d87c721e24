"""Functions of the lab, copied out of their files into a script that stands without it.

A script is written as text that calls functions by name. What it names is looked up, and copied
with whatever of the lab it uses in turn, module by module; what is imported from elsewhere becomes
an import line. Nothing is imported here: a page that writes a script need not wait for torch.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Where = tuple[str, str]
"""A module and what it defines: ("kdlab.methods.dkd", "loss")."""
ROOT = Path(__file__).parents[2]
CONSTANTS = "kdlab.export.parts.constants"
"""What it defines stands at the top of every script."""

_FITTED = re.compile(r"(?<!def )\b(?:wide|floored)\(((?:[^()]|\([^()]*\))*)\)")
"""What makes half precision fit for a loss: a script has none."""
_REFUSES = re.compile(r'\s+ConfigError where[^.]*\.(?:\s+(?="""))?')
"""A docstring's sentence about what the lab refuses: see :func:`_only_of_the_lab`."""
_ROLE = re.compile(r":\w+:`~?(?:[\w.]+\.)?(\w+)`")


@dataclass(frozen=True)
class _Module:
    text: str
    definitions: dict[str, ast.stmt]
    notes: dict[str, str]
    imports: dict[str, Where]
    """Name -> where it is from; with "" for a whole module."""


@cache
def _read(module: str) -> _Module:
    path = ROOT / f"{module.replace('.', '/')}.py"
    text = _FITTED.sub(r"\1", path.read_text(encoding="utf-8"))
    found: dict[str, ast.stmt] = {}
    notes: dict[str, str] = {}
    imports: dict[str, Where] = {}
    last = ""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[last := node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name):
                found[last := target.id] = node
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last:
            notes[last] = str(node.value.value)  # what a constant is
        for inner in ast.walk(node) if isinstance(node, ast.If) else [node]:
            for name, where in _imported(inner):
                imports.setdefault(name, where)
    return _Module(text, found, notes, imports)


def definitions(module: str) -> list[str]:
    """Names of what a module defines."""
    return list(_read(module).definitions)


def _imported(node: ast.AST) -> Iterator[tuple[str, Where]]:
    if isinstance(node, ast.Import):
        yield from ((alias.asname or alias.name, (alias.name, "")) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from ((a.asname or a.name, (node.module, a.name)) for a in node.names)


class Bundle:
    """What a script needs. ``names`` says what stands behind the names that it is written with,
    ``instead`` has definitions to take in the place of others, ``imports`` is not of the lab."""

    def __init__(
        self,
        names: Mapping[str, Where],
        instead: Mapping[Where, Where],
        imports: Mapping[str, Where],
    ) -> None:
        self.known, self.instead = dict(names), dict(instead)
        self.outside = dict(imports)
        self.imports: dict[str, Where] = {}
        self.found: dict[Where, ast.stmt] = {}
        self._used: dict[Where, list[tuple[ast.expr, Where]]] = {}
        self._local: set[str] = set()

    def follow(self, text: str) -> None:
        """Take what the lines ``text`` of a script name."""
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Name):
                if node.id in self.known:
                    self._take(self.known[node.id])
                elif node.id in self.outside:
                    self.imports[node.id] = self.outside[node.id]

    def _take(self, where: Where) -> None:
        if where in self.found or where[0] == CONSTANTS:
            return
        module = _read(where[0])
        node = self.found[where] = module.definitions[where[1]]
        self._used[where] = []
        inner = dict(pair for n in ast.walk(node) for pair in _imported(n))
        local = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
        local |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_stored(n)}
        self._local |= local
        imports = {**module.imports, **inner}
        dropped = {n for part in _only_of_the_lab(node) for n in ast.walk(part)}
        for expression in ast.walk(node):
            if expression in dropped:
                continue
            if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
                parent = imports.get(expression.value.id, ("", ""))
                if (ROOT / parent[0].replace(".", "/") / f"{parent[1]}.py").is_file():
                    self._use(where, expression, (".".join(parent), expression.attr))
            elif isinstance(expression, ast.Name) and expression.id not in local:
                name = expression.id
                if name in module.definitions:
                    self._use(where, expression, (where[0], name))
                elif name in imports and not imports[name][0].startswith("kdlab"):
                    self.imports.setdefault(name, imports[name])
                elif name in imports:
                    origin, attribute = imports[name]
                    if (ROOT / f"{origin.replace('.', '/')}.py").is_file():
                        self._use(where, expression, (origin, attribute))

    def _use(self, user: Where, expression: ast.expr, where: Where) -> None:
        where = self.instead.get(where, where)
        self._used[user].append((expression, where))
        self._take(where)

    # -- writing --------------------------------------------------------------------------------

    @property
    def modules(self) -> list[str]:
        """Whatever something was taken from, each after those that it uses."""
        order: dict[str, None] = {}

        def visit(module: str) -> None:
            users = (used for where, used in self._used.items() if where[0] == module)
            for other in (target[0] for used in users for _, target in used):
                if other not in order and other not in (module, CONSTANTS):
                    visit(other)
            order[module] = None

        for module, _ in self.found:
            if module not in order:
                visit(module)
        return list(order)

    def written(self, modules: Iterable[str], reserved: Iterable[str]) -> str:
        """All that was taken from ``modules``, in the order of their files. ``reserved`` are names
        that the script has already."""
        names = self._names(set(reserved))
        text, above = "", ""
        for module in modules:
            for name in _read(module).definitions:
                if (where := (module, name)) in self.found:
                    kind = "constant" if _is_constant(self.found[where]) else "function"
                    text += "\n" if kind == above == "constant" else "\n\n\n"
                    text, above = text + self._piece(where, names), kind
        return text.strip()

    def _names(self, reserved: set[str]) -> dict[Where, str]:
        """What each is called in the script: without an underscore in front, where that is free."""
        given = {where: name for name, where in self.known.items()}
        names = {where: given[where] for where in self.found if where in given}
        taken = reserved | set(names.values()) | set(self.imports)
        for where in [where for where in self.found if where not in names]:
            name = where[1].lstrip("_")
            if where[1] != name and name in self._local:
                name = where[1]
            if name in taken:
                own = where[0].rpartition(".")[2]
                name = f"{own.upper() if name.isupper() else own}_{name}"
            names[where] = name
            taken.add(name)
        return names

    def _piece(self, where: Where, names: Mapping[Where, str]) -> str:
        node, module = self.found[where], _read(where[0])
        lines: list[bytes | None] = [line.encode() for line in module.text.splitlines()]
        spots = [(e, names[w]) for e, w in self._used[where] if w in names]
        for spot, new in sorted(spots, key=lambda s: (s[0].lineno, -s[0].col_offset)):
            line = lines[spot.lineno - 1] or b""
            end = spot.end_col_offset
            lines[spot.lineno - 1] = line[: spot.col_offset] + new.encode() + line[end:]
        for part in _only_of_the_lab(node):
            _without(lines, part.lineno - 1, (part.end_lineno or part.lineno) - 1)
        decorators = getattr(node, "decorator_list", [])
        first = min(n.lineno for n in [node, *decorators]) - 1
        kept = (line.decode() for line in lines[first : node.end_lineno] if line is not None)
        head = re.compile(rf"^((?:def |class )?){where[1]}\b", re.MULTILINE)
        text = head.sub(rf"\g<1>{names[where]}", "\n".join(kept), count=1)
        note = module.notes.get(where[1], "") if _is_constant(node) else ""
        if note:
            note = textwrap.fill(note, 98, initial_indent="# ", subsequent_indent="# ") + "\n"
        return _ROLE.sub(r"``\1``", _REFUSES.sub("", note + text))

    @property
    def packages(self) -> list[str]:
        """What has to be installed, by the name of its import; torch first."""
        found = {module.split(".")[0] for module, _ in self.imports.values()}
        return ["torch", *sorted(found - set(sys.stdlib_module_names) - {"torch"})]

    def import_lines(self) -> list[str]:
        """Standard library first, then the others, each by module, as a linter wants them."""
        lines: dict[tuple[bool, bool, str], set[str]] = {}
        for name, (module, attribute) in self.imports.items():
            foreign = module.split(".")[0] not in sys.stdlib_module_names
            said = attribute or module
            said += f" as {name}" if name != said else ""
            lines.setdefault((foreign, bool(attribute), module), set()).add(said)
        found = {False: [""], True: [""]}
        for (foreign, has_names, module), names in sorted(lines.items(), key=_by_module):
            ordered = sorted(names, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
            found[foreign].append(f"from {module} import " if has_names else "import ")
            found[foreign][-1] += ", ".join(ordered)
        return ["from __future__ import annotations", *found[False], *found[True]]


def _by_module(item: tuple[tuple[bool, bool, str], set[str]]) -> tuple[bool, bool, str]:
    foreign, attribute, module = item[0]
    return foreign, attribute, module.lower()


def _only_of_the_lab(node: ast.stmt) -> list[ast.stmt]:
    """Imports inside of a function, and blocks that refuse with an error of the lab's own what a
    script cannot meet, as it was checked when the script was written."""
    found: list[ast.stmt] = []
    for part in ast.walk(node):
        refuses = isinstance(part, ast.If | ast.For) and any(
            isinstance(n, ast.Raise) and "ConfigError(" in ast.unparse(n) for n in ast.walk(part)
        )
        if refuses or isinstance(part, ast.Import | ast.ImportFrom):
            assert isinstance(part, ast.stmt)
            found.append(part)
    return found


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign)


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _without(lines: list[bytes | None], first: int, last: int) -> None:
    """Leave out these lines, with the comment above and the gap below them."""
    while (lines[first - 1] or b"").lstrip().startswith(b"#"):
        first -= 1
    if last + 1 < len(lines) and lines[last + 1] == b"":
        last += 1
    lines[first : last + 1] = [None] * (last + 1 - first)
