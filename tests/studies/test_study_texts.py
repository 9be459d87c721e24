"""What the texts say was measured at the default settings is what the stored studies found.

Texts round: a figure is held to the digits that its text has. Figures of other settings (MNIST, the
presets of Try this) are not here: they take minutes to run again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
from pages.ui.shell import prose

GAINS = [
    # study, words of its text, arm, what it is compared with, points, within
    ("layers", "hints at their published weight help by about 7 points", "hints", "", 7, 0.5),
    ("layers", "soft targets help by about 10", "soft", "", 10, 0.5),
    ("start", "distillation adds 5.2 points", "distilled, all", "labels, all", 5.2, 0.05),
    ("pipeline", "*worse*, by about one point", "tuned", "distilled", -1, 0.5),
    ("augmentation", "better than the fixed one by 6.5 points", "consistent", "fixed", 6.5, 0.05),
    ("augmentation", "labels only lose 6 points", "labels augmented", "labels only", -6, 0.5),
    ("resolution", "most at one half (about 8 points)", "soft 2", "labels 2", 8, 0.5),
    ("resolution", "still 3 at a quarter", "soft 4", "labels 4", 3, 0.5),
    ("chains", "ten points above labels only", "direct", "labels only", 10, 0.5),
    ("subliminal", "38.1 points above chance", "same", "untrained", 38.15, 0.05),
    ("subliminal", "two heads alone it is 10.2 points", "heads", "untrained", 10.2, 0.05),
    ("subliminal", "adds 28.0 points", "same", "heads", 28.0, 0.05),
    ("subliminal", "is 2.8 points above chance here", "classes", "untrained", 2.85, 0.05),
    ("subliminal", "22.5 points less", "images", "same", -22.5, 0.05),
    ("methods", "Hints gain two to three", "hints", "", 2.5, 0.6),
    ("methods", "gain six to seven points", "dkd", "", 6.5, 0.5),
    ("methods", "gain six to seven points", "dist", "", 6.5, 0.5),
]
FOUND = [
    # study, words of its text, words of its findings
    ("looking", "0.71 against 0.52, chance 0.19", "chance 0.19) agree more"),
    ("looking", "0.71 against 0.52, chance 0.19", "0.71 against 0.52"),
    ("looking", "CKA 0.97 against 0.90", "0.97 against 0.90"),
    ("compression", "+4.3 points (+2.1 to +6.4)", "+4.3 points (95 % +2.1 to +6.4)"),
    ("start", "(95 % interval 2.7 to 7.6)", "(95 % +2.7 to +7.6)"),
    ("when", "+31 points with 10 labels", "at 10; there it is +31."),
    ("when", "+58 points when six labels in ten", "at 0.6; there it is +57.7"),
    (
        "missing",
        "about 90 % of them right as it is, and about 93 %",
        "gets 90 % right as it is, and 93",
    ),
    ("pipeline", "the gap widens by about 5 points", "widens by +5."),
    ("device", "6.7 points in int8 (2.4 to 10.9)", "+6.7 points (95 % +2.4 to +10.9)"),
    ("device", "student by 0.0 points (−0.2 to +0.1)", "0.0 points (95 % −0.2 to +0.1)"),
    ("device", "error by 0.1 points (−0.2 to +0.4)", "+0.1 points (95 % −0.2 to +0.4)"),
    ("device", "28.8 times smaller than the teacher's", "28.8 times fewer bytes"),
    ("device", "int8 saves no time here", "int8 is slower here"),
    (
        "language",
        "cost reverse KL 0.012 bits (0.001 to 0.024)",
        "+0.012 bits per character (95 % +0.001 to +0.024)",
    ),
    ("language", "and JSD 0.015", "+0.015 bits per character (95 % +0.001"),
    ("language", "96 % of 500 sampled names are new", "“JSD, prefixes of the data” 96 %"),
    ("language", "of the teacher's 91 %", "the teacher 91 %"),
    ("language", "*below* zero, −0.02 to −0.05", "−0.018 where it has learned on prefixes"),
    ("language", "*below* zero, −0.02 to −0.05", "−0.051 on its own samples"),
]
BITS = [
    # words of the text of the study on language models, arm, bits per test character
    ("better than labels only, 3.61", "labels only", 3.61),
    ("forward KL reaches 3.17", "soft-targets data", 3.17),
    ("reverse KL 3.19", "reverse-kl data", 3.19),
    ("3.26", "jsd data", 3.26),
]


def stored(name):
    study = find(name)
    events = load_result(study, study.config(), Store(Path("/nowhere")), bundled=True)
    assert events, f"not stored: python -m kdlab record {name}"
    return study, StudyHistory(study.config(), events)


def text_of(name):
    return " ".join(prose.text(f"studies/{name}", "more").split())


@pytest.mark.parametrize(("name", "words", "arm", "against", "points", "within"), GAINS)
def test_a_gain_in_a_text_is_the_stored_one(name, words, arm, against, points, within):
    assert words in text_of(name)
    _, history = stored(name)
    gain = history.gain(arm, against)
    assert gain is not None, f"{arm} or {against} is no arm of {name}"
    assert abs(100 * gain.mean - points) <= within


@pytest.mark.parametrize(("name", "words", "finding"), FOUND)
def test_a_figure_in_a_text_is_that_of_a_finding(name, words, finding):
    assert words in text_of(name)
    study, history = stored(name)
    assert any(finding in found.text for found in study.findings(history))


@pytest.mark.parametrize(("words", "arm", "bits"), BITS)
def test_bits_in_a_text_are_the_stored_ones(words, arm, bits):
    assert words in text_of("language")
    _, history = stored("language")
    assert round(history.mean(arm, "bits")[0], 2) == bits


def test_the_study_of_language_models_tells_all_its_students_and_their_teacher():
    _, history = stored("language")
    alone = history.mean("labels only", "bits")[0]
    gains = [
        alone - history.mean(name, "bits")[0] for name in history.done if name != "labels only"
    ]
    told = f"is {min(gains):.2f} to {max(gains):.2f} bits per character better"
    assert told in text_of("language")
    assert f"the teacher has {history.started.teacher_bits[0]:.2f}" in text_of("language")
