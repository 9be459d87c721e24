from __future__ import annotations

import dataclasses
import json
import math

import pytest
from fakes import events_of

from kdlab.config.schema import DistilConfig
from kdlab.errors import StoreError
from kdlab.events import (
    BASES,
    KINDS,
    Confusion,
    DataRead,
    Event,
    Progress,
    Regions,
    RunFailed,
    RunStarted,
    StudentsEpoch,
    Turned,
    from_json,
    whole,
)

EXAMPLES = [
    Progress(stage="reading", done=1, total=2),
    RunFailed(reason="because", epoch=3),
    RunStarted(
        fingerprint="ab",
        dataset="digits",
        classes=("0", "1"),
        input_shape=(1, 8, 8),
        train_size=9,
        labelled=4,
        validation_size=2,
        test_size=2,
        students=(("labels only", 0), ("distilled", 0)),
        epochs=2,
        steps_per_epoch=1,
    ),
    StudentsEpoch(
        epoch=1,
        accuracy=(0.5, 1.0),
        fidelity=(0.1, 0.2),
        hard=(1.0, 2.0),
        soft=(3.0, 4.0),
        loss=(1.0, 4.0),
        learning_rate=0.1,
        seconds=0.5,
    ),
    Regions(epoch=1, size=1, extent=(0.0, 1.0, 0.0, 1.0), answers={"teacher": "0"}, confidence={}),
    Confusion(
        epoch=1,
        matrices={"teacher": [[1, 0], [0, 1]]},
        differ=[
            {
                "index": 3,
                "label": 1,
                "teacher": 1,
                "labels only": 0,
                "distilled": 1,
                "image": "AA==",
            }
        ],
        differ_count=1,
    ),
    Confusion(epoch=1, matrices={}, differ=[], differ_count=0),
    Turned(epoch=3, temperature=0.5, alpha=1.0),
]


@pytest.mark.parametrize(
    "event", EXAMPLES, ids=[f"{n}-{type(e).__name__}" for n, e in enumerate(EXAMPLES)]
)
def test_events_survive_json(event):
    line = event.to_json()
    assert "\n" not in line
    again = from_json(line)
    assert again.to_json() == line
    assert type(again) is type(event)


def test_students_epoch_is_equal_after_json():
    assert from_json(EXAMPLES[3].to_json()) == EXAMPLES[3]
    assert from_json(EXAMPLES[2].to_json()) == EXAMPLES[2]


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"event": "Boom"}', '{"event": "RunFailed"}'])
def test_a_line_that_is_no_event(line):
    with pytest.raises(StoreError):
        from_json(line)


WRONG = {
    "accuracy": ["7", 7, None, [None], [True], ["0.5", 0.5]],
    "epoch": [-1, "7", 1.5, 10**30, None, True],
    "seconds": ["now", None, [1.0]],
}


@pytest.mark.parametrize(("name", "values"), WRONG.items(), ids=WRONG)
def test_fields_of_other_types_or_beyond_all_bounds_are_refused(name, values):
    good = json.loads(EXAMPLES[3].to_json())
    for value in values:
        with pytest.raises(StoreError):
            from_json(json.dumps(good | {name: value}))
    del good[name]
    with pytest.raises(StoreError):
        from_json(json.dumps(good))


def test_lines_nested_without_end_or_with_half_a_character_are_refused():
    for text in (
        "[" * 100_000,
        '{"event": ' * 100_000,
        '{"event": "Progress", "stage": "\\ud800"}',
    ):
        with pytest.raises(StoreError):
            from_json(text)
    with pytest.raises(StoreError):
        from_json('{"event": "Progress", "stage": "\ud800"}')


def test_numbers_that_are_none_survive():
    """A student whose loss stopped being a number is a result, too."""
    event = dataclasses.replace(EXAMPLES[3], loss=(math.nan, math.inf))
    assert from_json(event.to_json()).to_json() == event.to_json()


def test_kinds_knows_every_event():
    """Each that can be told: the leaves of the tree. slots=True makes each class twice, hence
    names."""

    def names(kind):
        for each in kind.__subclasses__():
            yield from names(each) if each.__subclasses__() else [each.__name__]

    bases = {base.__name__ for base in BASES}
    assert set(KINDS) == set(names(Event)) - bases
    assert {KINDS["RunStarted"], KINDS["TeacherEpoch"], KINDS["Remark"]} < set(KINDS.values())
    assert not any(kind.__subclasses__() for kind in KINDS.values())


def test_what_was_left_out_of_images_is_told_and_what_is_damaged_is_not():
    good = {"count": 2, "why": "unreadable", "examples": ["a.png", "b.png"]}
    told = DataRead(account={"lines": ["Read 3 classes."], "left_out": [good]})
    assert (told.lines, told.left_out) == (["Read 3 classes."], [good])
    torn = ["x", 3, {"count": "2"}, {**good, "examples": None}, {**good, "count": True}, good]
    assert DataRead(account={"left_out": torn}).left_out == [good]
    for account in ({}, {"lines": 3, "left_out": {"count": 1}}):
        assert (DataRead(account=account).lines, DataRead(account=account).left_out) == ([], [])


def test_what_an_earlier_version_kept_under_another_name_is_read_and_told_under_its_own():
    line = (
        '{"event": "SweepEpoch", "unit": 3, "epoch": 1, "members": [0], "validation": [[NaN]], '
        '"test": [[0.5]], "fidelity": [[0.5]], "ece": [[0.5]], "seconds": 1.0}'
    )
    event = from_json(line)
    assert (type(event).__name__, event.cohort) == ("SweepEpoch", 3)
    assert '"cohort": 3' in event.to_json()
    assert from_json(event.to_json()).to_json() == event.to_json()
    with pytest.raises(StoreError):  # one of the two is damage
        from_json(line.replace('"unit": 3', '"unit": 3, "cohort": 4'))


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.0},
        {"temperature": math.nan},
        {"temperature": 1e9},
        {"alpha": -0.1},
        {"alpha": math.nan},
        {"epoch": 4},
        {"epoch": 1},
    ],
)
def test_a_turn_that_cannot_have_been_does_not_fit_into_a_run(change):
    events = events_of(DistilConfig(epochs=4, seeds=2, schedule="1:2:0.5,3:1:0"))
    whole.check(events)
    place = max(n for n, event in enumerate(events) if isinstance(event, Turned))
    events[place] = dataclasses.replace(events[place], **change)
    with pytest.raises(ValueError, match="does not fit together"):
        whole.check(events)
