"""What two pages share: their settings, the teacher's answers, the list to try.

Their settings are a teacher's configuration and what the visitor moves, so that its link also
says whose logits are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import streamlit as st
from pydantic import Field

from kdlab import data
from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.storage.store import TeacherOutputs
from kdlab.translation import say
from pages.ui.shell import explain, prose
from pages.ui.shell import state as links
from pages.ui.stage import damaged, tries
from pages.ui.widgets import choices

NAMES = {"dataset": data.find, "teacher": choices.find_teacher}
"""Settings that name an entry of a registry; for :func:`pages.ui.shell.state.state`."""

NUMBERS = r"^(-?\d{1,2}(\.\d{1,3})?(,-?\d{1,2}(\.\d{1,3})?)*)?$"
"""Logits in a link: "1.5,-0.25,3", or nothing for the example's own."""


def _shared(name: str) -> Any:
    """The field of a run's configuration: range, unit and help are written once."""
    return DistilConfig.model_fields[name]


def _logits(whose: str) -> Any:
    return Field(
        "",
        max_length=900,
        pattern=NUMBERS,
        examples=["1.5,-0.25,3"],
        title=f"Logits of the {whose}",
        description=f"The {whose}'s logits where they were edited, in the order of the classes.",
    )


class SoftTargetsSettings(TeacherConfig):
    """A teacher, one of its validation examples, T, and the teacher's logits if edited."""

    temperature: float = _shared("temperature")
    image: int = Field(
        -1,
        ge=-1,
        le=100_000,
        title="Example",
        description="Which of the teacher's validation examples; -1: the first one of the page.",
    )
    logits: str = _logits("teacher")


class LossSettings(SoftTargetsSettings):
    """The same with a student's logits, the weight alpha, and how much is shown."""

    not_brought: ClassVar[frozenset[str]] = frozenset({"student"})
    """Here these are logits: no data set brings any."""
    alpha: float = _shared("alpha")
    student: str = _logits("student")
    convention: Literal["teacher", "labels"] = Field(
        "teacher",
        title="α weighs",
        description="What α stands before in the formula on screen: the teacher's part, as "
        "everywhere in this lab, or the label's part. It changes only what is written.",
    )
    view: Literal["plain", "mathematics"] = Field(
        "plain",
        title="Shown",
        description="The loss in plain words, or with its formula and gradients.",
    )


def teacher_outputs(asked: SoftTargetsSettings) -> tuple[TeacherOutputs | None, bool]:
    """What the page's teacher says of its validation examples, and whether it is the default
    teacher, of whom the texts tell figures. That one stands in, and a note says so, for one that
    was never trained here; None where even that is missing."""
    wanted = TeacherConfig(**{n: getattr(asked, n) for n in TeacherConfig.model_fields})
    default = wanted == TeacherConfig()
    # Two small files, read at every run: the teacher may have been trained a moment ago.
    found = damaged.teacher_outputs(wanted, "view")
    if found is None and not default:
        default = True
        found = damaged.teacher_outputs(TeacherConfig(), "view.default")
        if found is not None:
            st.info(prose.text("live", "another teacher"))
    if found is None:
        st.info(prose.text("live", "no teacher yet"))
    return found, default


def fitting(here: links.State[Any], outputs: TeacherOutputs | None) -> Any:
    """The settings, with what does not belong to these ``outputs`` at its default: a row that there
    is not, logits that are not one a class. A sentence about each is added to the problems of the
    link, for :func:`pages.ui.shell.state.warn`."""
    wanted = here.config()
    if outputs is None:
        return wanted
    rows, classes = len(outputs.labels), len(outputs.classes)
    wrong: dict[str, Any] = {}
    if wanted.image >= rows:
        wrong["image"] = -1
        here.problems.append(
            f"image is {wanted.image}. Allowed: 0 to {rows - 1}, the examples of this teacher. "
            "Used instead: this page's first one."
        )
    whose = {"logits": "teacher", "student": "student"}
    for name in [n for n in whose if isinstance(wanted, LossSettings) or n == "logits"]:
        text = getattr(wanted, name)
        if text and from_text(text, classes) is None:
            wrong[name] = ""
            here.problems.append(
                f"{name} has {text.count(',') + 1} numbers. Allowed: {classes}, one for each class "
                f"of this teacher. Used instead: the {whose[name]}'s own."
            )
    here.set(**wrong)
    return here.config()


def telling_examples(
    logits: npt.ArrayLike, labels: npt.ArrayLike, *, wrong: int = 4, at_most: int = 16
) -> list[int]:
    """Examples worth looking at: of each class the right answer with the strongest second thought,
    then up to ``wrong`` wrong answers. ``logits`` (N, C), ``labels`` (N,); returns row numbers."""
    z, y = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    ordered = np.sort(z, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    right = z.argmax(axis=1) == y
    chosen: list[int] = []
    for label in np.unique(y)[: at_most - wrong]:
        rows = np.flatnonzero((y == label) & right)
        if len(rows):
            chosen.append(int(rows[margin[rows].argmin()]))
    rows = np.flatnonzero(~right)
    return chosen + [int(row) for row in rows[margin[rows].argsort()[:wrong]]]


def offered(wanted: SoftTargetsSettings, outputs: TeacherOutputs) -> tuple[list[int], int]:
    """The examples that a page shows, as rows of ``outputs``, and which of them comes first: the
    telling ones, and before them the one that the link names."""
    rows = telling_examples(outputs.logits, outputs.labels)
    if 0 <= wanted.image < len(outputs.labels) and wanted.image not in rows:
        rows.insert(0, wanted.image)
    return rows, rows.index(wanted.image) if wanted.image in rows else 0


def pictures(outputs: TeacherOutputs, rows: Sequence[int]) -> npt.NDArray[np.uint8] | None:
    """The pixels of some examples, (M, C, H, W) uint8; None for points in the plane."""
    return outputs.inputs[list(rows)] if outputs.inputs.ndim == 4 else None


def to_text(logits: Sequence[float] | None) -> str:
    """Edited logits for a link; "" for None."""
    return "" if logits is None else ",".join(f"{z:.3f}".rstrip("0").rstrip(".") for z in logits)


def from_text(text: str, classes: int) -> list[float] | None:
    """Logits of a link; None where there are none, or not one for each class."""
    values = [float(part) for part in text.split(",")] if text else []
    return values if len(values) == classes else None


def lead(page: str) -> str:
    """The sentence that says what to look for, without the controls that the link hides."""
    return prose.for_hidden(prose.text(page), links.hidden())


def more(page: str) -> None:
    """What is behind a page, folded away at its foot."""
    if "more" not in links.hidden():
        with st.expander(say("What is behind it")):
            told = prose.for_hidden(prose.text(page, "more"), links.hidden())
            st.markdown(explain.words(told, folded=True))


def try_this(
    here: links.State[Any],
    page: str,
    states: Sequence[Mapping[str, Any]],
    lacking: Collection[str] = (),
) -> None:
    """What to try on a page, of the text of ``page``, one for each of ``states``: that keeps the
    teacher and sets everything else to the defaults, and then the state. ``lacking`` is
    what the words would take for granted, see :func:`pages.ui.stage.tries.show`."""
    rest = here.model().model_dump(exclude=set(TeacherConfig.model_fields))
    names = [one.name for one in prose.tries(page)]
    settings = {name: rest | dict(state) for name, state in zip(names, states, strict=True)}
    picture = f'[class*="st-key-{here.page}-picture"]'
    tries.show(here, page, settings, picture, lacking)
