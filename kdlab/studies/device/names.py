"""Names and words of the study: who is measured, in which precision, what a budget counts."""

from __future__ import annotations

from typing import Literal

from kdlab.events import DISTILLED, LABELS_ONLY

DEVICE = "device"
"""The exhibit."""
TEACHER = "teacher"
ROLES: dict[str, str] = {
    TEACHER: "the teacher",
    LABELS_ONLY: "the student on labels only",
    DISTILLED: "the distilled student",
}
"""Who is measured, as one says it in a sentence."""
FULL, ROUNDED = "fp32", "int8"
PRECISIONS: dict[str, str] = {FULL: "32 bits", "fp16": "16 bits", ROUNDED: "int8"}
"""Name -> words, from the finest to the coarsest."""

Cost = Literal["bytes", "latency"]
COSTS: dict[Cost, str] = {"bytes": "Size of the file, kB", "latency": "Time of one answer, ms"}
"""What a budget counts, and its words."""
UNITS: dict[Cost, str] = {"bytes": "kB", "latency": "ms"}
BUDGETS: dict[Cost, str] = {"bytes": "kilobytes", "latency": "milliseconds"}
"""What a budget counts -> the setting that is the budget."""
