"""All that the translated pages say in few words, gathered from the code: what a catalogue must
have, and all that it may have."""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from kdlab.config.schema import DistilConfig
from kdlab.data import DATASETS
from kdlab.device.formats import FORMATS
from kdlab.experiments.run.above_teacher import NAMES
from kdlab.experiments.run.by_class import ERROR
from kdlab.experiments.run.compared.rows import RESULTS
from kdlab.experiments.run.costs import HEAD
from kdlab.experiments.run.experiment import DISTILL
from kdlab.hosting.limits import Limits
from kdlab.lessons.names import OF_MAP, OF_RUN
from kdlab.lessons.outcome import CAME, VERDICTS
from kdlab.measure.gain import NOT_A_NUMBER
from kdlab.measure.measures import MEASURES
from kdlab.methods import METHODS, RESPONSE
from kdlab.models import MODELS
from kdlab.models.black_box import BLACK_BOXES
from kdlab.report.looks import LOOKS as PRINTED
from kdlab.studies import STUDIES
from pages.ui.classroom import asking, managing
from pages.ui.classroom import words as said
from pages.ui.components import inline
from pages.ui.exercises.asking import KINDS
from pages.ui.exercises.hiding import CALLED
from pages.ui.guide import listed
from pages.ui.live import compared, numbers, pinned, session
from pages.ui.live.stage import TABS
from pages.ui.shell.contents import CONTENTS, PARTS
from pages.ui.shell.theme import LOOKS
from pages.ui.stage import export
from pages.ui.understand.views import LossSettings
from pages.ui.widgets import choices

ROOT = Path(__file__).resolve().parents[2]

STAGES = (
    "Getting ready",
    "Loading the teacher",
    "Asking the teacher",
    "Measuring size and latency",
    "Comparing with the grammar",
)
"""What a worker says it is at, of a run."""
WORKED_OUT = {
    *STAGES,
    *("Stopped", "Failed", "Finished"),  # an outcome that begins a sentence
    *("training", "validation", "test", "Training", "Test"),  # the parts of the data
    *("before", "after", "all", "teacher", "student", "labels only", "distilled"),
    *("Train the teacher", "Ask the teacher", "Train one student"),  # the stages of a run
    *("One answer of the teacher", "One answer of the student"),
    *("Training the teacher, seconds", "Training one student (its share), seconds"),
    *(
        f"{who}, {what}"
        for who in ("Teacher", "Student")
        for what in ("parameters", "FLOPs per input", "milliseconds for one input")
    ),
    *("Settings, JSON", f"Settings of the {DISTILL.noun}", "Report, HTML"),
    *("Report and figures, ZIP", "bits"),
    *(asking.LESSON, asking.OWN, *asking.KINDS.values(), *managing.MAY.values()),  # a class
    *(*said.SAID.values(), *said.CAME.values()),
    *(f"number: {name}" for name in (*OF_RUN, *OF_MAP)),
    *CAME.values(),  # a lesson
    *VERDICTS.values(),
    *listed.WRITTEN.values(),
    *(*KINDS.values(), *CALLED.values()),  # an exercise
    *("The lesson as a file (.md)", "Handout", "Handout with answers"),
    *(f"{name.replace('-', ' ').capitalize()}, CSV" for name in DISTILL.tables),
    *(f"Weights: {name}" for name in ("teacher", "labels only", "distilled")),
    *(ERROR.label, f"{ERROR.label}, T fitted", "Accuracy", "Balanced accuracy", "Macro-F1"),
}
"""Words that the code puts together."""


def literals(call: ast.Call) -> Iterator[str]:
    """The English words in a call of ``say``."""
    about = [key.value.value for key in call.keywords if key.arg == "about"]  # type: ignore[attr-defined]
    for node in ast.walk(call.args[0]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield f"{about[0]}: {node.value}" if about else node.value


@cache
def in_code() -> dict[str, str]:
    """Words that are said as they stand in the code -> the file that says them."""
    found: dict[str, str] = {}
    for path in [*ROOT.glob("pages/**/*.py"), *ROOT.glob("kdlab/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            plain = node.func.id == "say" and node.args
            if plain and isinstance(node.args[0], ast.Constant | ast.IfExp):
                words = (
                    literals(node)
                    if isinstance(node.args[0], ast.Constant)
                    else _either(node.args[0])
                )
                found |= dict.fromkeys(words, str(path.relative_to(ROOT)))
    return found


def _either(node: ast.IfExp) -> Iterator[str]:
    for part in (node.body, node.orelse):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


@cache
def in_scripts() -> dict[str, str]:
    """Words that the components say -> the script that says them."""
    return {
        json.loads(f'"{found}"'): str(path.relative_to(ROOT))
        for path in ROOT.glob("pages/ui/components/**/*.js")
        for found in inline.SAYS.findall(path.read_text(encoding="utf-8"))
    }


def _of_settings() -> Iterator[str]:
    for model in (DistilConfig, LossSettings):
        for field in model.model_fields.values():
            extra = dict(field.json_schema_extra or {})  # type: ignore[arg-type]
            yield from (field.title or "", field.description or "", str(extra.get("unit") or ""))
            yield from (extra.get("words") or {}).values()  # type: ignore[union-attr]


def _of_registries() -> Iterator[str]:
    for data in DATASETS.values():
        yield from (data.label, data.noun, data.noun[:-1])
    for name in RESPONSE:
        yield from (METHODS[name].label, METHODS[name].about)
        for number in METHODS[name].parameters:
            yield from (number.label, number.help)
    for family in MODELS.values():
        yield from (family.label, family.about, family.unit)
    for box in BLACK_BOXES.values():
        yield from (box.label, box.about, box.unit.capitalize())
    for measure in MEASURES.values():
        yield from (measure.label, measure.unit, f"measure: {measure.units}")
        yield f"measure: {measure.units.removesuffix('s')}"
    for each in FORMATS.values():
        yield each.label
    for limit in dataclasses.fields(Limits):
        yield from (limit.metadata["what"], limit.metadata["unit"])


def _of_pages() -> Iterator[str]:
    for section, pages in CONTENTS.items():
        yield from (section, *(page.title for page in pages))
    for part in PARTS:
        yield f"{part} {{number}} of {{count}} · about {{minutes}} min"
    yield from (study.question for study in STUDIES.values())
    yield from (look.label for look in PRINTED.values())
    yield from (look.short for look in LOOKS.values())
    yield from TABS
    for words in (numbers.HELP, numbers.HELP_ON_GAIN, compared.PARTS, NAMES, RESULTS):
        yield from words.values()
    yield from (session.WORK.start, session.WORK.script, pinned.WORK.start, DISTILL.noun)
    yield from (*choices.KINDS_OF_NETWORKS.values(), choices.NO_NETWORKS, *HEAD)
    yield "What the layers are."
    yield from (NOT_A_NUMBER, export.NOT_POSSIBLE)


@cache
def everything() -> dict[str, str]:
    """All words that must be in a catalogue -> where they come from."""
    told = {
        "settings": _of_settings(),
        "registries": _of_registries(),
        "pages": _of_pages(),
        "worked out": iter(WORKED_OUT),
    }
    found = {words: where for where, part in told.items() for words in part if words}
    return found | in_code() | in_scripts()
