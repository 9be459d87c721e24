"""How many files this process may have open: a session of the pages takes three, and some systems
begin with 256 for all."""

from __future__ import annotations

import contextlib

MOST = 65_536
"""More is of no use to a server of the lab, and some programs walk over all that could be open."""


def raise_limit() -> None:
    """Raise the soft limit of open files to the hard one, or to MOST where that is less.

    The system may allow less than its hard limit says; then half as many are asked for, and so on.
    Nothing happens where there is no such limit (Windows), and it is never lowered.
    """
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    while soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return
        wanted //= 2
