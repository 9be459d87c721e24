"""Terms of the glossary are explained where they first stand, and nowhere where they would be no
text; each is met on some page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.translation import LANGUAGES
from pages.ui.shell import explain, glossary, met, needs, prose
from pages.ui.shell.contents import CONTENTS
from pages.ui.shell.glossary import mark, terms
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGES = [page for section in CONTENTS.values() for page in section]
TERMS = list(terms().values())
LINK = re.compile(r"\[([^\]]*)\]\(\./words\?word=([^ )]+) \"[^\"]*\"\)")


def marked(markdown, *without):
    """What is marked in it: (as it stands there, key of its term)."""
    return LINK.findall(mark(markdown, frozenset(without))[0])


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.key)
def test_an_entry_can_be_read_in_one_breath_and_shown_anywhere(term):
    assert re.fullmatch(r"[a-z0-9-]+", term.key), "fit for an address"
    assert 5 <= len(term.told.split()) <= 45
    assert len(re.findall(r"[.?](?= |$)(?<!et al\.)", term.told)) <= 2, "two sentences at most"
    assert term.told[-1] in ".)"
    assert not set('"<>{}[]|`*$\\_') & set(term.told), "plain text, wherever it is shown"


def test_no_word_belongs_to_two_terms():
    words = [word.lower() for term in TERMS for word in (term.name, *term.also)]
    assert sorted(words) == sorted(set(words))


def test_each_term_is_met_in_some_text():
    texts = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "assets/text/en").rglob("*.md")
        if path.stem != glossary.FILE
    ]
    everywhere = {key for text in texts for key in mark(text)[1]}
    assert [term.name for term in TERMS if term.key not in everywhere] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_language_explains_the_same_terms(language):
    assert terms(language).keys() == terms().keys()
    own = glossary._read(language)
    assert list(own) == list(terms()), "each, in the order of the English file"
    assert {key: term.page for key, term in own.items()} == {t.key: t.page for t in TERMS}
    words = [word.lower() for term in own.values() for word in (term.name, *term.also)]
    assert sorted(words) == sorted(set(words)), "no word belongs to two terms"


def test_each_term_leads_to_pages_that_there_are():
    paths = {page.path for page in PAGES}
    for term in TERMS:
        assert term.page in paths, term.name
        pages = met.pages_of(term.key)
        assert pages[0].path == term.page
        assert len(set(pages)) == len(pages) <= met.MOST


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("The teacher and another teacher.", [("teacher", "teacher")]),
        ("Logits first, logits again, a logit.", [("Logits", "logits")]),
        ("Entropies and accuracies.", [("Entropies", "entropy"), ("accuracies", "accuracy")]),
        ("Batches and losses.", [("Batches", "batch"), ("losses", "loss")]),
        ("the **teacher**'s", [("teacher", "teacher")]),
        ("not the hard\nlabel", [("hard\nlabel", "hard-label")]),
    ],
)  # fmt: skip
def test_the_first_of_each_term_is_marked_in_the_plural_too(markdown, found):
    assert marked(markdown) == found


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("forward KL, then KL", [("forward KL", "forward-kl"), ("KL", "kl-divergence")]),
        ("temperature T and T", [("temperature T", "temperature")]),
        ("labels only", [("labels only", "labels-only")]),
        ("the calibration error", [("calibration error", "calibration-error")]),
        ("a 95 % interval, another interval", [("95 % interval", "95-interval")]),
    ],
)
def test_the_longest_term_wins(markdown, found):
    assert marked(markdown) == found


@pytest.mark.parametrize(
    "markdown",
    [
        "`teacher` and `T = 4`",
        "```\nteacher\n```",
        "$T$ and $$\\alpha\\,T^2\\,\\mathrm{teacher}$$",
        "[the teacher](live) and ![student](x.png)",
        "## The teacher\n",
        "<code>teacher</code> <img alt='teacher'>",
        "https://example.org/teacher",
        "softmax(z/T), KL(p ‖ q), T², z_T, (T/2), −T",
        "teachers-in-training, multi-epoch, epochal, against, lossless, preseeded",
        "{teacher}",
        ":blue[teacher] :material/seed:",
        "we gained, it weighs",
    ],
)
def test_nothing_is_marked_that_is_no_word_of_the_text(markdown):
    if ":blue[" in markdown:
        markdown = markdown.replace("teacher", "x")
    assert mark(markdown) == (markdown, ())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path or "home")
def test_marking_changes_no_word_of_a_page(page):
    """And marked once more, nothing is new: what is explained is a link, and the rest was met."""
    for written in prose.sections(page.text).values():
        once, found = mark(written)
        assert LINK.sub(r"\1", once) == written
        assert len(found) == len(set(found)) == len(LINK.findall(once))
        assert mark(once, frozenset(found)) == (once, ())


def test_html_of_the_lab_keeps_the_explanation_as_a_title_and_nothing_else():
    html = prose.to_html(mark("**Logits** < `softmax`")[0])
    assert html.startswith('<b><a href="./words?word=logits" title="A network&#x27;s raw scores')
    assert html.endswith("</a></b> &lt; <code>softmax</code>")
    assert "<script" not in prose.to_html('[x](./words?word=a"<script> "t")')
    evil = prose.plain('[x](./words?word=logits "told")')
    assert "<a" not in prose.to_html(evil), "what others named is no link"


def once():
    from pages.ui.shell import explain

    import streamlit as st  # isort: skip

    if "part" not in st.session_state:
        explain.begin()
        st.markdown(explain.words("A teacher is met."))
    st.caption(explain.words("The teacher again, with logits.", "second"))
    st.caption(explain.words("The teacher, logits, a seed.", folded=True))
    st.caption(explain.words("A seed."))


def test_a_term_is_explained_once_a_page_and_there_again():
    page = AppTest.from_function(once, default_timeout=PATIENCE).run()

    def seen():
        return [[key for _, key in LINK.findall(e.value)] for e in [*page.markdown, *page.caption]]

    assert seen() == [["teacher"], ["logits"], ["seed"], ["seed"]]
    page.run()
    assert seen() == [["teacher"], ["logits"], ["seed"], ["seed"]], "each run is the page anew"
    page.session_state["part"] = True
    page.run()
    assert seen() == [["logits"], ["seed"], ["seed"]], (
        "a part that is drawn again explains the same"
    )


def test_values_in_a_text_are_put_in_before_it_is_marked(monkeypatch):
    monkeypatch.setattr(prose, "text", lambda *_: "Measured on {machine}, with a seed.")
    told = explain.text("live", "measured", machine="a [teacher](x)")
    assert told.startswith("Measured on a [teacher](x), with a [seed](./words?word=seed ")


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path or "home")
def test_every_page_says_what_it_takes_for_granted(entry):
    told = needs.of(entry.text)
    words = re.sub(r"<.*?>", "", told["html"])
    assert 2 <= len(words.split()) <= 16, "one short line"
    assert words[-1] == "."
    assert set(told["paths"]) <= {page.path for page in PAGES} - {entry.path}
    steps = [page.path for page in PAGES]
    if entry.path in {page.path for page in CONTENTS["Understand"] + CONTENTS["Distil"]}:
        here = steps.index(entry.path)
        assert all(steps.index(path) < here for path in told["paths"]), "of pages before it"


def test_the_page_of_words_has_them_all_and_begins_with_the_one_that_a_link_asks_for(manager):
    def told(**query):
        page = AppTest.from_file(ROOT / "pages/learn/words.py", default_timeout=PATIENCE)
        page.query_params.update(query)
        page.run()
        assert not page.exception
        components = [e.proto for e in page.get("bidi_component")]
        (element,) = [e for e in components if e.component_name == "kdlab_words"]
        return json.loads(element.json)

    listed = told()["words"]
    assert sorted(word["key"] for word in listed) == sorted(terms())
    assert all(word["told"] and word["pages"] for word in listed)
    assert told()["find"] == ""
    assert told(word="calibration-error")["find"] == "calibration error"
    assert told(word="<script>")["find"] == ""


def test_a_bold_term_before_a_chinese_letter_is_bold_within_its_link():
    marked, found = glossary.mark("；**教师**把每一类都推向自己。**教师**，", frozenset(), "zh")
    assert found == ("teacher",)
    assert marked.startswith("；[**教师**](./words?word=teacher ")
    assert '")把每一类' in marked
    assert marked.endswith("**教师**，")
    assert glossary.mark("A **teacher** knows.")[0].startswith("A **[teacher](")
