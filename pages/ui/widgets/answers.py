"""A teacher that is a file of answers: how it is brought, and what it is worth before anything is
trained with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from kdlab.checks import ANSWERS
from kdlab.config.schema import TeacherConfig
from kdlab.data import DATASETS, uploads
from kdlab.data.accepted import TABLE
from kdlab.data.answers import before
from kdlab.data.answers.before import Looked
from kdlab.errors import KdlabError
from pages.ui.shell import explain, prose, refusals, state, turns
from pages.ui.shell.prose import in_html
from pages.ui.widgets import brought, images, rows, tables
from pages.ui.widgets.brought import Brought

LOOK_SECONDS = 2.0
"""A page must not wait longer for a list of images."""
COLUMNS = ("teacher_columns", "teacher_id")
"""Settings that are drawn below the file."""
MOST_CLASSES = 30
"""Shown with their columns."""


def _understood(here: state.State[Any], folder: str) -> None:
    """What is loaded, or what is wrong with it: what it lies in covers the page. :func:`overview`
    says what it is worth."""
    here.values["teacher_file"] = folder
    error = _wrong(here)
    if error is None:
        st.markdown(f":material/co_present: **{prose.plain(uploads.title(folder))}**")
        return
    words = f"{uploads.title(folder)}: {refusals.labelled(str(error), here.model)}"
    st.error(prose.plain(words), icon=":material/error:")


FILE = Brought(
    accepts=TABLE,
    label="File of answers",
    endings=TABLE.kinds,
    typed="Or a file on this machine",
    asked=lambda: prose.text("own_answers", "asked"),
    understood=_understood,
    then=lambda here: here.set(teacher_columns="", teacher_id=""),
)


def panel(here: state.State[Any]) -> None:
    """The file, its columns, and the one that names the rows."""
    fields = here.model.model_fields
    if "teacher_file" not in state.hidden():
        help_text = str(fields["teacher_file"].description)
        here.values["teacher_file"] = brought.folder(here, "teacher_file", help_text, FILE)
        if here.values["dataset"] == "table" and not here.values["teacher_file"]:
            st.caption(explain.text("own_answers", "asked of table"))
    for name in COLUMNS:
        if name not in state.hidden():
            key, now = here.shown(name, here.values[name])
            title, help_text = fields[name].title or name, fields[name].description
            here.values[name] = st.text_input(title, now, key=key, help=help_text).strip()


def config_of(here: state.State[Any]) -> TeacherConfig:
    """Teacher and data on the controls; ConfigError where they cannot be."""
    data = tables.config_of(here) if here.values["dataset"] == "table" else None
    values = {name: here.values[name] for name in TeacherConfig.model_fields if name in here.values}
    values |= {name: str(here.shown(name, values[name])[1]).strip() for name in COLUMNS}
    return TeacherConfig.parse(values | (data.model_dump() if data is not None else {}))


def waited_for(here: state.State[Any]) -> bool:
    """Whether the teacher is to be a file, and there is none yet, nor columns of the table."""
    values = here.values
    if values["teacher"] != ANSWERS or str(values["teacher_file"]).strip():
        return False
    record = DATASETS[values["dataset"]]
    if "folder" not in record.settings or record.kind == "text" or values["teacher_columns"]:
        return False
    if record.kind == "images":
        return True
    if tables.known(here) is None:
        return False  # the table itself is what is wrong
    try:
        _looked_at(here)
    except KdlabError:
        return True
    return False


def _named(here: state.State[Any]) -> bool:
    """Whether the teacher is answers, and both they and what they are about can be looked at."""
    record = DATASETS[here.values["dataset"]]
    if here.values.get("teacher") != ANSWERS:
        return False
    if "folder" not in record.settings or record.kind == "text":
        return False
    return bool(str(here.values["folder"]).strip()) and not waited_for(here)


def check(here: state.State[Any]) -> None:
    """A KdlabError where the answers on the controls cannot be used; what takes long to see, a run
    finds."""
    if _named(here):
        _looked_at(here)


def _wrong(here: state.State[Any]) -> KdlabError | None:
    """What is wrong with the answers, and not with what they are about."""
    if here.values["dataset"] == "table" and tables.known(here) is None:
        return None
    try:
        check(here)
    except KdlabError as error:
        return error
    return None


def invite(kind: str) -> None:
    """What to do where answers are waited for: nothing is wrong yet."""
    st.info(prose.text("own_answers", f"invitation {kind}"), icon=":material/co_present:")


def _looked_at(here: state.State[Any]) -> Looked | None:
    config = config_of(here)
    with turns.aside():
        stamps = images.stamp(config.folder), images.stamp(config.teacher_file)
        found = _kept(config.to_json(), stamps)
    if isinstance(found, KdlabError):
        raise found
    return found


@st.cache_data(max_entries=20, ttl=60, show_spinner=False)
def _kept(config: str, stamps: object) -> Looked | KdlabError | None:
    """``stamps`` tell files that were changed, and whether this visitor may open them. What is
    wrong is kept as well: it is told in two places."""
    try:
        return before.looked_at(TeacherConfig.from_json(config), LOOK_SECONDS)
    except KdlabError as error:
        return error


def overview(here: state.State[Any], *, opened: bool) -> None:
    """What the answers on the controls are worth; nothing where the teacher is no file, its answers
    or the data are waited for, or they are wrong, which is said of the whole configuration."""
    if not _named(here):
        return
    try:
        looked = _looked_at(here)
    except KdlabError:
        return
    if looked is None:
        st.caption(explain.text("own_answers", "large"))
        return
    judged = looked.judgement
    part = list(judged.accuracy)[-1]
    label = (
        f"The teacher's answers: right for {100 * judged.accuracy[part]:.1f} % of {part}, "
        f"{100 * judged.confidence[part]:.1f} % sure"
    )
    for warning in (*looked.remarks, *judged.warnings):
        st.warning(prose.plain(refusals.labelled(warning, here.model)), icon=":material/warning:")
    with st.expander(label, expanded=opened, icon=":material/co_present:"):
        st.html(
            f'{rows.STYLE}<div class="kd-table"><section><h4>By part</h4>{_parts(looked)}</section>'
            f"<section><h4>Classes and columns</h4>{_classes(looked)}</section></div>"
        )
        for note in looked.notes:
            st.caption(prose.plain(note))
        st.caption(explain.text("own_answers", "judged"))


def _parts(looked: Looked) -> str:
    """A row a part: how many examples are answered, and how well."""
    judged = looked.judgement

    def lines() -> Iterator[str]:
        for part, (answered, every) in looked.there.items():
            if part not in judged.accuracy:
                continue
            all_of = f"{answered:,}" if answered == every else f"{answered:,} of {every:,}"
            shares = (judged.accuracy[part], judged.confidence[part], judged.ece[part])
            cells = "".join(f'<td class="count">{100 * share:.1f} %</td>' for share in shares)
            yield (
                f'<tr><th scope="row">{rows.PARTS[part]}</th><td class="count">{all_of}</td>'
                f"{cells}</tr>"
            )

    told = (
        f"<p>Entropy {judged.entropy:.2f} nats, {100 * judged.relative:.0f} % of the maximum. "
        f"{rows.share(judged.sure)} of the answers give one class more than 99.9 %.</p>"
    )
    return _table(("", "answered", "right", "sure", "calibration error"), lines(), "Answers") + told


def _classes(looked: Looked) -> str:
    """A row a class: its column, and how often it is answered."""
    names = prose.class_names(looked.classes)
    one = len(looked.columns) == 1  # of two classes, the second one's
    columns = ("", *looked.columns) if one else looked.columns
    shown = columns or ("",) * len(names)
    counts = looked.judgement.answered
    lines = (
        f'<tr><th scope="row"><bdi>{in_html(name)}</bdi></th>'
        f"<td><bdi>{in_html(prose.class_names([column])[0]) if column else '–'}</bdi></td>"
        f'<td class="count">{count:,}</td></tr>'
        for name, column, count in list(zip(names, shown, counts, strict=True))[:MOST_CLASSES]
    )
    return _table(("class", "column", "times answered"), lines, "Classes and columns")


def _table(heads: Sequence[str], lines: Iterator[str], name: str) -> str:
    first, *others = heads
    cells = "".join(
        f'<th scope="col">{word}</th>'
        if word == "column"
        else f'<th scope="col" class="count">{word}</th>'
        for word in others
    )
    return rows.framed("columns", name, f'<th scope="col">{first}</th>{cells}', lines)
