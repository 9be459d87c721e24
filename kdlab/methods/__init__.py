"""METHODS: name -> record. Adding a method is one file and one line here.

What a method computes is a pure function of tensors and numbers. It never weighs itself: alpha and
the published weight are applied at one place, the cohort's objective.
"""

from __future__ import annotations

from kdlab.errors import ConfigError
from kdlab.methods import (
    attention,
    cc,
    dist,
    dkd,
    hints,
    jsd,
    labels_only,
    logit_regression,
    logit_standardisation,
    pkt,
    relational,
    reverse_kl,
    similarity,
    skew_kl,
    soft_targets,
    top_k,
    total_variation,
    vid,
)
from kdlab.methods.record import Method, Parameter

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        soft_targets.METHOD,
        logit_regression.METHOD,
        logit_standardisation.METHOD,
        dkd.METHOD,
        dist.METHOD,
        reverse_kl.METHOD,
        jsd.METHOD,
        skew_kl.METHOD,
        total_variation.METHOD,
        top_k.METHOD,
        top_k.TRUNCATED,
        hints.METHOD,
        attention.METHOD,
        similarity.METHOD,
        relational.METHOD,
        pkt.METHOD,
        vid.METHOD,
        cc.METHOD,
        labels_only.METHOD,
    )
}

RESPONSE = tuple(name for name, method in METHODS.items() if method.loss is not None)
"""The methods that compare answers, and so have a ``loss``; the others compare hidden layers."""


def find(name: str) -> Method:
    """The record of ``name``; ConfigError lists the methods there are."""
    if name not in METHODS:
        raise ConfigError(f"method is {name!r}", ", ".join(METHODS), "Choose one of these methods")
    return METHODS[name]


__all__ = ["METHODS", "RESPONSE", "Method", "Parameter", "find"]
