"""A kind of work as its page knows it: the experiment, and the page's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from kdlab.config.schema import StudentConfig
from kdlab.events import Event, RunFailed
from kdlab.experiments.experiment import Experiment


class Told(Protocol):
    """What a screen asks of its history: part of what all histories answer."""

    @property
    def complete(self) -> bool:
        """Whether all is known."""

    @property
    def failed(self) -> RunFailed | None:
        """Why it ended early."""

    def take(self, events: Iterable[Event]) -> None:
        """Add what was told since; telling twice must change nothing."""


Config = TypeVar("Config", bound=StudentConfig)
History = TypeVar("History", bound=Told)


def _getting_ready(history: Any) -> tuple[float, str]:
    """Of work that says no more."""
    return 0.0, ""


@dataclass(frozen=True)
class Work(Generic[Config, History]):
    """One kind of work: the experiment, and what its page says of it."""

    page: str
    """Names the page's state, its jobs' owner and the widgets: ``map`` gives ``map.stop``."""
    experiment: Experiment[Config, Any]
    icon: str
    """The name of a Material icon."""

    start: str
    """What the first button says."""
    words: Mapping[str, str]
    """Sections of the page's text: ``help start`` and ``help stop`` of these buttons;
    ``invitation`` where there is nothing to see yet; ``script`` of the script, where there is one,
    and ``command`` of the command that does the same, if any."""
    told: Callable[[Any], str] = lambda shown: ""
    """Of a WorkScreen: whose numbers these are, as Markdown; see
    :func:`pages.ui.stage.stage.source`. This and the next three are not asked for where a page
    draws itself where its work stands."""
    progress: Callable[[History], tuple[float, str]] = _getting_ready
    """How far it is, 0 to 1, and in words as they are, while it is at work; a function at the top
    of a module. See :func:`pages.ui.stage.stage.percent`."""
    stopped: Callable[[Any], str] = lambda shown: ""
    """What is left of it after Stop; empty where the error says enough."""

    start_key: str = "start"
    steps: bool = False
    """Whether its picture has epochs, which a player can show one by one."""
    file_name: str = "kdlab-{dataset}"
    """Begins the names of files that are taken away."""
    script: str = "PyTorch script"
    """Names its button: what it is a script of."""
    screen: Callable[[Any], Any] | None = None
    """Makes what a visitor sees of it, where that is more than what is seen of all work."""
