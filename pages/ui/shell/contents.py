"""The table of contents: which pages there are, in which order, and how they are called.

Menu, Home, the line beside a page's title and the title itself all read it.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from functools import cache

from kdlab.config.base import Settings
from kdlab.studies import STUDIES
from kdlab.translation import ENGLISH, say
from pages.ui.shell import prose

WORDS_A_MINUTE = 200
MINUTES_A_TRY = 1


@dataclass(frozen=True)
class Entry:
    """One page: its script, its name in the menu, a Material icon, its address, the file of its
    text; ``key`` begins the keys of its widgets, and ``model`` is where the model of its settings
    is found ("module:name"), which a lesson or an exercise may set; empty where it has none."""

    script: str
    title: str
    icon: str
    path: str
    text: str
    key: str = ""
    model: str = ""

    @property
    def settings(self) -> type[Settings] | None:
        """The model of its settings. The page's own folder is read for that only when it is asked
        for."""
        if self.key.startswith("study."):
            return STUDIES[self.path].config
        module, _, name = self.model.partition(":")
        return getattr(importlib.import_module(module), name) if module else None

    @property
    def minutes(self) -> int:
        """About how long it takes to go through: reading its text, and a minute for each thing to
        try there. Training that takes longer comes on top."""
        return _minutes(self.text)


def _study(name: str, title: str, icon: str, folder: str = "teach") -> Entry:
    return Entry(f"pages/{folder}/{name}.py", title, icon, name, f"studies/{name}", f"study.{name}")


CONTENTS: dict[str, tuple[Entry, ...]] = {
    "": (Entry("pages/home/home.py", "Home", "home", "", "home"),),
    "Learn": (
        Entry("pages/learn/lessons.py", "Lessons", "auto_stories", "lessons", "lessons"),
        Entry("pages/learn/class_room.py", "A class", "groups", "class", "class_room"),
        Entry("pages/learn/compose.py", "Make an exercise", "edit_square", "compose", "compose"),
        Entry("pages/learn/words.py", "Words", "dictionary", "words", "words"),
    ),
    "Understand": (
        Entry(
            "pages/understand/soft_targets.py",
            "Soft targets",
            "bar_chart",
            "soft-targets",
            "soft_targets",
            "soft_targets",
            "pages.ui.understand.views:SoftTargetsSettings",
        ),
        Entry(
            "pages/understand/the_loss.py",
            "The loss",
            "functions",
            "loss",
            "the_loss",
            "the_loss",
            "pages.ui.understand.views:LossSettings",
        ),
        Entry(
            "pages/understand/modes.py",
            "Covering or seeking?",
            "stacked_line_chart",
            "covering-or-seeking",
            "modes",
            "modes",
            "pages.ui.understand.modes:ModesSettings",
        ),
    ),
    "Distil": (
        Entry(
            "pages/distil/live.py",
            "Live distillation",
            "model_training",
            "live",
            "live",
            "live",
            "kdlab.config.schema:DistilConfig",
        ),
        Entry(
            "pages/distil/map.py",
            "Map of two settings",
            "grid_on",
            "map",
            "map",
            "map",
            "kdlab.experiments.sweep.config:SweepConfig",
        ),
        Entry(
            "pages/distil/search.py",
            "Find me a student",
            "search",
            "search",
            "search",
            "search",
            "kdlab.experiments.search.config:SearchConfig",
        ),
        Entry(
            "pages/distil/language.py",
            "Language model",
            "abc",
            "language-model",
            "language_model",
            "language_model",
            "kdlab.experiments.run.language:Language",
        ),
        Entry(
            "pages/distil/full_run.py",
            "Full run",
            "rocket_launch",
            "full-run",
            "full-run",
            "full-run",
            "kdlab.full_run.recipe.config:FullRunConfig",
        ),
    ),
    "Use": (
        Entry(
            "pages/use/draw.py",
            "Draw a digit",
            "draw",
            "draw",
            "draw",
            "draw",
            "pages.ui.understand.pair:Drawing",
        ),
        _study("device", "On a device", "memory", "use"),
        Entry(
            "pages/use/tools.py",
            "In your tool",
            "handyman",
            "tools",
            "tools",
            "tools",
            "pages.ui.understand.in_tools:InTools",
        ),
    ),
    "Studies": (
        _study("pipeline", "Train, distil, fine-tune, test", "linear_scale"),
        _study("start", "Start from the teacher", "content_copy"),
        _study("temperature", "A higher temperature?", "thermostat"),
        _study("difference", "Hot and cold", "difference", "understand"),
        _study("capacity", "Which teacher?", "school"),
        _study("teachers", "Several teachers", "groups"),
        _study("compression", "Compression against accuracy", "compress"),
        _study("chains", "Chains of teachers", "link"),
        _study("resolution", "Low resolution", "grid_3x3"),
        _study("augmentation", "Augmented views", "flip"),
        _study("layers", "Layer by layer", "layers"),
        _study("looking", "What do they look at?", "visibility", "understand"),
        _study("missing", "The missing class", "visibility_off"),
        _study("methods", "Compare methods", "leaderboard"),
        _study("when", "When does it help?", "help"),
        _study("language", "Which divergence, whose prefixes?", "translate"),
        _study("subliminal", "What else does a student inherit?", "hearing"),
    ),
    "Clinic": (
        _study("mistakes", "Common mistakes", "bug_report", "clinic"),
        Entry(
            "pages/clinic/language_mistakes.py",
            "Language model mistakes",
            "spellcheck",
            "language-mistakes",
            "studies/language-mistakes",
            "study.language-mistakes",
        ),
        _study("claims", "What the articles say", "fact_check", "clinic"),
    ),
}
"""Section -> pages, in the order of the menu and of the way, which goes from Home to the steps:
what belongs to Learn stands beside it. The first page of all is the default."""

STEPS = tuple(page for name in ("Understand", "Distil", "Use") for page in CONTENTS[name])
"""The way through the lab. Studies and the clinic come after it, each in any order."""
PARTS = {
    "Learn": CONTENTS["Learn"],
    "Step": STEPS,
    "Study": CONTENTS["Studies"],
    "Clinic": CONTENTS["Clinic"],
}
"""What a page is counted as -> the pages that are counted together."""


@dataclass(frozen=True)
class Place:
    """Where a page is on the way: what it is counted as ("" for Home), its number, of how many, and
    the pages before and after it."""

    page: Entry
    part: str
    number: int
    count: int
    before: Entry | None
    after: Entry | None

    def told(self) -> str:
        """``Step 3 of 7 · about 10 min``; of Home how long all steps take."""
        if not self.part:
            whole = sum(page.minutes for page in STEPS)
            return say(
                "{count} steps · about {minutes} min",
                count=len(STEPS),
                minutes=5 * math.ceil(whole / 5),
            )
        return say(
            f"{self.part} {{number}} of {{count}} · about {{minutes}} min",
            number=self.number,
            count=self.count,
            minutes=self.page.minutes,
        )


@cache
def place(path: str) -> Place:
    """The place of the page whose address is ``path``."""
    pages = [page for section in CONTENTS.values() for page in section]
    at = next(n for n, page in enumerate(pages) if page.path == path)
    page, home = pages[at], pages[0]
    before = pages[at - 1] if at else None
    after = pages[at + 1] if at + 1 < len(pages) else None
    part, others = next(
        ((name, among) for name, among in PARTS.items() if page in among), ("", (page,))
    )
    return Place(
        page=page,
        part=part,
        number=others.index(page) + 1,
        count=len(others),
        before=home if page == STEPS[0] else before,
        after=STEPS[0] if page == home else after,
    )


def script_of(path: str) -> str:
    """The script of the page whose address is ``path``."""
    return place(path).page.script


@cache
def _minutes(text: str) -> int:
    tries = prose.tries(text, ENGLISH)
    read = [prose.text(text, language=ENGLISH), *(f"{one.task} {one.answer}" for one in tries)]
    read.append(prose.sections(text, ENGLISH).get("more", ""))
    words = sum(len(each.split()) for each in read)
    return max(1, round(words / WORDS_A_MINUTE + MINUTES_A_TRY * len(tries)))
