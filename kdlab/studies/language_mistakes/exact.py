"""EFFECTS: name -> what a mistake does, computed when it is asked for. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from kdlab.studies.language_mistakes import of_gradients, of_values
from kdlab.studies.language_mistakes.effect import Effect
from kdlab.studies.language_mistakes.records import ExactName

EFFECTS: dict[ExactName, Callable[[], Effect]] = {
    "log-mixture": of_values.log_mixture,
    "denominators": of_values.denominators,
    "fast-path": of_values.fast_path,
    "ignored-mask": of_values.ignored_mask,
    "beta": of_gradients.beta,
    "sampled-kl": of_gradients.sampled_kl,
    "top-k": of_gradients.top_k,
}


@cache
def effect(name: ExactName) -> Effect:
    """What the mistake ``name`` does."""
    return EFFECTS[name]()
