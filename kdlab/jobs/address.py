"""The scheduler that KDLAB_SCHEDULER names: what its address may be, and how it is spoken to."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from kdlab.errors import JobError
from kdlab.hosting.loopback import is_loopback

if TYPE_CHECKING:
    from distributed.security import Security

ADDRESS = re.compile(r"(tcp|tls|ws|wss)://(\[[0-9a-fA-F:]+\]|[^\s/:\[\]]+):\d{1,5}/?")

PLAIN = "KDLAB_SCHEDULER_PLAIN"
"""The variable that allows a scheduler of another machine without TLS."""

CERTIFICATES = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ...__CLIENT__CERT and ...__CLIENT__KEY"


def security(address: str) -> Security:
    """What a client needs for the scheduler at ``address``; for TLS as Dask is configured.

    JobError where the address is none, where it is that of another machine and has no TLS (whoever
    reaches such a port runs code on all machines of the cluster), or where certificates are missing
    or cannot be used.
    """
    found = ADDRESS.fullmatch(address)
    if not found:
        raise JobError(
            f"the scheduler's address is {address[:80]!r}",
            "an address such as tcp://127.0.0.1:8786 or tls://host:8786",
            "Correct KDLAB_SCHEDULER, or unset it to use this machine",
        )
    from distributed.security import Security

    if found[1] in {"tls", "wss"}:
        encrypted = Security(require_encryption=True)
        _check(encrypted)
        return encrypted
    if not is_loopback(found[2]) and os.environ.get(PLAIN) != "1":
        raise JobError(
            f"the scheduler's address is {address}, on another machine and without TLS: anyone who "
            "reaches that port can run programs on every machine of the cluster, including this "
            "one",
            "tls://, or tcp:// on this machine (for instance an SSH tunnel)",
            "Start the scheduler and the workers with certificates (kdlab/jobs/__init__.py has the "
            f"commands), or set {PLAIN}=1 where nobody else reaches that network",
        )
    return Security()


def unreachable(address: str, seconds: float, error: Exception) -> JobError:
    """Why no client of the scheduler at ``address`` could be had, from what Dask raised."""
    from distributed.comm.core import CommClosedError

    if isinstance(error, CommClosedError):
        return JobError(
            f"the scheduler at {address} refused the connection ({error})",
            "a scheduler that uses the protocol of its address, and certificates of one authority",
            "Use tls:// for a scheduler that was started with certificates, tcp:// for one without,"
            f" and check {CERTIFICATES}",
        )
    return JobError(
        f"the scheduler at {address} did not answer within {seconds:g} seconds",
        "the address of a running Dask scheduler",
        "Start it, or unset KDLAB_SCHEDULER to use this machine",
    )


def _check(encrypted: Security) -> None:
    """JobError where Dask's configuration has no certificates for a client, or unusable ones."""
    try:
        ready = encrypted.get_connection_args("client")["ssl_context"] is not None
        why = "Dask's configuration names no certificates"
    except (OSError, ValueError) as error:  # ssl's errors are OSErrors
        ready, why = False, f"the certificates cannot be used ({error})"
    if not ready:
        raise JobError(
            f"the scheduler is to be reached over TLS, but {why}",
            "a certificate of the cluster's authority, and a client's certificate with its key",
            f"Set {CERTIFICATES} to their files",
        )
