"""Files that appear whole or not at all, and whether another process is still there."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def aside(path: Path, content: bytes) -> Iterator[Path]:
    """``content`` in a file beside ``path``, safely on the disk, for a rename or a link to it; what
    is left of it afterwards is removed."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(0o644)  # mkstemp's 0600 would lock out the others of a shared home
        yield written
    finally:
        written.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Replace ``path`` at one blow: a reader finds the old content or the new one."""
    with aside(path, content) as written:
        written.replace(path)


def gone(host: str, pid: int) -> bool:
    """Whether process ``pid`` of this machine has ended; False for other hosts, and where the
    system does not tell."""
    if host != platform.node() or os.name == "nt":  # on Windows, signal 0 would end it
        return False
    if not is_pid(pid):
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _is_zombie(pid)


def is_pid(value: object) -> bool:
    """Whether it can be the number of a process: what a file says of one may be damaged."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31


def _is_zombie(pid: int) -> bool:
    """Whether it has ended and only its parent has not asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False
