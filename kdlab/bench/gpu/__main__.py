"""``python -m kdlab.bench.gpu PART --out DIR``: measure one part; ``table`` puts all together."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
import traceback
from pathlib import Path

from kdlab.bench.gpu import Asked, Row, gathered


def main(words: list[str] | None = None) -> int:
    """0, or 1 where the part broke: how is in its file, beside what it had found by then."""
    parser = argparse.ArgumentParser(prog="python -m kdlab.bench.gpu", description=__doc__)
    parser.add_argument("part", choices=(*gathered.PARTS, "table"))
    parser.add_argument("--out", type=Path, required=True, help="the folder that is written into")
    parser.add_argument("--seconds", type=float, default=60.0, help="about what it may take")
    parser.add_argument("--data", type=Path, help="an archive <split>/<class>/*.jpg")
    parser.add_argument("--tiny", action="store_true", help="as small as can be, to try it")
    found = parser.parse_args(words)
    found.out.mkdir(parents=True, exist_ok=True)
    if found.part == "table":
        for line in gathered.table(found.out):
            sys.stdout.write(f"{line}\n")
        return 0
    return _measure(found.part, Asked(found.seconds, found.out, found.data, found.tiny))


def _measure(part: str, asked: Asked) -> int:
    rows: list[Row] = []
    began = time.perf_counter()

    def write(error: str) -> None:
        told = {"rows": rows, "seconds": time.perf_counter() - began, "error": error}
        gathered.write(asked.out / f"{part}.json", told)

    write(gathered.CUT_OFF)  # whoever is killed at his limit has no last word
    try:
        for row in importlib.import_module(f"kdlab.bench.gpu.{part}").measure(asked):
            rows.append(row)
            sys.stdout.write(f"{json.dumps(row)}\n")
            sys.stdout.flush()
            write(gathered.CUT_OFF)
    except Exception:
        error = traceback.format_exc()
        sys.stderr.write(error)
        write(error)
        return 1
    write("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
