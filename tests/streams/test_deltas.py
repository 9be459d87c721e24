"""What changed between two values of JSON gives the second again, whatever they are."""

from __future__ import annotations

import copy
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab.streams.deltas import applied, delta

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(2, 5) | st.sampled_from([0.5, -2.5, "", "a"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)


def same(one, other):
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(VALUES, VALUES)
def test_deltas_make_the_second_value_of_the_first(old, new):
    told = json.loads(json.dumps(delta(old, new)))
    assert same(applied(copy.deepcopy(old), told), new)


@given(VALUES)
def test_what_is_the_same_has_no_delta(value):
    assert delta(value, copy.deepcopy(value)) == []


@given(st.lists(st.lists(VALUES, max_size=5), min_size=2, max_size=5))
def test_many_deltas_follow_each_other(values):
    shown = copy.deepcopy(values[0])
    for old, new in itertools.pairwise(values):
        shown = applied(shown, delta(old, new))
    assert same(shown, values[-1])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([1, 2], [1, 2, 3], [[[], 2, [3]]]),
        ([1, 2, 3], [1], [[[], 1, []]]),
        ({"x": [1], "y": 2}, {"x": [1, 4], "y": 2}, [[["x"], 1, [4]]]),
        ({"a": {"b": 1}}, {"a": {}}, [[["a", "b"]]]),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]], [[[1], 1, [5]]]),
        ({"a": 1}, None, [[[], None]]),
        ([], [1], [[[], [1]]]),
    ],
)
def test_a_delta_is_as_small_as_what_changed(old, new, told):
    assert delta(old, new) == told
