"""A stored result that is damaged: said in words, with the button that deletes it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kdlab.config.schema import TeacherConfig
from kdlab.errors import DamagedError, KdlabError
from kdlab.storage import damage
from kdlab.storage.store import Store, TeacherOutputs
from kdlab.translation import say
from pages.ui.shell import prose
from pages.ui.widgets.buttons import button

REFUSAL = "damaged.refusal"
"""Why the last button could not do it, until the page is drawn again."""


def tell(
    error: DamagedError,
    key: str,
    store: Store,
    read: Callable[[], object],
    then: Callable[[], None] = lambda: None,
) -> None:
    """The sentence, and a button where it lies in the home: what comes with the lab stays.

    ``read`` reads the result: only what it still finds damaged is deleted, so that anybody may
    press the button. ``then`` is called afterwards, before the page is drawn; by default the page
    reads it again by itself. Part of a run of the
    whole page, since what is shown instead stands elsewhere on it.
    """
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.damaged"):
        st.error(prose.plain(error), icon=":material/broken_image:")
        if not error.bundled:
            words = say("Deletes this result and no other. It can be made again.")
            asked = (error, store, read, then)
            button(say("Delete it"), f"{key}.delete", "delete", _delete, *asked, help_text=words)
    if refusal := st.session_state.pop(REFUSAL, ""):
        st.error(prose.plain(refusal), icon=":material/error:")


def _delete(
    error: DamagedError, store: Store, read: Callable[[], object], then: Callable[[], None]
) -> None:
    try:
        damage.delete(store.home, error, read)
    except KdlabError as refusal:
        st.session_state[REFUSAL] = str(refusal)
    then()


def teacher_outputs(
    config: TeacherConfig, key: str, store: Store | None = None
) -> TeacherOutputs | None:
    """What the teacher of ``config`` says; None where it has not answered, and after a sentence
    where that cannot be read."""
    store = store or Store()
    try:
        return store.teacher_outputs(config)
    except DamagedError as error:
        tell(error, key, store, lambda: store.teacher_outputs(config))
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
    return None
