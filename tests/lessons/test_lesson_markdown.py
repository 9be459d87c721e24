"""Nothing of a stranger's Markdown means anything but what lessons may have."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab.lessons.markdown import clean
from tests.fuzzing import TEXTS, fuzz


def nowhere(target: str) -> str:
    return "" if target == "live?labels=100" else "it leads away"


def text(words: str) -> str:
    return clean(words, nowhere).text


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("**a** *b* _c_ `d`", "**a** *b* *c* `d`"),
        ("[a](live?labels=100)", "[a](<live?labels=100>)"),
        ("**a *b* c**", "\\*\\*a *b* c\\*\\*"),
        ("- a\n- b\n  c", "- a\n- b c"),
        ("Look:\n- a", "Look\\:\n\n- a"),
        ("1. a\n2) b", "1. a\n2. b"),
        ("T < 8 and a > b", "T \\< 8 and a \\> b"),
        ("2 * 3 * 4", "2 \\* 3 \\* 4"),
    ],
)
def test_what_is_allowed_stays(words, written):
    assert text(words) == written


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>", "![x](http://a.b/c.png)", "[x](http://a.b)",
        "[x](javascript:alert(1))", "[x](data:text/html,x)", "http://a.b/c", "<http://a.b>",
        "[x]: http://a.b\n\n[x]", ":red[x]", ":material/delete:", "$x$", "# x", "> x", "| a |",
        "[![x](http://a.b/c.png)](live?labels=100)", "<img src=x onerror=alert(1)>", "&lt;b&gt;",
        "a@b.org", "www.a.org", "    code", "~~a~~", "***", "a\n===",
    ],
)  # fmt: skip
def test_all_else_is_shown_as_it_is_written(words):
    bare = re.sub(r"\\.", "", text(words))
    assert not re.search(r"[<>!#|$&~=]|://|www\.|\w@\w|:\w|^ {4}|^\*", bare.replace("(<live", "("))


@fuzz(300)
@given(st.lists(TEXTS | st.sampled_from("*_`[]()<>!\\: \n-1."), max_size=30).map("".join))
def test_every_sign_that_means_something_is_taken_away(words):
    found = clean(words, nowhere).text
    bare = re.sub(r"\\.", "", re.sub(r"`[^`]*`", "", found), flags=re.DOTALL)
    assert not re.search(r"[<>!#|$&~=\[\]]|://", bare)
