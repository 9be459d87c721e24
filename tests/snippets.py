"""Pieces of code that pages show, as the functions that they are."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F


def function(text: str, *before: str) -> Callable[..., Any]:
    """The one function that ``text`` defines, with the definitions ``before`` it to call."""
    (defined,) = ast.parse(text).body
    assert isinstance(defined, ast.FunctionDef)
    known: dict[str, Any] = {"torch": torch, "F": F, "math": math}
    for piece in (*before, text):
        exec(compile(piece, "<shown>", "exec"), known)
    return known[defined.name]
