"""Who may speak with the lab's own cluster: whoever holds its certificate's key, nobody else.

Dask runs what it is sent. A port of the loopback interface is open to every user of the computer,
so that without this each of them could run code as the lab's owner. Every connection is therefore
TLS, and both ends show the one certificate that was made when the cluster started. Its key is in
memory only and travels to the processes through their stdin: not in their arguments, which
everybody can list, nor in a file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed.security import Security


@dataclass(frozen=True)
class Identity:
    """A certificate that vouches for itself, and its private key; both as PEM text."""

    certificate: str
    key: str = field(repr=False)

    @classmethod
    def fresh(cls) -> Identity:
        """A new one; a tenth of a second."""
        from distributed.security import Security

        made = Security.temporary()
        return cls(made.tls_ca_file, made.tls_client_key)

    @classmethod
    def from_line(cls, line: str) -> Identity:
        """What :meth:`to_line` wrote."""
        return cls(*json.loads(line))

    def to_line(self) -> str:
        """One line of text for a process that is to have it."""
        return json.dumps([self.certificate, self.key])

    def security(self) -> Security:
        """The same for Dask: whatever the role, this certificate is shown and asked for."""
        from distributed.security import Security

        roles = ("client", "scheduler", "worker")
        return Security(
            require_encryption=True,
            tls_ca_file=self.certificate,
            **{f"tls_{role}_cert": self.certificate for role in roles},
            **{f"tls_{role}_key": self.key for role in roles},
        )
