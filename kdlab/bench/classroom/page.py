"""What a browser knows of the page that is open: the server's messages, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kdlab.bench.classroom import wire
from kdlab.bench.classroom.screen import Screen


@dataclass(frozen=True)
class Run:
    """A run of the script: of the whole of it, or of some ``fragments``."""

    id: str = ""
    fragments: tuple[str, ...] = ()

    def answers(self, fragment: str) -> bool:
        """Whether it draws what was asked for: the ``fragment``, or without one, everything."""
        return not self.fragments or fragment in self.fragments


@dataclass(frozen=True)
class Began:
    """A run has begun."""

    run: Run


@dataclass(frozen=True)
class Ended:
    """A run has ended, and was not cut off by another one. ``problem``: it could not be run."""

    run: Run
    problem: str = ""


class Page:
    """A page from its opening on. ``query`` is that of its address, which the script may change."""

    def __init__(self, query: str = "") -> None:
        self.query = query
        self.hash = ""
        """How the server calls the page; it says so when the script begins."""
        self.menu: dict[str, str] = {}
        """Path -> hash of each page there is; the path of the first is empty."""
        self.timers: dict[str, float] = {}
        """Fragments that run again by themselves -> after how many seconds."""
        self.screen = Screen()
        self.run = Run()
        """The one that draws, or that has drawn last."""

    def take(self, message: Any) -> Began | Ended | None:
        """Do what ``message`` says."""
        kind = message.WhichOneof("type")
        if kind == "delta":
            self.screen.take(message.delta, message.metadata.delta_path, self.run.id)
        elif kind == "new_session":
            return self._begin(message)
        elif kind == "script_finished":
            return self._end(message)
        elif kind == "session_event":
            return self._break(message.session_event)
        elif kind == "navigation":
            self.menu = {
                "" if page.is_default else page.url_pathname: page.page_script_hash
                for page in message.navigation.app_pages
            }
            self.hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.timers.pop(fragment, None)
        return None

    def _begin(self, message: Any) -> Began:
        told, asked = message.metadata.run, message.new_session.page_script_hash
        self.run = Run(told.script_run_id, tuple(told.fragment_ids))
        if not self.run.fragments:
            self.timers.clear()
        if asked != self.hash:
            self.screen.clear()
            self.hash = asked
        return Began(self.run)

    def _end(self, message: Any) -> Ended | None:
        if message.script_finished not in (wire.DONE, wire.FRAGMENT_DONE):
            return None  # another run follows, or a message that says what is wrong
        self.screen.finish(self.run.id, self.run.fragments)
        return Ended(self.run)

    def _break(self, event: Any) -> Ended | None:
        if event.WhichOneof("type") != "script_compilation_exception":
            return None
        problem = event.script_compilation_exception
        return Ended(self.run, f"{problem.type}: {problem.message}")
