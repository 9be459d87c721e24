"""Draw a digit: teacher and both students answer while it is drawn, in the visitor's browser."""

import streamlit as st

from kdlab.device.plain import DIGITS
from kdlab.errors import KdlabError
from pages.ui.components.answers import answers
from pages.ui.components.pad import pad
from pages.ui.components.seen import seen
from pages.ui.shell import page_links, prose, state, workers
from pages.ui.shell.state import State
from pages.ui.shell.theme import KIT_COLOURS, LOOKS, TEACHER, page_header
from pages.ui.stage import provenance, tries
from pages.ui.stream import watching, workers_line
from pages.ui.understand import pair
from pages.ui.understand.pair import Drawing, Pair
from pages.ui.widgets import settings as controls

PAGE = pair.PAGE


def take(here: State[Drawing], row: int) -> None:
    """Put an example on as input: the pad is emptied."""
    here.set(example=row)
    st.session_state["draw.clear"] = st.session_state.get("draw.clear", 0) + 1


def stage(here: State[Drawing], shown: Pair) -> None:
    """Pad, what the networks see, and their answers, which all follow the pen by themselves; this
    alone runs again where T or the example is another one."""
    outputs = shown.outputs
    row = here.values["example"]
    row = row if 0 <= row < len(outputs.labels) else shown.first
    left, middle, right = st.columns([11, 8, 21], gap="medium")
    with left:
        clear = st.session_state.get("draw.clear", 0)
        pad(key="draw.pad", sheet=PAGE, shape=outputs.input_shape, clear=clear)
    with middle:
        words = prose.text(PAGE, "sees digits" if outputs.input_shape == DIGITS else "sees mnist")
        st.markdown("**What the networks see**", help=words)
        label = prose.visible(outputs.classes[outputs.labels[row]])
        pixels = outputs.inputs[row]
        seen(key="draw.seen", sheet=PAGE, example=pixels, label=label, description=words)
        if "examples" not in state.hidden():
            examples(here, shown)
    with right:
        temperature = controls.control(here, "shown_temperature")
        answer(shown, row, temperature)
    here.write()


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


def answer(shown: Pair, row: int, temperature: float) -> None:
    """The three answers at T, or as much of them as can be had now."""
    outputs, address = shown.outputs, None
    try:
        address = pair.address(shown)
        if address is None:
            st.info(prose.text(PAGE, "starting"))
    except KdlabError as error:
        st.warning(prose.plain(error), icon=":material/warning:")
    answers(
        key="draw.answers",
        sheet=PAGE,
        networks=[
            {"role": name, "look": KIT_COLOURS[name], "label": look.label}
            for name, look in LOOKS.items()
        ],
        address=address,
        example=outputs.inputs[row],
        known={TEACHER: outputs.logits[row]},
        classes=[prose.visible(name) for name in outputs.classes],
        temperature=temperature,
    )


here = pair.settings()
page_header("draw", prose.text(PAGE))
st.html(pair.STYLE)
state.warn(here)
pair.choice(here)
# one element, however much it says: else all below would be mounted anew, and the drawing lost
with st.container(key="draw_notes"):
    shown = pair.choose(here)
    if shown is not None and shown.config.dataset == "fashion-mnist":
        st.info(prose.text(PAGE, "clothes"))
    elif shown is not None and shown.outputs.input_shape == DIGITS:
        st.info(prose.text(PAGE, "note digits"))
if shown is not None:
    offered: dict[str, dict[str, float] | None] = {one.name: None for one in prose.tries(PAGE)}
    offered["T = 4"] = {"shown_temperature": 4.0}
    tries.show(here, PAGE, offered, ".st-key-draw_stage", pair.lacking(shown))
    with st.container(key="draw_stage"):
        st.fragment(stage)(here, shown)
    if pair.workers_starting(shown):
        with watching.source("workers", workers_line.source, "page"):
            watching.run_on("draw", workers.standing(), workers_line.phase)
    st.caption(f"{provenance.settings(shown.config, f'seed {shown.config.first_seed}')}.")
page_links.page("pages/distil/live.py", "Live distillation: train another pair")
