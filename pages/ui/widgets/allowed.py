"""What this server allows to whoever is in front of it: the limits of a visitor, in a table."""

from __future__ import annotations

import dataclasses

import streamlit as st

from kdlab.data import uploads
from kdlab.hosting import class_rights, key, limits, visitor
from kdlab.hosting.limits import Limits
from kdlab.translation import say
from pages.ui.shell import prose, visiting


def show() -> None:
    """The table for a visitor; for the owner a line on who else comes in, and the way out."""
    if visitor.current().owner:
        _owner()
        return
    with st.expander(say("What this server allows"), icon=":material/shield_person:"):
        st.markdown(prose.text("server", "visitor"))
        st.markdown(table(limits.told()))
        if key.for_owner():
            st.caption(prose.text("server", "owner here"))


def _owner() -> None:
    if key.trust() == key.EVERYBODY:
        st.caption(prose.text("server", "owner everybody"))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(prose.text("server", "owner key"), width="content")
        st.button(
            say("Sign out"),
            key="visiting.sign_off",
            type="tertiary",
            on_click=visiting.sign_off,
            help=say("After that, this browser counts as a visitor's."),
        )


def rows(told: Limits) -> list[tuple[str, str, str]]:
    """(What, how much, what for) of each limit and permission of a visitor."""
    found = [
        (each.metadata["variable"], _amount(getattr(told, each.name), each.metadata["unit"]),
         say(each.metadata["what"]))
        for each in dataclasses.fields(Limits)
    ]  # fmt: skip
    yes = {True: say("yes"), False: say("no")}
    folders, runs = yes[not uploads.uploads_only()], yes[class_rights.may("full runs")]
    found += [
        ("KDLAB_UPLOADS_ONLY", folders, say("folders and files of the server may be named")),
        (class_rights.FULL_RUNS, runs, say("full runs may be started, stopped and deleted")),
    ]
    if class_rights.holds_class():
        found += [
            (
                class_rights.ALLOWED,
                yes[class_rights.may("searches")],
                say("searches may be started"),
            ),
            (
                class_rights.ALLOWED,
                yes[class_rights.may("uploads")],
                say("own files may be loaded"),
            ),
        ]
    return found


def table(told: Limits) -> str:
    """The rows as Markdown, in two columns, which a phone has room for: what it is for first, as
    that is what a visitor reads."""
    lines = [
        f"| {prose.plain(what[:1].upper() + what[1:])} `{variable}` | **{prose.plain(amount)}** |"
        for variable, amount, what in rows(told)
    ]
    return "\n".join([f"| {say('What')} | {say('At most')} |", "|---|---|", *lines])


def _amount(value: float, unit: str) -> str:
    times = " ·" if unit[0].isdigit() else ""
    return f"{value:g}{times} {say(unit)}" if value else say("no limit")
