"""Settings of a study that change only what is drawn: where their widgets stand."""

from __future__ import annotations

from typing import Any

from kdlab.studies import find
from pages.ui.shell.state import State


def value(study: str, name: str) -> Any:
    """The value of the setting ``name``, marked ``view``, of the page of ``study``. A history does
    not have it: its configuration is the normal one, with such settings at their defaults."""
    record = find(study)
    return State(f"study.{study}", record.config).values[name]
