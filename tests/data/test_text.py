"""Text as a data set: windows, ends, parts that share no string, labels by whole strings."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kdlab import data
from kdlab.checks import normal, possible
from kdlab.config.brought import BROUGHT
from kdlab.config.schema import DataConfig, DistilConfig
from kdlab.data.text import names, strings, windows
from kdlab.errors import ConfigError
from kdlab.measure.measures import ACCURACY, BITS
from kdlab.training.labels import labelled_strings

STRINGS = st.lists(st.lists(st.integers(1, 5), max_size=9), min_size=1, max_size=6)


def load(**values):
    (split,) = data.load(DataConfig(**values))
    return split


@settings(deadline=None)
@given(STRINGS, st.integers(1, 7))
def test_every_character_and_every_end_is_asked_for_once(told, width):
    found = windows.positions(told, width)
    expected = [
        (windows.window_of(own[:place], width), ([*own, 0])[place], number)
        for number, own in enumerate(told)
        for place in range(len(own) + 1)
    ]
    rows = zip(found.windows.tolist(), found.targets.tolist(), found.strings.tolist(), strict=True)
    assert list(rows) == expected


def test_windows_are_one_hot_and_come_back_as_text():
    split = load(dataset="names", train_limit=2000)
    assert split.shape == (6, 27)
    assert torch.equal(split.train.inputs.sum(2), torch.ones(len(split.train.targets), 6))
    assert split.classes[0] == windows.END_NAME
    found = windows.whole_strings(split.train)
    told = strings.limited(names.parts(), 2000).train
    assert ["".join(split.classes[code] for code in own) for own in found] == list(told)
    assert sum(len(text) + 1 for text in told) == len(split.train.targets) <= 2000
    assert data.text_sizes(DataConfig(dataset="names", train_limit=2000)) == tuple(
        len(part.targets) for part in (split.train, split.validation, split.test)
    )


def test_no_name_is_in_two_parts_and_all_are_there():
    parts = names.parts()
    every = [name for part in parts for name in part]
    assert [len(part) for part in parts] == [9000, 1000, 2000]
    assert len(set(every)) == 12_000
    assert {"smith", "johnson", "garcia"} <= set(every)
    assert set("".join(every)) == set(names.CLASSES[1:])
    assert data.train_size(DataConfig(dataset="names")) == strings.size(parts.train)


def test_a_limit_leaves_whole_strings_and_one_at_least():
    assert strings.within(("abc", "de", "f"), 7, "train") == ("abc", "de")
    assert strings.within(("abc", "de", "f"), 1, "train") == ("abc",)
    assert strings.within(("abc", "de", "f"), "all", "train") == ("abc", "de", "f")


@pytest.mark.parametrize("width", [1, 3, 12])
def test_the_window_is_a_setting(width):
    split = load(dataset="names", train_limit=1000, window=width)
    assert split.shape == (width, 27)
    assert data.input_shape(DataConfig(dataset="names", window=width)) == (width, 27)


def test_labels_are_whole_strings_and_the_beginning_of_one_more():
    numbers = torch.tensor(np.repeat(np.arange(40), np.arange(40) % 7 + 2))
    for count in (1, 17, 100, len(numbers)):
        mask = labelled_strings(numbers, count, seed=3)
        assert int(mask.sum()) == count
        told = Counter(numbers[mask].tolist())
        lengths = Counter(numbers.tolist())
        cut = [n for n, told_of in told.items() if told_of < lengths[n]]
        assert len(cut) <= 1
        for number in cut:  # told from its beginning
            own = mask[numbers == number].tolist()
            assert own == sorted(own, reverse=True)
    few, more = (labelled_strings(numbers, n, 3) for n in (30, 60))
    assert bool((more | ~few).all()), "who sees more labels sees those of who sees fewer, too"
    assert not torch.equal(few, labelled_strings(numbers, 30, 4))


def test_text_is_judged_by_bits_and_brings_its_own_budget():
    assert data.measure_of("names") is data.measure_of("grammar") is BITS
    assert data.measure_of("digits") is data.measure_of("of another version") is ACCURACY
    found = DistilConfig.parse({"dataset": "names"})
    assert {name: getattr(found, name) for name in BROUGHT["names"]} == BROUGHT["names"]
    assert DistilConfig.parse({"dataset": "names", "epochs": 9}).epochs == 9
    assert DistilConfig().epochs == 100, "all else begins as it did"


@pytest.mark.parametrize(
    "values",
    [
        {"dataset": "names"},
        {"dataset": "names", "epochs": 100, "labels": 100},
        {"dataset": "grammar", "student": "mlp-16", "grammar": "S -> a | b"},
        {"dataset": "moons", "epochs": 4},
    ],
)
def test_a_link_tells_what_is_not_as_the_data_set_brings_it(values):
    config = DistilConfig.parse(values)
    assert config.to_query() == {name: str(value) for name, value in values.items()}
    assert DistilConfig.from_query(config.to_query()) == (config, [])


def test_what_text_alone_has_names_no_result_of_other_data():
    assert normal(DistilConfig(window=9, grammar="S -> a")) == normal(DistilConfig())
    assert DistilConfig().fingerprint() == "8d9d337c42063000", "as it was before there was text"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dataset": "names", "labels": 70_000}, "1 to 66708"),
        ({"dataset": "names", "student": "cnn-8"}, "mlp"),
        ({"dataset": "grammar", "grammar": "S -> aS"}, "never comes to an end"),
        ({"dataset": "grammar", "grammar": "nonsense"}, "nonsense"),
    ],
)
def test_what_cannot_be_is_said(values, words):
    with pytest.raises(Exception, match=words) as error:
        possible(DistilConfig.parse(values))
    assert isinstance(error.value, ConfigError) or "mlp" in words


def test_letter_frequencies_alone_leave_about_as_many_bits_as_is_known():
    """4.26 bits of 12,000 surnames (FIELD): a check on the list, and on how ends are counted."""
    counts = np.array([*Counter("".join(f"{n}." for part in names.parts() for n in part)).values()])
    shares = counts / counts.sum()
    assert math.isclose(-(shares * np.log2(shares)).sum(), 4.26, abs_tol=0.02)
