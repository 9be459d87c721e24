"""Whatever is asked of the lab with a teacher that is no network works, or says in a sentence why
it cannot, and with which teachers it can."""

from __future__ import annotations

import pytest

from kdlab.errors import KdlabError
from kdlab.events import Finished, RunFailed
from kdlab.studies import EXPERIMENTS, STUDIES
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.mistakes.records import MISTAKES

SMALL = {
    "dataset": "moons", "points": 60, "labels": 10, "epochs": 1, "seeds": 2, "teacher_seeds": 2,
    "trials": 2, "assistant": "mlp-3", "student": "mlp-2", "generations": 1, "alphas": "0.5",
    "temperatures": "1,2", "methods": "soft-targets,dkd", "tuning_epochs": 1, "label_counts": "10",
}  # fmt: skip
IMAGES = {"dataset": "digits", "train_limit": 60, "student": "cnn-2"}
TEXT = {"dataset": "names", "train_limit": 5, "student": "gru-2"}
OWN = {
    "resolution": IMAGES, "augmentation": IMAGES, "int8-ranges": IMAGES | {"train_limit": 120},
    "missing": {"unseen": "0"}, "language": TEXT, "language-mistakes": TEXT,
}  # fmt: skip
"""What some cannot do without."""
NETWORKS_ONLY = {
    "start", "looking", "layers", "compression", "capacity", "subliminal", "device", "when",
}  # fmt: skip
"""What asks a teacher for its layers, weights, files or epochs."""
OF_NETWORKS = {
    "teacher-learns", "teacher-in-training-mode", "untrained-teacher", "same-size",
}  # fmt: skip
CASES = [
    *((name, {}) for name in EXPERIMENTS if name not in ("claims", "mistakes")),
    *(("mistakes", {"mistake": name}) for name in MISTAKES),
    *(("claims", {"claim": name}) for name in TRIALS),
]


def tried(name: str, teacher: str, **changes: str) -> str:
    """Empty where it came to its end; what the lab says where it cannot be."""
    record = EXPERIMENTS[name]
    wanted = SMALL | OWN.get(changes.get("mistake", name), {}) | changes
    wanted["teacher"] = teacher
    config = record.config.parse(
        {n: v for n, v in wanted.items() if n in record.config.model_fields}
    )
    try:
        record.possible(config)
        record.predicted(config)
        events = list(record.run(record.normal(config), cache=False))
    except KdlabError as error:
        return str(error)
    assert not [event for event in events if isinstance(event, RunFailed)]
    assert isinstance(events[-1], Finished)
    history = record.history(record.normal(config))
    history.take(events)
    assert record.summary(history)
    assert record.as_json(record.normal(config), history)
    return ""


@pytest.mark.parametrize(
    ("name", "changes"), CASES, ids=lambda v: "-".join(v.values()) if isinstance(v, dict) else v
)
def test_a_forest_teaches_or_it_is_said_who_can(name, changes, tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    said = tried(name, "forest-3", **changes)
    assert "is not known" not in said
    if name in NETWORKS_ONLY or changes.get("mistake") in OF_NETWORKS:
        assert "a network, like mlp-128-128" in said
    elif name in ("language", "language-mistakes"):
        assert "a teacher that reads text" in said
    elif name != "claims":
        assert said == ""


@pytest.mark.parametrize("name", [n for n in EXPERIMENTS if n not in STUDIES])
def test_boosting_teaches_as_well(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    assert tried(name, "boosting-2") == ""


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_file_of_answers_is_refused_where_there_are_no_rows_to_name(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    assert "answers" in tried(name, "answers")
