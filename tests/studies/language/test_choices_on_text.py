"""What studies choose and conclude on text, of numbers made by hand: less is better there."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from kdlab.measure.measures import ACCURACY, BITS
from kdlab.studies import STUDIES, StudyHistory, capacity, compression, methods, pipeline, start
from kdlab.studies.temperature import ranked
from tests.studies.made_histories import made

SEEDS = (0.0, 0.01, -0.01)
TEXT = {"dataset": "names", "teacher": "mlp-8", "student": "mlp-4", "seeds": 3, "epochs": 1}


def history_of(name, bits, validation=None, exhibits=None, **settings):
    """A finished study: bits of each arm around ``bits``, on validation around ``validation``. Of
    accuracy all arms have the same, those that need more bits a little more."""
    config = STUDIES[name].config.parse(TEXT | settings)
    history = made(name, config, {arm: [0.5 + b / 100] * 3 for arm, b in bits.items()})
    seen = validation or bits
    done = [
        replace(
            arm,
            bits=tuple(bits[which] + s for s in SEEDS),
            validation_bits=tuple(seen[which] + s for s in SEEDS),
        )
        for which, arm in history.done.items()
    ]
    started = replace(history.started, teacher_bits=(2.0,))
    found = StudyHistory(config, [started, *done, history.finished])
    found.exhibits |= exhibits or {}
    return found


@pytest.mark.parametrize(("falls", "words", "holds"), [(True, "Yes", True), (False, "No", False)])
def test_fewer_bits_with_a_higher_temperature_are_a_yes(falls, words, holds):
    of_t = {"T = 1": 3.0, "T = 2": 2.5, "T = 4": 2.0}
    if not falls:
        of_t = dict(zip(of_t, reversed(of_t.values()), strict=True))
    history = history_of("temperature", of_t | {"labels only": 3.5}, temperatures="1,2,4")
    found = STUDIES["temperature"].answer(history)
    verb = "lowers" if falls else "raises"
    assert found.text.startswith(f"{words}: on average over T from 1 to 4, a doubling of T {verb} ")
    assert found.text.endswith("bits per test character by 0.50 bits per character.")
    assert found.holds is holds
    assert ranked(history)[0] == (4.0 if falls else 1.0)


def test_a_teacher_and_a_method_are_chosen_by_bits_of_validation():
    settings = {"teachers": "mlp-4,mlp-8", "lengths": "1", "teacher_epochs": 1}
    bits = {"labels only": 3.0, "mlp-4, 1 epoch": 2.0, "mlp-8, 1 epoch": 2.5}
    history = history_of("capacity", bits, **settings)
    best = capacity.chosen(history, capacity.along(history, "sizes"))
    assert best.arm == "mlp-4, 1 epoch"
    assert STUDIES["capacity"].answer(history).text == (
        "No: mlp-4 teaches better than the largest, mlp-8, by 0.50 bits per character."
    )
    bits = {"labels only": 3.0, "soft-targets": 2.5, "dkd": 2.0}
    history = history_of("methods", bits, methods="soft-targets,dkd")
    assert [name for name, _ in methods.ranking(history)] == ["dkd", "soft-targets"]
    assert STUDIES["methods"].answer(history).holds is True


def test_a_trial_is_worth_its_accuracy_and_of_text_its_bits():
    worth = methods._worth
    assert worth(0.9, None) == 0.9
    assert worth(0.5, 2.0) > worth(0.6, 2.1) > worth(0.9, math.nan)


@pytest.mark.parametrize(("small", "holds"), [(2.0, True), (2.2, False)])
def test_how_small_is_told_within_bits_of_the_teacher(small, holds):
    network = {"parameters": 10, "flops_per_image": 10, "latency": {"median": 1.0}}
    names = ("mlp-2", "mlp-4")
    costs = {
        "networks": dict.fromkeys((*names, "mlp-8"), network),
        "teacher": "mlp-8",
        "validation": 0.4,
        "validation_bits": 2.0,
    }
    bits = {compression.alone(n): 2.9 for n in names}
    bits |= {compression.taught(n): small for n in names}
    history = history_of("compression", bits, exhibits={"costs": costs}, widths="2,4")
    history.done = {arm: replace(done, bits=(bits[arm],) * 3) for arm, done in history.done.items()}
    first, *_ = compression.findings(history)
    assert ("is the smallest within 0.01 bits per character of the teacher" in first.text) is holds
    assert first.holds is holds
    without = {name: value for name, value in costs.items() if name != "validation_bits"}
    assert compression.findings(history_of("compression", bits, exhibits={"costs": without},
                                           widths="2,4")) == []  # fmt: skip


def test_what_fine_tuning_spoils_is_a_gap_above_zero():
    arms = ("labels only", "distilled", "labels tuned", "tuned", "labels half", "half")
    bits = dict.fromkeys(arms, 2.5)
    history = history_of("pipeline", bits, bits | {"tuned": 2.0})
    wider = pipeline.opened(history, "tuned", "distilled")
    assert wider.told().startswith("+0.50 bits per character")
    assert wider.verdict == "helped"
    said = STUDIES["pipeline"].answer(history).text
    assert "spoils validation: its gap to test widens by 0.50 bits per character" in said


def test_a_student_is_held_against_its_teacher_in_bits():
    names = ("labels only", "distilled", "labels, some", "distilled, some", "labels, all",
             "distilled, all")  # fmt: skip
    history = history_of("start", dict.fromkeys(names, 1.5), student="mlp-8")
    found = start.beside_teacher(history, "labels, all")
    assert "is better than the teacher it started as: −0.50 bits per character" in found.text
    assert found.gain.measure is BITS


@pytest.mark.parametrize(("measure", "words"), [(ACCURACY, "one point"),
                                                (BITS, "0.01 bits per character")])  # fmt: skip
def test_a_margin_is_told_in_the_words_of_its_measure(measure, words):
    assert measure.margin(0.01) == words
