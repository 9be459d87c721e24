"""What a full run was made with, in words: below its result, and on charts that are saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kdlab.data import DATASETS
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.methods import METHODS
from pages.ui.full_run.watch import Watched
from pages.ui.shell import prose, state


def settings(config: FullRunConfig, hidden: Collection[str] = ()) -> str:
    """Pair, data, loss, length and seeds, as plain text, and what else differs from the published
    recipe; nothing of settings whose controls are ``hidden``."""
    method = METHODS.get(config.method)
    name = method.label if method else config.method
    heat = method is None or method.uses_temperature
    pair = {"teacher": config.teacher, "student": config.student}
    record = DATASETS.get(config.dataset)
    parts = {
        "pair": " → ".join(network for part, network in pair.items() if part not in hidden),
        "dataset": record.label if record else config.dataset,
        "method": name[:1].lower() + name[1:],
        "temperature": f"T = {config.temperature:g}" if heat else "",
        "alpha": f"α = {config.alpha:g}",
        "epochs": f"{config.epochs} epochs",
        "seeds": f"{config.seeds} seed{'s' * (config.seeds != 1)}",
        "train_limit": (
            "" if config.train_limit == "all" else f"{config.train_limit:,} training images"
        ),
    }
    for field, value in config.to_query().items():
        if field not in {*parts, *pair, "recipe"}:
            title = str(FullRunConfig.model_fields[field].title)
            parts[field] = f"{title[:1].lower()}{title[1:]} {value}"
    return ", ".join(text for field, text in parts.items() if text and field not in hidden)


def words(shown: Watched, reference: Mapping[str, Any]) -> str:
    """The settings, where it ran, and whose figures stand beside its own, as Markdown."""
    notes = [] if shown.config is None else [settings(shown.config, state.hidden())]
    started = shown.history.started
    if started is not None:
        notes.append(f"on {started.device['name']}")
    if reference:
        notes.append(f"published: {reference['column']}, {reference['source']}, 240 epochs")
        if run_with := str(reference.get("told") or ""):  # runs of before have none
            notes.append(f"run with {run_with}")
    if started is not None and started.judged_on == "validation":
        notes.append("the curves show validation images, held back from training")
    return prose.plain(", ".join(notes))
