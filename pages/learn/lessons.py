"""Lessons: each leads through the lab's pages, waits for the learner, and asks before it shows."""

from pages.ui.exercises import brought
from pages.ui.guide import listed
from pages.ui.shell import prose, state
from pages.ui.shell.theme import page_header

state.visit("lessons")
page_header("lessons", prose.text("lessons"))
listed.cards()
brought.section()
