"""What is the live page's own on the stage that all pages share: its buttons, its picture, its
tabs, and the weights that are carried away or brought."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab import data, models
from kdlab.config.schema import DistilConfig
from kdlab.events.single import MANY_CLASSES
from kdlab.experiments.run import run
from kdlab.translation import say
from pages.ui.components import points
from pages.ui.components.panels import drawable, panels
from pages.ui.live import behind, classes, compared, numbers, pinned, turning
from pages.ui.live.session import WORK, LiveScreen
from pages.ui.live.standing import failed_at_once, standing
from pages.ui.shell import prose, state, workers
from pages.ui.shell.state import State
from pages.ui.stage import carry, export
from pages.ui.stage import stage as at_work
from pages.ui.stage.session import screen
from pages.ui.stream import watching
from pages.ui.widgets import taken
from pages.ui.widgets.buttons import button


def stage(here: State[DistilConfig], config: DistilConfig | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    shown = screen(WORK)
    if isinstance(shown, LiveScreen):
        shown.turns = bool(st.session_state.get("live.turns"))
        if config is not None:
            shown.turn(config)
    at_work.stage(
        WORK, here, config, picture=_picture, tabs=TABS, buttons=buttons, standing=standing
    )


def turn_switch(here: State[DistilConfig]) -> None:
    """The switch that lets T and alpha be turned during a run; on where this visitor does so
    already, and has loaded the page anew."""
    if not {"train", "temperature", "alpha"} & state.hidden():
        if "live.turns" not in st.session_state:
            st.session_state["live.turns"] = turning.has_begun(here)
        words = prose.text("live", "help turn")
        st.toggle(say("Change T and α during training"), key="live.turns", help=words)


def buttons(
    here: State[DistilConfig], shown: LiveScreen, config: DistilConfig | None, refused: str
) -> None:
    """One row; each with its key, and with what it does in a sentence. ``refused`` says why this
    visitor may not train."""
    trains, plays = ("train" not in state.hidden(), "player" not in state.hidden())
    with at_work.button_row():
        if trains:
            at_work.start_button(shown, config, refused)
        if plays:
            at_work.reset_button(shown)
        if trains:
            button(
                say("New seeds"),
                "live.reseed",
                "casino",
                _reseed,
                *(here, shown, config),
                help_text=say("Move on to seeds that this run has not used, and train."),
                shortcut="D",
                off=config is None or bool(refused),
            )
        carry.elsewhere(here, shown, config)
        pinned.pin_button(here, shown)
    at_work.progress(shown)
    _turned(here, shown, config)
    pinned.line(here, config)
    points.keep(shown.config)


def _turned(here: State[DistilConfig], shown: LiveScreen, asked: DistilConfig | None) -> None:
    """Of a run that was turned: the settings that repeat it."""
    config = shown.config
    turned = config is not None and bool(config.schedule) and shown.turning is not None
    if config is None or not turned or shown.running or shown.other or config == asked:
        return
    told = prose.text("live", "turned").format(schedule=f"`{config.to_query()['schedule']}`")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(told, width="content")
        words = say("Put the settings that repeat this run on the controls and into the address.")
        button(say("Use its settings"), "live.use", "tune", _use, here, config, help_text=words)


def _use(here: State[DistilConfig], config: DistilConfig) -> None:
    here.set(**config.model_dump())


def _reseed(here: State[DistilConfig], shown: LiveScreen, config: DistilConfig) -> None:
    fresh = config.model_copy(update={"first_seed": config.first_seed + config.seeds})
    here.set(first_seed=fresh.first_seed)
    shown.start(fresh)


def _picture(here: State[DistilConfig], shown: LiveScreen) -> None:
    """Accuracy, and beside it who answers what; at the end the result."""
    if failed_at_once(shown):
        return
    history, config = shown.known, shown.config
    record = data.DATASETS.get(config.dataset) if config is not None else None
    wide = record is not None and record.kind == "points"
    left, right = st.columns([3, 4] if wide else [4, 5], gap="medium")
    with left:
        under = behind.of(here, shown)
        watching.chart("accuracy", history, behind.learning, behind.describe, 320, under)
    with right:
        classes = record.classes if record is not None else None
        if history.pictures:
            many = not drawable(history)
        else:
            text = record is not None and record.kind == "text"
            many = text or (classes is not None and len(classes) > MANY_CLASSES)
        if many:  # too many classes for a matrix
            watching.html("cards", history, numbers.cards)
        else:
            panels(history, key="panels", points=points.mark(config))
    with st.container(key="result"):
        numbers.numbers(history, config)
        compared.section(here, shown)


def _bring(here: State[DistilConfig]) -> None:
    taken.uploader(
        say("Load weights as the teacher (safetensors)"),
        export.WEIGHTS,
        "live.load_weights",
        lambda file: _load_weights(here, file),
        say(
            "Weights that were saved here, or elsewhere for the teacher on the controls. They "
            "must fit the data set there. For a torch.save file the lab says how to convert it."
        ),
    )


def _load_weights(here: State[DistilConfig], file: UploadedFile) -> None:
    with export.taking(here):
        name = export.network_of(here, file)
        models.find(name)
        values = {**here.config().model_dump(), "teacher": name, "teacher_weights": ""}
        config = type(here.config()).parse(values).teacher_config()
        brought = (file.getvalue(), None, file.name)
        found = workers.manager().call(run.bring_weights, config, *brought)
        here.set(teacher=found["teacher"], teacher_weights=found["mark"])
        words = [
            say("{file} is the teacher now: {teacher}.", file=file.name, teacher=found["teacher"]),
            *found["notes"],
        ]
        export.answer(here, " ".join(words), teacher_weights=found["mark"])
        st.rerun()


TABS: dict[str, at_work.Draw] = {
    "Loss": lambda _, shown: numbers.losses(
        shown.history, shown.config.method if shown.config else "soft-targets"
    ),
    "Fidelity": lambda _, shown: numbers.fidelity(shown.history),
    "Class by class": lambda _, shown: classes.tab(shown.history),
    "Where they differ": lambda _, shown: numbers.differences(shown.history),
    "Size and speed": lambda _, shown: numbers.costs(shown.history, shown.config),
    at_work.TAKE_AWAY: lambda here, shown: export.panel(
        here, shown, run=lambda config: config, bring=lambda: _bring(here)
    ),
}
"""Only the open one is drawn."""
