"""A visitor's own images: an archive brought through the browser, or a folder of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from kdlab.data import images, uploads
from kdlab.data.accepted import ARCHIVE
from kdlab.data.own.account import Account
from kdlab.errors import KdlabError
from kdlab.events import DataRead
from pages.ui.shell import prose, state, turns
from pages.ui.widgets.brought import Brought

LOOK_SECONDS = 1.0
"""A page must not wait longer for a list of files."""
ENDINGS = ("zip", "tar", "tgz", "gz")


def _understood(_here: state.State[Any], folder: str) -> None:
    """What is loaded, in a line, or what is wrong with it; :mod:`pages.ui.widgets.overview` shows
    all that was read."""
    st.markdown(f":material/folder_zip: **{prose.plain(uploads.title(folder))}**")
    try:
        account = looked_at(folder)
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return
    if account is None:
        st.caption("It is large: its contents are shown once it has been read.")
        return
    st.caption(prose.plain(account.lines()[0]))


IMAGES = Brought(
    accepts=ARCHIVE,
    label="Archive of images",
    endings=ENDINGS,
    typed="Or a folder on this machine",
    asked=lambda: prose.text("live", "own images"),
    understood=_understood,
)


def read_by_a_run(data: DataRead | None) -> None:
    """What a run has read of a visitor's images, text or table, and what it left out, on demand: it
    would push the result down; nothing where the data are the lab's own."""
    if data is None:
        return
    with st.popover("What was read", width="content"):
        for line in data.lines:
            st.caption(prose.plain(line))
        _left_out([one for one in data.left_out if one["why"] != "the target"])


def _left_out(kinds: Sequence[Mapping[str, Any]]) -> None:
    """The list; ``kinds`` as in :meth:`kdlab.data.own.account.Account.as_dict`."""
    for one in kinds:
        st.text(f"{one['count']:,} {one['why']}:")
        st.text("\n".join(one["examples"]) + "\n…" * (one["count"] > len(one["examples"])))


@st.cache_data(max_entries=50, ttl=60, show_spinner=False)
def _looked_at(folder: str, stamp: tuple[int, int]) -> Account | None:
    """See :func:`kdlab.data.images.look`; ``stamp`` tells a folder that was changed."""
    with turns.aside():
        return images.look(folder, LOOK_SECONDS)


def looked_at(folder: str) -> Account | None:
    """What the images of setting ``folder`` would be understood as; None where that takes long,
    ArchiveError where they cannot be used."""
    return _looked_at(folder, stamp(folder))


def stamp(folder: str) -> tuple[int, int]:
    """Names a state of what setting ``folder`` names: when it was changed, and its size."""
    try:
        found = Path(uploads.resolve(folder)).expanduser().stat()
    except (KdlabError, OSError, ValueError):
        return (0, 0)
    return found.st_mtime_ns, found.st_size
