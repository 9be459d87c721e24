"""A browser for what runs in one, and networks as they leave for a device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import browsing


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with browsing.browser() as started:
        yield started
