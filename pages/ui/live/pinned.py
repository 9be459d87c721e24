"""The run that stands beside the one on the live page: pinned, kept in the address, trained where
it is missing, and let go.

It is told as the settings that differ from the defaults, in one parameter (``pin``): whoever has
the link has both runs. What it came to is looked up as that of the page is, and trained by jobs of
its own, so that neither disturbs the other.
"""

from __future__ import annotations

import dataclasses

import streamlit as st

from kdlab.config import one_text
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.errors import KdlabError
from kdlab.experiments.run.compared.settings import Differing, differing, of_defaults
from kdlab.experiments.run.experiment import DISTILL
from kdlab.methods import METHODS
from kdlab.streams import View
from kdlab.translation import say
from pages.ui.charts.text import brief
from pages.ui.components.transport import transport
from pages.ui.live import session
from pages.ui.live.session import LiveScreen
from pages.ui.shell import prose, state, workers
from pages.ui.shell.state import State
from pages.ui.stage import course, damaged, withheld
from pages.ui.stage.session import screen
from pages.ui.stream import watching
from pages.ui.widgets import settings as controls
from pages.ui.widgets.buttons import button

PIN = "pin"
"""The parameter of the address, and what a link hides that hides the buttons."""
LETTERS = 40
"""Of a value in the line: a schedule may have a hundred entries."""
WORK = dataclasses.replace(session.WORK, page="live_pin", start="Train the pinned run", steps=False)


def read(here: State[DistilConfig]) -> None:
    """Look at the pinned run of the address, after the settings of the page were read from it. One
    that cannot be is let go, with a sentence: it is not compared with what nobody meant."""
    text = here.beside.get(PIN, "")
    if not text:
        here.beside.pop(PIN, None)
        return
    try:
        config = one_text.read(DistilConfig, text)
        controls.known(config)
        DISTILL.possible(config)
    except KdlabError as error:
        del here.beside[PIN]
        here.problems.append(f"{prose.text('compared', 'unusable')} {error}")


def config_of(here: State[DistilConfig]) -> DistilConfig | None:
    """The configuration that is pinned, normal, None where none is."""
    text = here.beside.get(PIN)
    return DISTILL.normal(one_text.read(DistilConfig, text)) if text else None


def compared_with(here: State[DistilConfig]) -> LiveScreen | None:
    """The same where its result may be shown beside that of the page: it is finished, and is
    withheld from nobody."""
    shown = held(here)
    if shown is None or shown.config is None or shown.outcome != "finished":
        return None
    return None if withheld.why(DISTILL, shown.config) else shown


def held(here: State[DistilConfig]) -> LiveScreen | None:
    """What this visitor sees of the pinned run, None where none is pinned."""
    config = config_of(here)
    if config is None:
        return None
    shown = screen(WORK)
    assert isinstance(shown, LiveScreen)
    if shown.looked_up != config.fingerprint():
        shown.reset()
        shown.settle(config)
    shown.poll()
    return shown


# -- what is drawn --------------------------------------------------------------------------------


def pin_button(here: State[DistilConfig], shown: LiveScreen) -> None:
    """Pins the run on the page, where it is finished and not pinned already."""
    if PIN in state.hidden() or shown.outcome != "finished" or shown.config == config_of(here):
        return
    words = prose.text("compared", "help pin")
    button(
        say("Pin this run"), "live.pin", "keep", _pin, here, shown, help_text=words, shortcut="K"
    )


def line(here: State[DistilConfig], asked: DistilConfig | None) -> None:
    """The pinned run in a line, beside the settings ``asked`` for on the controls, and what can be
    done with it; nothing where none is pinned."""
    shown, config = held(here), config_of(here)
    if shown is None or config is None:
        return
    with watching.by(shown, "pinned"), st.container(key="pinned", gap="xxsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption(_told(config, asked, shown), width="content")
            _buttons(here, shown, config, asked)
        if shown.problem:
            st.error(prose.plain(shown.problem), icon=":material/error:")
        elif shown.history is not None and shown.history.failed is not None:
            st.error(prose.plain(shown.history.failed.reason), icon=":material/error:")
        if shown.damaged is not None:
            again = shown.look_again
            damaged.tell(
                shown.damaged, WORK.page, workers.store(), lambda: shown.stored(config), again
            )
        _course(shown)


def _buttons(
    here: State[DistilConfig],
    shown: LiveScreen,
    config: DistilConfig,
    asked: DistilConfig | None,
) -> None:
    words = prose.sections("compared")
    if "train" not in state.hidden() and not shown.running and shown.outcome != "finished":
        refused = shown.refused(config)
        button(
            say(WORK.start),
            "live_pin.train",
            "model_training",
            shown.start,
            config,
            help_text=refused or words["help train"],
            off=bool(refused),
        )
    if shown.running and "player" not in state.hidden():
        end = shown.stop
        button(say("Stop it"), "live_pin.stop", "stop", end, help_text=words["help stop"])
    if PIN in state.hidden():
        return
    if config != asked:
        use = words["help use again"]
        button(
            say("Use its settings again"), "live_pin.use", "undo", _use, here, config, help_text=use
        )
    button(say("Unpin"), "live_pin.unpin", "keep_off", _unpin, here, help_text=words["help unpin"])


def _course(shown: LiveScreen) -> None:
    """How far its training is; the page runs when that has ended."""
    if not shown.running:
        return
    key = f"{WORK.page}.course"
    told = watching.shows(key, View(course.going, (WORK.progress, WORK.steps)))
    transport(
        key,
        course.now(shown),
        mark=shown.mark,
        stream=told | {"player": WORK.page},
        on_end=shown.poll,
    )


def _told(config: DistilConfig, asked: DistilConfig | None, shown: LiveScreen) -> str:
    """What is pinned, as Markdown."""
    found = differing(config, asked) if asked is not None else []
    words, same = told_of(found, both=True), asked is not None and not found
    if not found:
        words = told_of([each._replace(a=each.b) for each in of_defaults(config)]) or say(
            "the defaults"
        )
    parts = [f":material/keep: **{say('Pinned:')}** {words or say('other settings')}{say('.')}"]
    without = shown.outcome != "finished" and not shown.running
    if words := withheld.why(DISTILL, config):
        parts.append(prose.plain(words))
    elif without and ("train" in state.hidden() or shown.refused(config)):
        parts.append(prose.text("compared", "missing"))
    elif same and shown.outcome == "finished":
        parts.append(prose.text("compared", "same"))
    return " ".join(parts)


def told_of(found: list[Differing], *, both: bool = False) -> str:
    """Settings in a line, as Markdown, without those that the link hides; of ``both`` runs: where
    the controls have another value, that too."""
    return ", ".join(
        prose.plain(f"{say(each.title)} {value(each.name, each.a)}")
        + (prose.plain(say(" (now {value})", value=value(each.name, each.b))) if both else "")
        for each in found
        if each.name not in state.hidden()
    )


def value(name: str, text: str) -> str:
    """A setting's value as a person reads it, cut where it is long."""
    if name == "method" and text in METHODS:
        return say(METHODS[text].label)
    if name in ("folder", "teacher_file"):
        text = uploads.title(text)  # as this visitor calls what he has loaded
    return brief(text, LETTERS)


# -- what the buttons do --------------------------------------------------------------------------


def _pin(here: State[DistilConfig], shown: LiveScreen) -> None:
    """What is on screen is pinned with its history: it need not be found in the store."""
    assert shown.config is not None, "it is finished"
    here.beside[PIN] = one_text.written(shown.config)
    kept = screen(WORK)
    kept.reset()
    kept.history, kept.config, kept.origin = shown.history, shown.config, shown.origin
    kept.looked_up = shown.config.fingerprint()


def _unpin(here: State[DistilConfig]) -> None:
    here.beside.pop(PIN, None)
    screen(WORK).reset()
    screen(WORK).look_again()


def _use(here: State[DistilConfig], config: DistilConfig) -> None:
    here.set(**config.model_dump())
