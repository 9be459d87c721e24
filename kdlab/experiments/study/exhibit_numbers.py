"""The kinds of numbers in what studies exhibit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field


def _small(value: float) -> float:
    if abs(value) > 100:
        raise ValueError("it is too large")
    return value


Share = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(gt=-1e12, lt=1e12)]
Per = Annotated[float, Field(ge=0, lt=1e12)]
"""Bits per character."""
Small = Annotated[float, AfterValidator(_small)]
"""A correlation, a place in the plane: NaN where a student's numbers were none."""


def _known(value: float) -> float:
    if abs(value) > 1e6:
        raise ValueError("it is too large")
    return value


Bits = Annotated[float, AfterValidator(_known)]
"""NaN where a student's numbers were none."""
Positive = Annotated[int, Field(ge=1, le=2**53)]
Side = Annotated[int, Field(ge=1, le=10_000)]
Shape = Annotated[list[Side], Field(min_length=3, max_length=3)]
Kind = Literal["saliency", "attention"]
