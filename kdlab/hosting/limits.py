"""The limits of a server, each an environment variable, in one place.

Visitors have all of them; the owner only the one of the whole home. 0 is no limit.
"""

from __future__ import annotations

import dataclasses
import math
import os
from dataclasses import dataclass, field
from typing import Any

from kdlab.errors import ConfigError

TERA = 1e12


def _setting(variable: str, default: float, unit: str, what: str) -> Any:
    return field(default=default, metadata={"variable": variable, "unit": unit, "what": what})


@dataclass(frozen=True)
class Limits:
    """What a server allows; each field says its variable, its unit and what it is for."""

    home_gb: float = _setting(
        "KDLAB_HOME_GB", 20.0, "GB",
        "all results, teachers and uploads kept; what has been unused for longest is removed "
        "first; full runs stay and are not counted",
    )  # fmt: skip
    visitor_gb: float = _setting(
        "KDLAB_VISITOR_GB", 1.0, "GB",
        "the share of one visitor; that visitor's oldest are removed first",
    )  # fmt: skip
    upload_mb: float = _setting(
        "KDLAB_UPLOAD_MB", 50.0, "MB", "a file that a visitor uploads"
    )  # fmt: skip
    work: float = _setting(
        "KDLAB_VISITOR_WORK", 10.0, "10¹² operations",
        "a visitor's run, map, search or study, as predicted before it starts",
    )  # fmt: skip
    jobs: float = _setting(
        "KDLAB_VISITOR_JOBS", 4.0, "jobs",
        "runs, maps, searches and studies of a visitor that are running or waiting at the same "
        "time",
    )  # fmt: skip

    @property
    def home_bytes(self) -> float:
        """Of the whole home; infinite without a limit."""
        return _counted(self.home_gb, 1e9)

    @property
    def visitor_bytes(self) -> float:
        """Of one visitor; infinite without a limit."""
        return _counted(self.visitor_gb, 1e9)

    @property
    def upload_bytes(self) -> float:
        """Of a visitor's file; infinite without a limit."""
        return _counted(self.upload_mb, 1e6)

    @property
    def operations(self) -> float:
        """Of a visitor's job; infinite without a limit."""
        return _counted(self.work, TERA)

    @property
    def most_jobs(self) -> float:
        """Of a visitor at the same time; infinite without a limit."""
        return _counted(self.jobs, 1.0)


def told() -> Limits:
    """The limits as the environment sets them now; ConfigError for what is no limit."""
    values = {}
    for each in dataclasses.fields(Limits):
        text = os.environ.get(each.metadata["variable"], "").strip()
        if text:
            values[each.name] = _number(each.metadata["variable"], text)
    return Limits(**values)


def _number(variable: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1e9:
        raise ConfigError(
            f"{variable} is {text[:40]!r}",
            "a number from 0 (no limit) to 1e9",
            f"Change {variable}, or leave it out",
        )
    return value


def _counted(value: float, unit: float) -> float:
    return value * unit if value else math.inf
