"""What a search is told in: its limits, what Optuna's parameters are called, and beyond what a
picture need not show."""

from __future__ import annotations

UNITS = {
    "max_parameters": "parameters",
    "max_bytes": "bytes",
    "max_flops": "FLOPs",
    "max_milliseconds": "ms",
    "max_int8_bytes": "bytes as int8",
    "max_int8_milliseconds": "ms as int8",
}
"""Setting -> the unit of the most that a student may have."""
PARAMETERS = {
    "depth": "Layers",
    "width": "Width",
    "temperature": "T",
    "alpha": "α",
    "method": "Method",
    "teacher": "Teacher",
}
FAR = 21.0
"""Bits per character beyond which a student knows less than one that takes all characters of
Unicode for equally likely (2^20.1 of them): what is above lies outside the frame."""
