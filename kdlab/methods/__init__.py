"""METHODS: name -> record. Adding a method is one file and one line here.

A method's loss is a pure function of tensors and numbers. It never weighs itself: alpha is applied
at one place, the cohort's objective.
"""

from __future__ import annotations

from kdlab.errors import ConfigError
from kdlab.methods import labels_only, logit_regression, soft_targets
from kdlab.methods.record import Method, Parameter

METHODS: dict[str, Method] = {
    method.name: method
    for method in (soft_targets.METHOD, logit_regression.METHOD, labels_only.METHOD)
}


def find(name: str) -> Method:
    """The record of ``name``; ConfigError lists the methods there are."""
    if name not in METHODS:
        raise ConfigError(f"method is {name!r}", ", ".join(METHODS), "Choose one of these methods")
    return METHODS[name]


__all__ = ["METHODS", "Method", "Parameter", "find"]
