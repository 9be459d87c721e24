"""The browser of all browser tests; without one they skip, but where it is required."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kdlab.bench import serving

OFF = (
    # Every window would load two pages for an address bar that nobody sees.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    # What playwright turns off: Chromium heeds the last list alone.
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades",
    "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding",
    "PreconnectToSearch", "TcpPortRandomizationWin", "ThirdPartyStoragePartitioning",
)  # fmt: skip
"""Features of Chromium that are switched off."""
_running: list[Any] = []
"""The browser of this process, where it has one: a second playwright would trip on the first."""


@contextmanager
def browser() -> Iterator[Any]:
    """A browser without a window until the block ends; KDLAB_REQUIRE_BROWSER=1 forbids to skip."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if serving.chromium() is None:
        message = "Chromium is not installed (KDLAB_CHROMIUM may name a program)"
        if os.environ.get("KDLAB_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    if _running:  # of another folder's tests, in whatever order they run
        yield _running[-1]
        return
    with serving.browser(f"--disable-features={','.join(OFF)}") as started:
        _running.append(started)
        try:
            yield started
        finally:
            _running.remove(started)
