"""Work that somebody has at work is found by who opens the same settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeJob, events_of
from streamlit.testing.v1 import AppTest
from told import button, screen, stop, words

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.search import SearchConfig
from kdlab.experiments.search.experiment import SEARCH
from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.jobs import JobState
from kdlab.studies import EXPERIMENTS
from tests.patience import PATIENCE

PAGES = Path(__file__).parents[3] / "pages"
SOMEBODY = "Somebody is training **exactly this**"
OTHERS = "It continues, because it is open on another page"
KINDS = {
    "live": ("distil/live.py", DISTILL, DistilConfig(seeds=2)),
    "map": ("distil/map.py", SWEEP, SweepConfig(seeds=2)),
    "search": ("distil/search.py", SEARCH, SearchConfig(seeds=2)),
    "study.temperature": (
        "teach/temperature.py",
        EXPERIMENTS["temperature"],
        EXPERIMENTS["temperature"].config(seeds=2),
    ),
}


@pytest.fixture
def others(manager, monkeypatch):
    """What is at work here is others': this visitor watches none of it before he says so."""

    def is_at_work(keys, who):
        assert who in (None, visitor.current())
        going = {j.key for j in manager.known if not j.state.is_finished} & set(keys)
        return bool(going) and (who is None or any(j.key in going for j in manager.jobs))

    monkeypatch.setattr(manager, "is_at_work", is_at_work)
    return manager


def opened(script, **query):
    page = AppTest.from_file(PAGES / script, default_timeout=PATIENCE)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("name", KINDS)
def test_who_opens_the_settings_that_somebody_trains_is_told_and_may_watch(others, store, name):
    script, experiment, config = KINDS[name]
    task = experiment.tasks(experiment.normal(config), 1)[0]
    page = opened(script, seeds="2")
    assert SOMEBODY not in words(page)
    job = FakeJob(task.key)
    others.known.append(job)
    page.run()
    assert SOMEBODY in words(page)
    assert screen(page, name).jobs is None, "opening a page keeps nobody's worker"
    button(page, "Watch it").click().run()
    assert not page.exception
    assert screen(page, name).jobs.jobs[0] is job
    assert SOMEBODY not in words(page)
    assert SOMEBODY not in words(opened(script, seeds="3"))


def test_a_run_that_is_stopped_and_goes_on_for_others_says_so(others, store, monkeypatch):
    monkeypatch.setattr(visitor, "_known", [lambda: Visitor("anna")])
    config = DistilConfig(seeds=2)
    job = FakeJob(DISTILL.tasks(config, 1)[0].key)
    job.all_events = events_of(config, epochs=5)
    others.known.append(job)
    page = opened("distil/live.py", seeds="2")
    button(page, "Watch it").click().run()
    stop(page, "live")
    job.state = JobState.RUNNING  # it is watched by others
    page.run()
    assert "Stopped at epoch 5" in words(page)
    assert OTHERS in words(page)
    button(page, "Watch it").click().run()
    assert screen(page, "live").jobs.jobs == [job]


def test_what_is_known_needs_nobody_s_run(others, store, monkeypatch):
    config = DistilConfig(seeds=2)
    others.known.append(FakeJob(DISTILL.tasks(config, 1)[0].key))
    monkeypatch.setattr(store, "events", lambda config: events_of(config))
    page = opened("distil/live.py", seeds="2")
    assert screen(page, "live").outcome == "finished"
    assert SOMEBODY not in words(page)


def test_a_run_that_ends_between_the_look_and_the_press_is_shown_as_it_is_kept(
    others, store, monkeypatch
):
    config = DistilConfig(seeds=2)
    job = FakeJob(DISTILL.tasks(config, 1)[0].key)
    others.known.append(job)
    page = opened("distil/live.py", seeds="2")
    job.state = JobState.DONE
    monkeypatch.setattr(store, "events", lambda config: events_of(config))
    button(page, "Watch it").click().run()
    assert not others.submitted
    assert screen(page, "live").outcome == "finished"


def test_an_exercise_that_hides_training_may_be_watched(others, store):
    others.known.append(FakeJob(DISTILL.tasks(DistilConfig(seeds=2), 1)[0].key))
    page = opened("distil/live.py", seeds="2", hide="train")
    button(page, "Watch it").click().run()
    assert screen(page, "live").running
