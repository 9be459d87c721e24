"""The files of a search, damaged: what can be believed of them, or an error of the lab."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quick_search import QUICK

from kdlab.errors import KdlabError
from kdlab.events import SearchFinished, TrialsDone
from kdlab.experiments.search import costs, journal, result, run, study, trials
from kdlab.experiments.search import folder as folders
from kdlab.measure.measures import ACCURACY, BITS
from kdlab.storage.store import Store
from tests.fuzzing import VALUES, damaged, fuzz, told

pytestmark = pytest.mark.attack

TRIALS = 14
ASKED = {
    "share": "a", "student": "mlp-4", "method": "soft-targets", "teacher": "mlp-16",
    "temperature": 4.0, "alpha": 0.5, "group": 2, "place": 1, "beside": 0,
}  # fmt: skip
FOUND = {"accuracy": [0.5, 0.25], "epochs": 4}
OF_TEXT = FOUND | {"bits": [2.5, 3.25]}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A finished search: its configuration and its home."""
    home = tmp_path_factory.mktemp("kept")
    config = QUICK.model_copy(update={"trials": TRIALS})
    for _ in run(config, Store(home, bundled=None)):
        pass
    return config, home


@pytest.mark.parametrize(("said", "measure"), [(FOUND, ACCURACY), (OF_TEXT, BITS)])
def test_what_a_trial_says(said, measure):
    from optuna.trial import create_trial

    whole = create_trial(value=0.5, user_attrs={"asked": ASKED, "found": said})
    (known,) = trials.read([whole], measure)
    assert known.value == (0.375 if measure is ACCURACY else 2**-2.875)

    @fuzz(300)
    @given(damaged({"asked": ASKED, "found": said}), st.dictionaries(st.integers(), VALUES))
    def read(text, course):
        try:
            attributes = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(attributes, dict):
            return
        trial = create_trial(value=0.5, user_attrs=attributes)
        trial.intermediate_values = course
        for known in trials.read([trial], measure):
            assert 0 <= known.value <= 1
            assert len(known.bits) == (len(known.accuracy) if measure is BITS else 0)
            assert known.epochs > 0
            assert 0 <= known.asked.alpha <= 1
            assert all(0 <= value <= 1 for value in known.course.values())
            json.dumps([known.asked.attribute(), known.accuracy, known.number], allow_nan=False)

    read()


def test_a_line_of_the_journal(kept, tmp_path):
    """Lines that are JSON, and say what they should not: skipped, or told."""
    config, home = kept
    keeper = Store(tmp_path, bundled=None)
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    (path,) = tmp_path.glob("searches/*/journal.log")
    lines = path.read_text().splitlines()
    by_kind = {json.loads(line)["op_code"]: n for n, line in enumerate(lines)}
    assert set(by_kind) == {0, 4, 6, 7, 8}

    @fuzz(150)
    @given(st.sampled_from(sorted(by_kind.values())), st.data())
    def read(place, data):
        changed = list(lines)
        changed[place] = data.draw(damaged(json.loads(lines[place])))
        path.write_bytes("\n".join([*changed, ""]).encode("utf-8", "surrogatepass"))
        try:
            known = study(config, keeper)
        except KdlabError as error:
            told(error)
        else:
            assert len(known.get_trials()) <= TRIALS
            result.importance(known)

    read()


MISCHIEF = [
    ("value", {"op_code": 6, "values": [float("inf")]}),
    ("no value", {"op_code": 6, "values": None}),
    ("text", {"op_code": 6, "values": ["high"]}),
    ("found", {"op_code": 8, "user_attr": {"found": {"accuracy": ["0.5"], "epochs": 4}}}),
    ("no accuracy", {"op_code": 8, "user_attr": {"found": {"accuracy": [], "epochs": 4}}}),
    ("nan", {"op_code": 8, "user_attr": {"found": {"accuracy": [float("nan")], "epochs": 4}}}),
    ("step", {"op_code": 7, "step": "one", "intermediate_value": "much"}),
    ("asked", {"op_code": 8, "user_attr": {"asked": 5}}),
]


@pytest.mark.parametrize("change", [c for _, c in MISCHIEF], ids=[n for n, _ in MISCHIEF])
def test_a_search_goes_on_beside_a_trial_that_cannot_be(kept, tmp_path, change):
    """From the last line of its kind on; the journal ends there, as after a kill."""
    config, home = kept
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    (path,) = tmp_path.glob("searches/*/journal.log")
    for stored in path.parent.glob("result-*"):
        stored.unlink()
    lines = path.read_text().splitlines()
    place = max(
        n for n, line in enumerate(lines) if json.loads(line)["op_code"] == change["op_code"]
    )
    lines[place] = json.dumps(json.loads(lines[place]) | change)
    path.write_text("\n".join([*lines, ""]))
    events = list(run(config, Store(tmp_path, bundled=None)))
    assert isinstance(events[-1], SearchFinished)
    rows = [row for e in events if isinstance(e, TrialsDone) for row in e.trials]
    assert {row["number"] for row in rows} == set(range(TRIALS))
    json.dumps([event.to_json() for event in events])


def test_shares_of_any_content(tmp_path):
    share = folders.join(tmp_path)
    known = json.loads(share.path.read_text())
    other = tmp_path / "share-7.json"

    @fuzz()
    @given(damaged(known | {"host": "another"}))
    def read(text):
        other.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert set(folders.living(tmp_path)) <= {0, 7}
        assert share.id not in folders.others(tmp_path, share)

    read()
    share.close()
    assert not share.path.exists()


@pytest.mark.parametrize("kind", ["folder", "large"])
def test_costs_that_are_no_file_of_ours(tmp_path, kind):
    path = tmp_path / "costs.json"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b" " * (costs.MOST_BYTES + 1))
    with pytest.raises(KdlabError, match="cannot be read") as caught:
        costs._content(path)
    told(caught.value)


def test_a_journal_of_another_direction_is_damage(tmp_path):
    line = {"op_code": 0, "worker_id": "w", "study_name": journal.STUDY, "directions": [1]}
    (tmp_path / journal.NAME).write_text(json.dumps(line) + "\n")
    with pytest.raises(KdlabError, match="do not fit together"):
        list(journal.open_study(tmp_path))
