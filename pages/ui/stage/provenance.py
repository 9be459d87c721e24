"""Whose numbers these are: what was run, in words."""

from __future__ import annotations

from collections.abc import Collection

from kdlab.config.schema import DistilConfig, StudentConfig
from kdlab.data import called, uploads
from kdlab.methods import METHODS
from kdlab.translation import say
from pages.ui.shell import prose

TOLD = frozenset(
    [
        "dataset",
        "teacher",
        "student",
        "labels",
        "method",
        "temperature",
        "alpha",
        "seeds",
        "first_seed",
    ]
)
"""Settings that a caption always tells."""


def settings(config: StudentConfig, seeds: str, hidden: Collection[str] = ()) -> str:
    """What was run, as Markdown: the pair and the loss, ``seeds`` in words, and every other setting
    that is not at its default, so that different runs read differently. Settings whose controls are
    ``hidden`` are not told: they may be what an exercise asks for."""
    method = METHODS[config.method]
    pair = {"teacher": config.teacher, "student": config.student}
    parts = {
        "dataset": config.dataset,
        "pair": " → ".join(network for name, network in pair.items() if name not in hidden),
        "labels": say("all labels")
        if config.labels == "all"
        else say("{count} labels", count=config.labels),
        "method": say("method: {method}", method=_begun_small(say(method.label))),
        **({"temperature": f"T = {config.temperature:g}"} if method.uses_temperature else {}),
        "alpha": f"α = {config.alpha:g}",
        "seeds": seeds,
    }
    for name, value in config.to_query().items():
        if name not in TOLD and name in DistilConfig.model_fields:
            title = say(str(DistilConfig.model_fields[name].title))
            if name in ("folder", "teacher_file"):
                title, value = called.setting(name, title, config.dataset), uploads.title(value)
            what = f"{_begun_small(title)} "
            if value.startswith("the "):  # one without a name: "the table 0123abcd"
                what = ""
            parts[name] = what + prose.plain(value)
    return say(", ").join(text for name, text in parts.items() if text and name not in hidden)


def seeds(first: int, count: int) -> str:
    """``seeds 0 to 4``, or ``seed 3``."""
    last = first + count - 1
    if count == 1:
        return say("seed {last}", last=last)
    return say("seeds {first} to {last}", first=first, last=last)


def _begun_small(words: str) -> str:
    """Within a sentence."""
    return words[:1].lower() + words[1:]
