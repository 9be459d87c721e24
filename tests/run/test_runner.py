"""What every experiment does in the same way."""

from __future__ import annotations

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError, DamagedError
from kdlab.events import Progress, Remark
from kdlab.experiments import runner
from kdlab.training.streams import in_turns, relayed


def steps(name, count):
    for n in range(count):
        yield Progress(stage=name, done=n)
    return name


def drain(generator):
    events = []
    while True:
        try:
            events.append(next(generator))
        except StopIteration as stop:
            return events, stop.value


def test_iterators_take_turns_until_all_have_ended():
    told = [(e.stage, e.done) for e in in_turns([steps("a", 1), steps("b", 3), steps("c", 2)])]
    assert told == [("a", 0), ("b", 0), ("c", 0), ("b", 1), ("c", 1), ("b", 2)]


def test_what_is_relayed_can_be_changed_or_left_out_and_the_end_comes_through():
    events, made = drain(relayed(steps("a", 3), lambda e: None if e.done == 1 else e))
    assert [e.done for e in events] == [0, 2]
    assert made == "a"


def test_what_is_held_back_is_kept_all_the_same():
    kept = []
    events, made = drain(runner.tee(steps("a", 2), kept, hold_back=Progress))
    assert (events, [e.done for e in kept], made) == ([], [0, 1], "a")


def damaged():
    raise DamagedError("a file is damaged", "what the lab wrote", "Delete it", files=("x",))


@pytest.mark.parametrize("load", [lambda: None, list])
def test_what_is_not_known_is_not_replayed(load):
    assert drain(runner.replayed(load)) == ([], False)


def test_what_is_known_is_replayed_and_what_is_damaged_is_told():
    known = [Progress(stage="a")]
    assert drain(runner.replayed(lambda: known)) == (known, True)
    (remark,), again = drain(runner.replayed(damaged))
    assert isinstance(remark, Remark)
    assert not again


def test_settings_that_do_not_fit_the_data_are_refused_for_each_run_they_stand_for():
    config = DistilConfig(train_limit=100, labels=50)
    _, split = drain(runner.read_data(config))
    assert len(split.train.targets) == 100
    many = config.model_copy(update={"labels": 101})
    for asked in ((many, ()), (config, [config, many])):
        with pytest.raises(ConfigError, match="labels is 101"):
            drain(runner.read_data(*asked))
