"""What a page says in words that look like English."""

from __future__ import annotations

import re

from kdlab.lessons import shelf
from pages.ui.guide.places import PLACES

SAID = ("title", "markdown", "caption", "info", "warning", "error", "success", "subheader")
ASKED = (
    *("button", "slider", "select_slider", "selectbox", "toggle", "number_input", "text_input"),
    *("text_area", "radio", "checkbox", "multiselect", "button_group", "file_uploader"),
    *("download_button", "link_button"),
)
ENGLISH = re.compile(r"[A-Za-z][a-z]+(?: [a-z]+)+")
"""Two words of English beside each other."""


def told(page):
    """All that it says, without HTML, code and formulas."""
    said = [str(each.value) for kind in SAID for each in page.get(kind)]
    for kind in ASKED:
        for widget in page.get(kind):
            proto = getattr(widget, "proto", widget)
            said += [getattr(proto, "label", ""), getattr(proto, "help", "")]
            said += [getattr(each, "content", each) for each in getattr(proto, "options", ())]
    said += [tab.label for tab in page.tabs]
    said += [expander.label for expander in page.expander]
    plain = [
        re.sub(r"<style>.*?</style>|\$\$.*?\$\$|<[^>]*>|`[^`]*`|\$[^$]*\$", " ", s, flags=re.S)
        for s in said
    ]
    return [re.sub(r"\\(.)", r"\1", each) for each in plain]


def left_english(page):
    """What looks like English, but for what a lesson says of itself that is there in English only:
    who opens it reads it in English."""
    lessons = shelf.shelf(PLACES(), "zh").lessons.values()
    own = {words for each in lessons if each.language != "zh" for words in (each.title, each.about)}
    said = [each for each in told(page) if each.split(" · ")[0] not in own]
    return [each for each in said if ENGLISH.search(without_names(each))]


def without_names(text):
    """Without titles of papers, machines and what stands in a formula."""
    text = re.sub(r"\*Distilling[^*]*\*|（[^）]*arXiv[^）]*）|arXiv:[\d.]+", "", text)
    text = re.sub(r"这台机器：.*", "", text)
    return re.sub(
        r"[A-Z]\. ?[A-Z]?[a-z]+|[A-Z][a-z]+(?:, [A-Z][a-z]+)+(?: et al\.)? \d{4}", "", text
    )
