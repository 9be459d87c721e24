"""The command line that does a full run without a browser."""

from __future__ import annotations

import shlex

from kdlab.config.words import as_text
from kdlab.full_run.recipe.config import FullRunConfig


def command(config: FullRunConfig, out: str) -> str:
    """``config`` as a command, into the folder ``out``."""
    named = {"pair": config.pair, "dataset": config.dataset, "recipe": config.recipe}
    usual = FullRunConfig.parse(named)  # what these bring need not be told
    query = {n: v for n, v in config.to_query().items() if getattr(config, n) != getattr(usual, n)}
    back = {  # settings at their default where these bring something else
        n: as_text(v) if isinstance(v, tuple) else str(v)
        for n, v in config.model_dump().items()
        if n not in query and v != getattr(usual, n)
    }
    told = named | query | back
    options = " ".join(
        f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in told.items()
    )
    return f".venv/bin/python -m kdlab full-run {options} --out {shlex.quote(out)}"
