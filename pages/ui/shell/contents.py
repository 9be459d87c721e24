"""The table of contents: which pages there are, in which sections, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One page: its script, its name in the menu, a Material icon, its address."""

    script: str
    title: str
    icon: str
    path: str = ""


CONTENTS: dict[str, tuple[Entry, ...]] = {
    "": (Entry("pages/home/home.py", "Home", "home"),),
    "Understand": (
        Entry("pages/understand/soft_targets.py", "Soft targets", "bar_chart", "soft-targets"),
        Entry("pages/understand/the_loss.py", "The loss", "functions", "loss"),
        Entry("pages/understand/looking.py", "What do they look at?", "visibility", "looking"),
        Entry("pages/understand/difference.py", "Hot and cold", "difference", "difference"),
    ),
    "Distil": (
        Entry("pages/distil/live.py", "Live distillation", "model_training", "live"),
        Entry("pages/distil/map.py", "Map", "grid_on", "map"),
        Entry("pages/distil/search.py", "Find me a student", "search", "search"),
        Entry("pages/distil/full_run.py", "Full run", "rocket_launch", "full-run"),
    ),
    "Teach": (
        Entry(
            "pages/teach/pipeline.py", "Train, distil, fine-tune, test", "linear_scale", "pipeline"
        ),
        Entry("pages/teach/start.py", "Start from the teacher", "content_copy", "start"),
        Entry("pages/teach/temperature.py", "A higher temperature?", "thermostat", "temperature"),
        Entry("pages/teach/capacity.py", "Which teacher?", "school", "capacity"),
        Entry("pages/teach/teachers.py", "Several teachers", "groups", "teachers"),
        Entry(
            "pages/teach/compression.py", "Compression against accuracy", "compress", "compression"
        ),
        Entry("pages/teach/chains.py", "Chains of teachers", "link", "chains"),
        Entry("pages/teach/resolution.py", "Low resolution", "grid_3x3", "resolution"),
        Entry("pages/teach/augmentation.py", "Augmented views", "flip", "augmentation"),
        Entry("pages/teach/layers.py", "Layer by layer", "layers", "layers"),
        Entry("pages/teach/missing.py", "The missing class", "visibility_off", "missing"),
        Entry("pages/teach/methods.py", "Compare methods", "leaderboard", "methods"),
        Entry("pages/teach/when.py", "When does it help?", "help", "when"),
    ),
    "Clinic": (
        Entry("pages/clinic/mistakes.py", "Common mistakes", "bug_report", "mistakes"),
        Entry("pages/clinic/claims.py", "What the articles say", "fact_check", "claims"),
    ),
    "Use": (Entry("pages/use/draw.py", "Draw a digit", "draw", "draw"),),
}
"""Section -> pages, in the order of the menu. The first page of all is the default."""


def script_of(path: str) -> str:
    """The script of the page whose address is ``path``."""
    return next(page.script for pages in CONTENTS.values() for page in pages if page.path == path)
