"""The page on which an exercise is made: a page of the lab, its settings, what is hidden, what is
asked beside it."""

from __future__ import annotations

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.studies import EXPERIMENTS
from kdlab.translation import say
from pages.ui.exercises import asking, exercise, hiding, settings, typed
from pages.ui.exercises.exercise import PAGES, Exercise
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose, refusals
from pages.ui.shell.contents import Entry
from pages.ui.widgets.buttons import button

FIRST = "live"
TEXT = "compose"


def compose() -> Exercise | None:
    """The controls; the exercise that they say, None after a sentence where it cannot be."""
    page = _page()
    here = settings.state_of(page)
    with st.expander(say("Settings of the page"), expanded=True, icon=":material/tune:"):
        settings.panel(here)
    with st.expander(say("What is hidden"), icon=":material/visibility_off:"):
        hide = hiding.panel(page)
    try:
        config = here.config()
        for experiment in EXPERIMENTS.values():
            if experiment.config is type(config):
                experiment.possible(config)
    except KdlabError as error:
        words = refusals.sentence(error, here.model)
        st.error(prose.plain(words), icon=":material/error:")
        return None
    plain = Exercise(page, config, hide)
    place = PLACES()[page.path]
    with st.expander(say("Text and question"), icon=":material/quiz:"):
        at_first = say("At first: {title}", title=say(page.title))
        heading = typed.line("heading", say("Heading"), at_first)
        help_text = prose.text(TEXT, "help text")
        text = typed.words("text", say("What the learner reads"), help_text, 1500)
        ask = asking.panel(place.work == "run", plain.link)
        control = _control(page, [*place.controls, *settings.offered(here)])
        waits = False
        if ask is None and place.work:
            waits = st.toggle(
                say("The step ends with a run"),
                bool(typed.shown("waits", False)),
                key=typed.key("waits"),
                help=say("Next is free once a run at these settings has ended."),
            )
            typed.keep("waits", waits)
        help_text = prose.text(TEXT, "help after")
        after = typed.words("after", say("What is shown afterwards"), help_text, 500)
    return Exercise(page, config, hide, heading, text, ask, control, waits, after)


def _page() -> Entry:
    path = str(typed.shown("page", FIRST))
    known = list(PAGES)
    chosen = st.selectbox(
        say("Page of the lab"),
        known,
        known.index(path if path in PAGES else FIRST),
        format_func=lambda each: say(PAGES[each].title),
        key=typed.key("page"),
        help=say("Where the exercise takes place."),
    )
    with st.popover(say("Start from an address"), icon=":material/link:"):
        st.markdown(prose.text(TEXT, "take over"))
        label = say("Address of a page as it was set up")
        typed.line("address", label, most=exercise.MOST_CHARACTERS)
        button(
            say("Use its settings"), "compose.take", "download", _take_over,
            help_text=say("Its settings, and what it hides, are put on the controls here."),
        )  # fmt: skip
    for problem in typed.now("problems", ()):
        st.warning(prose.plain(problem), icon=":material/warning:")
    typed.keep("page", chosen)
    return PAGES[chosen]


def _take_over() -> None:
    text = str(st.session_state.get(typed.key("address"), ""))
    try:
        found, problems = exercise.read(text)
    except KdlabError as error:
        typed.keep("problems", (str(error),))
        return
    here = settings.state_of(found.page)
    here.set(**found.config.model_dump())
    known = hiding.offered(found.page)
    strange = [name for name in found.hide if name not in known]
    if strange:
        names = ", ".join(map(repr, strange[:5]))
        problems.append(say("The address hides {names}, which that page does not have.",
                            names=names))  # fmt: skip
    typed.keep("problems", tuple(problems))
    typed.put(
        page=found.page.path,
        address="",
        **{
            f"hide.{found.page.path}": tuple(n for n in found.hide if n in known),
            f"settings.{here.page}": settings.first(here),
        },
    )


def _control(page: Entry, known: list[str]) -> str:
    names = ["", *dict.fromkeys(known)]
    before = typed.shown(f"control.{page.path}", "")
    chosen = st.selectbox(
        say("Point at"),
        names,
        names.index(before) if before in names else 0,
        format_func=lambda each: hiding.called(page, each) if each else say("Nothing"),
        key=typed.key(f"control.{page.path}"),
        help=say("This control is outlined while the step is open."),
    )
    return str(typed.keep(f"control.{page.path}", chosen))
