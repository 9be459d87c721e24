"""Stored results that were damaged: what was written, nothing, or an error of the lab; and what was
read can be folded, drawn and told."""

from __future__ import annotations

import json
import shutil

import pytest
from fakes import events_of
from hypothesis import given
from hypothesis import strategies as st

from kdlab.checks import normal
from kdlab.config.schema import DistilConfig
from kdlab.errors import StoreError
from kdlab.events import KINDS, from_json
from kdlab.experiments.run import by_class, class_advice, history
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.run import EVENTS, KIND, load_result
from kdlab.experiments.sweep import kept
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.history import SweepHistory
from kdlab.experiments.sweep.plan import normal as normal_map
from kdlab.storage.store import BUNDLED, Store
from kdlab.studies import EXPERIMENTS, STUDIES
from tests.fuzzing import TEXTS, VALUES, damaged, files, fuzz, read_or_told, told
from tests.run.counted_run import counted

pytestmark = pytest.mark.attack

CONFIG = DistilConfig(epochs=2, seeds=2, teacher_epochs=1, schedule="1:2:0.5")
POINTS = CONFIG.model_copy(update={"dataset": "moons"})


def lines_of(events) -> list[str]:
    return [event.to_json() for event in events]


def stored(study) -> bool:
    """Whether its default run comes with the lab."""
    return bool(Store(bundled=BUNDLED).part(KIND, normal(study.config()), EVENTS, bundled=True))


def _one_of_each() -> dict[str, str]:
    """A line of each kind of work that comes with the lab, by its record."""
    store = Store(bundled=BUNDLED)
    found = {}
    for experiment in EXPERIMENTS.values():
        config = next(iter(experiment.presets.values()))
        for event in experiment.load_result(config, store, bundled=True):
            found.setdefault(type(event).__name__, event.to_json())
    return found


FOREIGN = _one_of_each()
EACH = {
    type(event).__name__: event.to_json()
    for event in counted(events_of(CONFIG)) + events_of(POINTS)
}


@pytest.mark.parametrize("kind", EACH)
def test_an_event_is_one_of_ours_or_refused(kind):
    @fuzz(30)
    @given(damaged(json.loads(EACH[kind])))
    def read(text):
        try:
            event = from_json(text)
        except StoreError as error:
            told(error)
        else:
            event.to_json().encode()
            assert from_json(event.to_json()).to_json() == event.to_json()

    read()


@fuzz()
@given(
    st.dictionaries(TEXTS | st.just("event"), VALUES | st.sampled_from([*KINDS])) | VALUES | TEXTS
)
def test_anything_is_an_event_or_refused(value):
    for text in (value if isinstance(value, str) else "", json.dumps(value)):
        try:
            from_json(text).to_json().encode()
        except StoreError as error:
            told(error)


@pytest.mark.parametrize("config", [CONFIG, POINTS], ids=["digits", "moons"])
def test_a_damaged_run_is_told_or_can_be_drawn(tmp_path, config):
    keeper = Store(tmp_path, bundled=None)
    events = counted(events_of(config))
    keeper.record_run(config, events, {})
    (path,) = tmp_path.glob("runs/*/events.jsonl")

    @fuzz()
    @given(files(lines_of(events), sorted(FOREIGN.values())))
    def read(content):
        path.write_bytes(content)
        found = read_or_told(lambda: keeper.events(config))
        if found is not None:
            drawn(history.fold(found))

    read()


def drawn(run: history.History) -> None:
    for measure in history.MEASURES:
        run.curve(measure)
    assert run.students is not None
    assert run.results() is not None
    assert run.teacher is not None
    run.performed(CONFIG).to_json()
    if run.finished:
        history.verdict_sentence(run.finished).encode()
    json.dumps(by_class.as_json(run))
    for table in (by_class.class_table, by_class.confusion_table, by_class.calibration_table):
        table(run).to_csv()
    " ".join([*class_advice.warnings(run), class_advice.in_words(run)]).encode()


@pytest.mark.parametrize("name", [n for n, study in STUDIES.items() if stored(study)])
def test_a_damaged_study_is_told_or_can_be_drawn(tmp_path, name):
    study = STUDIES[name]
    config = study.config()
    known = load_result(study, config, Store(tmp_path), bundled=True)
    assert known
    lines = lines_of(known)
    keeper = Store(tmp_path, bundled=None)
    keeper.record_part(KIND, normal(config), EVENTS, b"")
    (path,) = tmp_path.glob(f"{KIND}/*/{EVENTS}")

    @fuzz(60)
    @given(files(lines, sorted(FOREIGN.values())))
    def read(content):
        path.write_bytes(content)
        found = read_or_told(lambda: load_result(study, config, keeper))
        if found:
            told_history = StudyHistory(config, found)
            assert all(finding is not None for finding in study.findings(told_history))
            told_history.table()
            told_history.results()

    read()


def test_a_damaged_map_is_told_or_can_be_drawn(tmp_path):
    folder = next(BUNDLED.glob("sweeps/*"))
    config = normal_map(SweepConfig.from_json((folder / "config.json").read_text()))
    keeper = Store(tmp_path, bundled=None)
    copied = tmp_path / "sweeps" / config.fingerprint()
    shutil.copytree(folder, copied)
    assert kept.load_result(config, keeper)
    names = sorted(path.name for path in copied.glob("*") if path.name != "config.json")
    whole = {name: (copied / name).read_text().splitlines() for name in names}

    @fuzz(80)
    @given(st.sampled_from(names).flatmap(lambda n: st.tuples(st.just(n), files(whole[n]))))
    def read(change):
        name, content = change
        (copied / name).write_bytes(content)
        try:
            found = read_or_told(lambda: kept.load_result(config, keeper))
            told_history = SweepHistory(config, found or [])
            for measure in ("validation", "test", "fidelity", "ece"):
                told_history.values(measure)
                told_history.baseline(measure)
            assert told_history.share_done >= 0
            assert told_history.epochs_done >= 0
        finally:
            (copied / name).write_text("".join(line + "\n" for line in whole[name]))

    read()


ENDS = [name for name in FOREIGN if name.endswith(("Started", "Finished"))]


@pytest.mark.parametrize("kind", ENDS)
def test_how_other_work_begins_or_ends_says_nothing_of_this_one(kind, tmp_path):
    """Its line in a file that was mixed up: the history stays what it was."""
    line = from_json(FOREIGN[kind])
    for experiment in EXPERIMENTS.values():
        if experiment.noun == "study" and experiment.name != "teachers":
            continue  # one of them is enough
        config = next(iter(experiment.presets.values()))
        own = experiment.load_result(config, Store(tmp_path), bundled=True)
        if any(type(event) is type(line) for event in own):
            continue
        mixed = experiment.history(experiment.normal(config))
        mixed.take([*own[:2], line, *own[2:], line])
        alone = experiment.history(experiment.normal(config))
        alone.take(own)
        assert (mixed.started, mixed.finished) == (alone.started, alone.finished)
        assert (mixed.complete, mixed.share_done) == (alone.complete, alone.share_done)
        assert mixed.results().equals(alone.results())
