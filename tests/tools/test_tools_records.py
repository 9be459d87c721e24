"""The records of other tools: what they say of every wish, and the snippets that are copied."""

from __future__ import annotations

import ast
import itertools
import re
import shlex

import pytest
import yaml

from kdlab.errors import ConfigError
from kdlab.tools import FITS, TOOLS, Wish, find
from kdlab.tools.wish import DIVERGENCES, SHORT, WORDS

WISHES = [
    Wish(divergence=divergence, temperature=temperature, alpha=alpha, own=own, kept=20)
    for divergence, temperature, alpha, own in itertools.product(
        DIVERGENCES, (0.05, 1.0, 2.5, 4.0, 1000.0), (0.0, 0.3, 0.9, 1.0), (0.0, 0.5, 1.0)
    )
]
ENDS = [wish for wish in WISHES if wish.own in (0, 1) and wish.temperature in (1, 2.5)]
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")


def written(tool, wish) -> str:
    return tool.snippet(tool.answer(wish).values, wish)


@pytest.mark.parametrize("name", TOOLS)
def test_a_record_says_what_it_is_and_where_it_was_read(name):
    tool = TOOLS[name]
    assert (tool.name, find(name)) == (name, tool)
    assert tool.about.endswith(".")
    assert tool.defaults
    assert all(vars(tool.knobs).values())
    for source in tool.sources:
        assert re.fullmatch(r"\d+\.\d+\.\d+|[0-9a-f]{7}( and [0-9a-f]{7})*", source.version)
        assert source.files
        assert all(re.fullmatch(r"[\w/.]+\.(py|yaml)", file) for file in source.files)
        assert re.fullmatch(r"20\d\d-\d\d|", source.dated)
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", source.read)
        assert source.version in source.told()


@pytest.mark.parametrize("name", TOOLS)
def test_every_wish_has_an_answer_in_whole_sentences(name):
    tool = TOOLS[name]
    for wish in WISHES:
        answer = tool.answer(wish)
        assert answer.fit in FITS
        assert answer.factor > 0
        assert all(re.fullmatch(r"[A-Z\w].*\.", note) for note in answer.notes), answer.notes
        assert answer.notes or answer.fit != "no", wish


@pytest.mark.parametrize("name", TOOLS)
def test_a_snippet_can_be_read_by_what_it_is_written_for(name):
    tool = TOOLS[name]
    for wish in ENDS:
        text = written(tool, wish)
        assert text.endswith("\n")
        assert max(map(len, text.splitlines())) <= 100
        if tool.language == "python":
            ast.parse(text)
        elif tool.language == "yaml":
            assert isinstance(yaml.safe_load(text), dict)
        else:
            words = shlex.split(text.replace("\\\n", " "))
            assert words[0] == "python"
            assert words[1].endswith(".py")


@pytest.mark.parametrize("name", TOOLS)
def test_what_is_copied_are_the_settings_whose_loss_was_compared(name):
    """Every number of the answer stands in the snippet, but for those of a part that is off."""
    tool = TOOLS[name]
    for wish in ENDS:
        values = tool.answer(wish).values
        found = [float(each) for each in NUMBER.findall(written(tool, wish))]
        off = set()
        if values.get("skip_lm_loss"):
            off.add("kd_loss_scale")
        for setting, value in values.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                assert setting in off or float(value) in found, (setting, value)


def test_settings_that_a_reader_looks_for_stand_where_the_tool_reads_them():
    half = Wish(temperature=2.0, alpha=0.75)
    [term] = yaml.safe_load(written(TOOLS["torchdistill"], half))["criterion"]["kwargs"][
        "sub_terms"
    ].values()
    assert term["criterion"]["kwargs"]["alpha"] == 0.25
    kit = yaml.safe_load(written(TOOLS["distillkit"], half))
    assert [(f["function"], f["weight"]) for f in kit["loss_functions"]] == [
        ("cross_entropy", 0.25),
        ("kl", 0.75),
    ]
    swift = yaml.safe_load(written(TOOLS["ms-swift"], half))
    assert (swift["rlhf_type"], swift["beta"], swift["sft_alpha"]) == ("gkd", 0, 0.0833333)
    verl = yaml.safe_load(written(TOOLS["verl"], Wish(divergence="reverse-kl")))
    assert verl["distillation"]["distillation_loss"]["loss_mode"] == "k2"
    words = shlex.split(written(TOOLS["repdistiller"], half).replace("\\\n", " "))
    told = dict(itertools.pairwise(words))
    assert (told["-a"], told["-r"], told["--kd_T"]) == ("0.75", "0.25", "2")


@pytest.mark.parametrize(
    ("name", "own", "why"),
    [
        ("trl-distillation", 0.0, "λ is 1 there"),
        ("verl", 0.5, "λ is 1 there"),
        ("distillkit", 1.0, "λ is 0 there"),
        ("repdistiller", 0.5, "Nothing is written there"),
    ],
)
def test_a_tool_that_trains_on_other_texts_cannot_say_it(name, own, why):
    answer = TOOLS[name].answer(Wish(alpha=1.0, temperature=1.0, own=own))
    assert answer.fit == "no"
    assert why in answer.notes[0]


def test_a_share_of_own_texts_is_said_by_those_that_have_one():
    wish = Wish(alpha=1.0, temperature=1.0, own=0.25)
    can = {name for name, tool in TOOLS.items() if tool.answer(wish).fit != "no"}
    assert can == {"trl-gkd", "ms-swift"}
    assert all("0.25" in written(TOOLS[name], wish) for name in can)


def test_whole_temperatures_only():
    tool = TOOLS["mdistiller"]
    assert tool.answer(Wish(temperature=4.0)).fit == "exactly"
    answer = tool.answer(Wish(temperature=2.5))
    assert answer.fit == "no"
    assert "2.5 is refused" in answer.notes[0]
    assert "KD.TEMPERATURE 2 " in written(tool, Wish(temperature=2.5))


def test_words_for_every_divergence_and_an_error_for_no_tool():
    assert WORDS.keys() == SHORT.keys() == set(DIVERGENCES)
    with pytest.raises(ConfigError, match=r"'nonesuch'.*torchdistill"):
        find("nonesuch")
