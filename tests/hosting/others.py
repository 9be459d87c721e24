"""What other processes do with a home while a test looks on: ``python others.py WORD HOME ...``.

``hold HOME KIND NAME`` uses an entry and says so; ``fill HOME SEED COUNT`` records teachers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LIMIT = 400_000


def start(*words: object, **environment: str) -> subprocess.Popen[str]:
    """Another process at this; it reads and writes lines."""
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, __file__, *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(root), **environment},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def weights(size: int, value: int = 0) -> bytes:
    """A file of weights of exactly ``size`` bytes."""
    import numpy as np
    from safetensors.numpy import save

    room = size - len(save({"w": np.zeros(10_000, np.uint8)})) + 10_000
    content = save({"w": np.full(room, value, np.uint8)})
    assert len(content) == size
    return content


def hold(home: str, kind: str, name: str) -> None:
    from kdlab.hosting import in_use

    with in_use.using(Path(home), kind, name, must=True):
        _say("held")
        sys.stdin.read()


def fill(home: str, seed: str, count: str) -> None:
    from kdlab.config.schema import TeacherConfig
    from kdlab.storage.store import Store

    store = Store(Path(home), bundled=None)
    _say("ready")
    sys.stdin.readline()
    for number in range(int(count)):
        config = TeacherConfig(teacher_seed=int(seed) + number)
        store.record_teacher(config, weights(20_000, number % 256))
        found = store.teacher_weights(config)
        assert found is None or len(found) == 20_000
    _say("done")


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    {"hold": hold, "fill": fill}[sys.argv[1]](*sys.argv[2:])
