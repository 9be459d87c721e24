"""A stochastic grammar: every string and its probability, and what is no grammar."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data.text import grammar
from kdlab.errors import ConfigError


def test_strings_have_the_probabilities_of_their_choices():
    found = grammar.strings("S -> 3 aB | b; B -> a | 3 b")
    assert found == pytest.approx({"ab": 0.5625, "b": 0.25, "aa": 0.1875})
    assert list(found) == ["ab", "b", "aa"]


def test_two_ways_to_the_same_string_are_added():
    assert grammar.strings("S -> A | B; A -> x; B -> x | y") == pytest.approx(
        {"x": 0.75, "y": 0.25}
    )


def test_a_number_alone_is_what_is_said():
    assert grammar.strings("S -> 2 | 3 4") == pytest.approx({"4": 0.75, "2": 0.25})


def test_a_refusal_is_found_once(monkeypatch):
    calls = []
    parsed = grammar.parsed
    monkeypatch.setattr(grammar, "parsed", lambda text: calls.append(text) or parsed(text))
    for _ in range(3):
        with pytest.raises(ConfigError):
            grammar.strings("S -> xS | S")
    assert len(calls) == 1


def test_a_grammar_that_goes_round_but_ends_is_cut_where_nothing_is_left():
    found = grammar.strings("S -> aS | b")
    assert found["b"] == pytest.approx(0.5, abs=1e-5)
    assert found["aab"] == pytest.approx(0.125, abs=1e-5)
    assert sum(found.values()) == pytest.approx(1)


def test_the_labs_own_has_vowel_harmony():
    found = grammar.strings("")
    assert sum(found.values()) == pytest.approx(1)
    assert len(found) == 15**2 + 15**3 + 10**2 + 10**3
    for string in found:
        assert not (set(string) & set("aou") and set(string) & set("ei"))
    back = sum(p for s, p in found.items() if set(s) & set("aou"))
    assert back == pytest.approx(0.7)


def test_what_comes_next_is_the_share_of_the_strings_that_go_on_so():
    following = grammar.next_characters("S -> 3 aB | b; B -> a | 3 b")
    assert following[""] == pytest.approx({"a": 0.75, "b": 0.25})
    assert following["a"] == pytest.approx({"a": 0.25, "b": 0.75})
    assert following["b"] == following["ab"] == {"": 1.0}


def test_strings_are_drawn_as_often_as_they_are_likely():
    parts = grammar.parts("S -> 3 aB | b; B -> a | 3 b")
    assert tuple(map(len, parts)) == (grammar.TRAIN, grammar.VALIDATION, grammar.TEST)
    counts = Counter(parts.train)
    for string, probability in grammar.strings("S -> 3 aB | b; B -> a | 3 b").items():
        spread = math.sqrt(probability * (1 - probability) / grammar.TRAIN)
        assert abs(counts[string] / grammar.TRAIN - probability) < 5 * spread
    assert grammar.parts("S -> a | b") == grammar.parts("S -> a | b")


def test_it_is_a_data_set():
    (split,) = data.load(DataConfig(dataset="grammar", window=4))
    known = data.known_inputs(DataConfig(dataset="grammar", window=4))
    assert split.shape == known.shape == (4, 11)
    assert split.classes == known.classes == ("end", *"aeikmnostu")
    assert int(split.train.strings.max()) == grammar.TRAIN - 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("S -> aS", "never comes to an end"),
        ("S -> SS | a", "never comes to an end"),
        ("S -> 9 aS | 1 b", "more than 60 characters"),
        ("S -> " + "9" * 400 + " a | b", "add up to inf"),
        ("S -> 1000000000000 a", "add up to 1e+12"),
        ("S ->", "its only string is empty"),
        ("S -> SS | 0.5 a", "never comes to an end"),
        ("S -> A; A -> S", "never comes to an end"),
        ("S -> aB", "does not say what B becomes"),
        ("S -> a; S -> b", "says twice what S becomes"),
        ("S -> 0 a", "weights that add up to 0"),
        ("S = a", "the rule 'S = a'"),
        ("hello", "the rule 'hello'"),
        ("S -> é", "the rule"),
        ("S -> <b>", "the rule"),
        (";;", "is empty"),
        ("S -> AAAAA; A -> a|b|c|d|e|f|g|h|i|j|k|l", "more than 20,000 strings"),
    ],
)
def test_what_is_no_grammar_is_said(text, words):
    with pytest.raises(ConfigError) as error:
        grammar.strings(text)
    assert words in error.value.received
    assert "S -> 2 aB | b" in error.value.allowed
