"""Whether an address is one of this machine alone."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``; names are not looked up, and what cannot be told
    counts as open. Nobody is trusted for it: behind a proxy, everybody comes from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
