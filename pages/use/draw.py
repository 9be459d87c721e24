"""Draw a digit: teacher and both students answer while it is drawn."""

import streamlit as st

from kdlab.errors import KdlabError
from pages.ui.components.pad import pad
from pages.ui.lessons import answers, drawing, pair
from pages.ui.lessons.pair import Drawing, Pair
from pages.ui.shell import images, prose, state, workers
from pages.ui.shell.state import State
from pages.ui.shell.theme import page_header
from pages.ui.stage import provenance, tries
from pages.ui.stream import watching, workers_line
from pages.ui.widgets import settings as controls

PAGE = pair.PAGE


def take(here: State[Drawing], row: int) -> None:
    """Put an example on as input: the pad is emptied."""
    here.set(example=row)
    st.session_state["draw.clear"] = st.session_state.get("draw.clear", 0) + 1


def stage(here: State[Drawing], shown: Pair) -> None:
    """Pad, what the networks see, and their answers; this alone runs again while one draws."""
    outputs = shown.outputs
    left, middle, right = st.columns([11, 8, 21], gap="medium")
    with left:
        drawn = pad(key="draw.pad", clear=st.session_state.get("draw.clear", 0))
    row = here.values["example"]
    row = row if 0 <= row < len(outputs.labels) else shown.first
    pixels = outputs.inputs[row] if drawn is None else drawing.seen(drawn, outputs.input_shape)
    with middle:
        see(pixels, "digits" if outputs.input_shape == drawing.DIGITS else "mnist")
    with right:
        temperature = controls.control(here, "shown_temperature")
        answer(shown, pixels, row if drawn is None else None, temperature)
    with middle:  # what does not change while somebody draws comes last
        if drawn is None:
            st.caption(
                "A validation image. True class: "
                f"**{prose.plain(outputs.classes[outputs.labels[row]])}**"
            )
        if "examples" not in state.hidden():
            examples(here, shown)
    here.write()


def see(pixels: drawing.Pixels, kind: str) -> None:
    """The input of the networks, enlarged."""
    words = prose.text(PAGE, f"sees {kind}")
    st.markdown("**What the networks see**", help=words)
    alt = f"The input of the networks: {words}"
    st.html(f'<div class="kd-seen"><img alt="{alt}" src="{images.address(pixels)}"></div>')


def examples(here: State[Drawing], shown: Pair) -> None:
    """Buttons with real validation images."""
    st.caption("Or try a real image:")
    with st.container(horizontal=True, key="draw_examples"):
        for row, thumbnail in zip(shown.examples, shown.thumbnails, strict=True):
            name = shown.outputs.classes[shown.outputs.labels[row]]
            st.button(
                f"![{prose.plain(name)}]({thumbnail})",
                key=f"draw.example.{row}",
                on_click=take,
                args=(here, row),
            )


def answer(shown: Pair, pixels: drawing.Pixels, row: int | None, temperature: float) -> None:
    """The three answers at T, or as much of them as can be had now."""
    classes = shown.outputs.classes
    try:
        told = pair.logits(shown, pixels)
    except KdlabError as error:
        st.warning(prose.plain(error), icon=":material/warning:")
        told = None
    else:
        if told is None:
            st.info(prose.text(PAGE, "starting" if row is None else "starting example"))
    if told is not None:
        three = answers.softened(told, temperature)
        st.html(answers.bars(three, classes))
        st.markdown(answers.in_words(three, classes, temperature))
    elif row is not None:
        known = answers.softened(pair.stored(shown, row), temperature)
        st.html(answers.bars(known, classes))


here = pair.settings()
page_header("draw", prose.text(PAGE))
st.html(drawing.STYLE)
state.warn(here)
pair.choice(here)
shown = pair.choose(here)
if shown is not None:
    if shown.config.dataset == "fashion-mnist":
        st.info(prose.text(PAGE, "clothes"))
    elif shown.outputs.input_shape == drawing.DIGITS:
        st.info(prose.text(PAGE, "note digits"))
    offered: dict[str, dict[str, float] | None] = {one.name: None for one in prose.tries(PAGE)}
    offered["T = 4"] = {"shown_temperature": 4.0}
    tries.show(here, PAGE, offered, ".st-key-draw_stage", pair.lacking(shown))
    with st.container(key="draw_stage"):
        st.fragment(stage)(here, shown)
    if pair.workers_starting(shown):
        with watching.source("workers", workers_line.source, "page"):
            watching.run_on("draw", workers.standing(), workers_line.phase)
    st.caption(f"{provenance.settings(shown.config, f'seed {shown.config.first_seed}')}.")
state.page("pages/distil/live.py", "Live distillation: train another pair")
