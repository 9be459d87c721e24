"""``python -m kdlab store``: what is kept, what limits it, and making room now."""

from __future__ import annotations

import argparse
import json
import math
from datetime import UTC, datetime
from typing import Any

from kdlab.cli.options import add_command, add_json
from kdlab.hosting import accounts, kept, limits, quota
from kdlab.hosting.quota import shown
from kdlab.system.paths import default_home

EPILOG = """\
examples:
  python -m kdlab store
  KDLAB_HOME_GB=5 python -m kdlab store --prune

Removed results are made again when needed; removed uploads have to be loaded again. What has been
unused for longest is removed first, starting with the visitor who holds most; never what is in use,
and never full runs or the teachers they trained. The lab prunes by itself when the limits leave no
room for a new result.

With --json stdout gets one object: home, kinds {name: {entries, bytes, oldest_use}}, bytes,
visitors {count, bytes}, not_counted {folder: {entries, bytes}}, limits {home_bytes, visitor_bytes}
(null: none) and, with --prune, removed {entries, bytes, leftovers}. Bytes are those used on disk.

Exit code: 0 done, 1 the folder cannot be written, 2 a limit is not a number.
Everything is kept in the folder KDLAB_HOME (default: the user's cache)."""

WORDS = {"sweeps": "maps", "given": "teachers' files"}


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``store``."""
    parser = add_command(
        commands,
        name,
        about,
        description="Shows what the lab keeps on this machine; --prune frees disk space.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="remove what exceeds the limits, and unfinished files of killed processes",
    )
    add_json(parser)
    parser.set_defaults(run=_store)


def _store(arguments: argparse.Namespace) -> int:
    home = default_home()
    limits.told()  # a ConfigError before anything is done
    removed = quota.prune(home) if arguments.prune else None
    found = told()
    if removed is not None:
        found["removed"] = {
            "entries": len(removed.entries), "bytes": removed.bytes, "leftovers": removed.leftovers
        }  # fmt: skip
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
    else:
        print(summary(found))
    return 0


def told() -> dict[str, Any]:
    """What is kept, as ``--json`` says it."""
    home, limit = default_home(), limits.told()
    entries = kept.entries(home)
    kinds = {}
    for kind in kept.KINDS:
        own = [entry for entry in entries if entry.kind == kind.name]
        oldest = min((entry.used for entry in own), default=None)
        kinds[kind.name] = {
            "entries": len(own),
            "bytes": sum(entry.bytes for entry in own),
            "oldest_use": None if oldest is None else _date(oldest),
        }
    theirs = [entry for entry in entries if entry.holder != accounts.OWNER]
    return {
        "home": str(home),
        "kinds": kinds,
        "bytes": sum(entry.bytes for entry in entries),
        "visitors": {
            "count": len({entry.holder for entry in theirs}),
            "bytes": sum(entry.bytes for entry in theirs),
        },
        "not_counted": {
            folder: {"entries": len(sizes), "bytes": sum(sizes)}
            for folder, sizes in kept.not_counted(home).items()
        },
        "limits": {
            "home_bytes": _or_none(limit.home_bytes),
            "visitor_bytes": _or_none(limit.visitor_bytes),
        },
    }


def summary(found: dict[str, Any]) -> str:
    """A line a kind, then the limits."""
    lines = [found["home"]]
    for name, kind in found["kinds"].items():
        oldest = f"  oldest use {kind['oldest_use'][:10]}" if kind["oldest_use"] else ""
        word = WORDS.get(name, name)
        lines.append(f"  {word:<20}{kind['entries']:>8,}  {shown(kind['bytes']):>10}{oldest}")
    home, visitor = (
        "no limit" if limit is None else shown(limit) for limit in found["limits"].values()
    )
    lines.append(f"  {'total':<28}  {shown(found['bytes']):>10}  limit: {home} (KDLAB_HOME_GB)")
    who = found["visitors"]
    lines.append(
        f"  visitors: {who['count']:,}, with {shown(who['bytes'])} of that; limit for each: "
        f"{visitor} (KDLAB_VISITOR_GB)"
    )
    for folder, each in found["not_counted"].items():
        lines.append(
            f"  {kept.NOT_COUNTED[folder]}: {each['entries']:,}, {shown(each['bytes'])}, "
            "not counted and never removed"
        )
    if "removed" in found:
        gone = found["removed"]
        lines.append(
            f"removed: {gone['entries']:,} unused for longest, {shown(gone['bytes'])}, and "
            f"{gone['leftovers']:,} unfinished"
        )
    return "\n".join(lines)


def _date(used: int) -> str:
    return datetime.fromtimestamp(used / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _or_none(limit: float) -> float | None:
    return None if limit == math.inf else limit
