#!/usr/bin/env python3
"""The numbers of small runs of every kind, as one hash a line: what a change of the code, of which
none of them is the purpose, must leave equal to the last bit.

    python .ci/golden.py > before        (on the commit before, on this machine)
    python .ci/golden.py > after         (on the commit after)
    diff before after

Hashes of two machines, or of two versions of torch, need not agree: arithmetic differs in the last
bit. Nothing is stored: everything is trained anew, in a home of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

TIMES = {"seconds", "latency_ms", "machine", "images_per_second", "device", "estimate", "front"}
"""Keys whose values differ from one run to the next; a front has the latency on one axis."""
SHORT = ["--teacher-epochs", "4", "--epochs", "4", "--seeds", "2"]


def commands() -> Iterator[list[str]]:
    """Command lines without ``--json``."""
    from kdlab.config.presets import PRESETS
    from kdlab.config.words import as_text
    from kdlab.experiments.sweep.presets import MAPS
    from kdlab.methods import METHODS
    from kdlab.studies import STUDIES
    from kdlab.studies.clinic.claims import CLAIMS
    from kdlab.studies.mistakes.records import MISTAKES

    def said(config: Any) -> list[str]:
        plain = type(config)()
        words: list[str] = []
        for name in type(config).model_fields:
            value = getattr(config, name)
            if value != getattr(plain, name):
                many = isinstance(value, tuple | list)
                words += ["--" + name.replace("_", "-"), as_text(value) if many else str(value)]
        return words

    for preset in PRESETS.values():
        yield ["distill", *said(preset.config)]
    for method in METHODS:
        for data in () if METHODS[method].reads_features else ("digits", "spirals"):
            networks = ["--teacher", "mlp-32-16", "--student", "mlp-8"]
            yield ["distill", "--dataset", data, "--method", method, *networks, *SHORT]
    yield ["distill", "--teacher", "cnn-16", "--student", "cnn-8", "--labels", "all", *SHORT]
    for preset in MAPS.values():
        yield ["sweep", *said(preset.config), *SHORT]
    yield ["search", "--trials", "12", "--max-parameters", "900", *SHORT]
    for study in sorted(STUDIES.keys() - {"compression"}):  # its answer is a latency
        yield ["study", study, *SHORT, "--exhibits"]
    for kind, names in (("claim", CLAIMS), ("mistake", MISTAKES)):
        for name in sorted(names.keys() - {"faster"}):
            yield ["study", kind + "s", "--" + kind, name, *SHORT, "--teacher-seeds", "2"]
    for method in METHODS:
        for student in ("cnn-8-16", "cnn-8-16-16", "cnn-8-8-16-16"):
            yield [
                "full-run", "--pair", "own", "--dataset", "digits", "--teacher", "resnet8",
                "--student", student, "--method", method, "--limit", "200", "--epochs", "1",
                "--seeds", "1", "--out", "{home}/runs/" + method + student,
            ]  # fmt: skip


def without_times(told: Any) -> Any:
    """``told`` without what is measured in seconds."""
    if isinstance(told, dict):
        return {k: without_times(v) for k, v in sorted(told.items()) if k not in TIMES}
    if isinstance(told, list):
        return [without_times(v) for v in told]
    return told


def main() -> int:
    """Print a line a command; what fails has its sentence instead of a hash, and is counted: the
    exit code says whether all have one."""
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"KDLAB_HOME": home, "KDLAB_TRUST": "everybody"}
        from kdlab import __main__ as door

        for words in commands():
            out, err = io.StringIO(), io.StringIO()
            argv = [*(word.format(home=home) for word in words), "--json"]
            if words[0] in ("distill", "sweep", "study"):
                argv.append("--no-cache")
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = door.main(argv)
            if code:
                failed += 1
                found = "  ".join(err.getvalue().splitlines()[-1:]).replace(home, "HOME")
            else:
                text = json.dumps(without_times(json.loads(out.getvalue())))
                found = hashlib.sha256(text.replace(home, "HOME").encode()).hexdigest()[:16]
            print(found, " ".join(words), flush=True)
    print(f"{failed} failed", file=sys.stderr)
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
