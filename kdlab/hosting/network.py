"""Where this machine is in its network."""

from __future__ import annotations

import socket

from kdlab.hosting.loopback import is_loopback


def own_address() -> str | None:
    """This machine's address in its network; None where it is in none. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: RFC 5737
            found = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if is_loopback(found) else found
