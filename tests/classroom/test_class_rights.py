"""What a class is closed to: refused where work is handed in, whatever a page shows."""

from __future__ import annotations

import contextlib
import io
import subprocess
import types

import pytest

from kdlab.config.schema import TeacherConfig
from kdlab.data import uploads
from kdlab.errors import ArchiveError, ClassError, ConfigError, ModelError
from kdlab.experiments.run import run
from kdlab.full_run.recipe import teacher_file
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import process
from kdlab.full_run.run.folder import RunFolder
from kdlab.hosting import class_rights, visitor
from kdlab.hosting.class_rights import RIGHTS
from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.jobs import driver
from kdlab.studies import EXPERIMENTS
from kdlab.system.paths import default_home

pytestmark = pytest.mark.attack

ANN = Visitor("ann")


@pytest.fixture(autouse=True)
def _nobody_tells(monkeypatch):
    monkeypatch.setattr(class_rights, "_known", [])


@pytest.fixture
def in_class(monkeypatch):
    """This thread works for somebody of a class, whose room allows what is in the set."""
    monkeypatch.setenv("KDLAB_CLASS", "1")
    allowed = set()
    class_rights.ask(lambda who, what: who == ANN and what in allowed)
    visitor.ask(lambda: ANN)
    return allowed


@pytest.fixture
def begun(monkeypatch):
    """Processes that would have been started."""
    found = []

    class Begun:
        pid = 1

        def __init__(self, command, **options):
            found.append(command)

        def poll(self):
            return None

    stands_in = types.SimpleNamespace(**vars(subprocess) | {"Popen": Begun})
    monkeypatch.setattr(process, "subprocess", stands_in)
    return found


class Manager:
    """Hands no work in: that it was asked is a failure."""

    slots = 2

    def submit(self, *arguments, **options):
        raise AssertionError("it was handed in")


def search():
    found = EXPERIMENTS["search"]
    return found, found.normal(found.config())


def acts(tmp_path):
    """Right -> each way to do it that a browser's request leads to."""
    experiment, config = search()
    folder = RunFolder.create(tmp_path / "run", FullRunConfig())
    weights = b"no weights"
    return {
        "searches": [
            lambda: experiment.jobs(Manager(), config, 1, "me"),
            lambda: experiment.check(config),
        ],
        "uploads": [
            lambda: uploads.keep(io.BytesIO(b"PK"), "own.zip"),
            lambda: teacher_file.keep(weights, "ab12"),
            lambda: run.bring_weights(TeacherConfig(), weights),
        ],
        "full runs": [
            lambda: process.start(folder),
            lambda: process.estimate(FullRunConfig(), tmp_path / "told.txt"),
        ],
    }


@pytest.mark.parametrize("right", RIGHTS)
def test_a_class_is_closed_to_it_where_it_is_handed_in(in_class, begun, tmp_path, right):
    for act in acts(tmp_path)[right]:
        with pytest.raises(
            ClassError, match=rf"{right.capitalize()} are closed to this class.*instructor"
        ):
            act()
    assert begun == []
    assert not list((default_home() / "uploads").glob("*"))
    assert not (default_home() / "full-teachers").exists()


@pytest.mark.parametrize("how", ["room", "environment"])
@pytest.mark.parametrize("right", RIGHTS)
def test_a_room_or_the_environment_opens_it(in_class, begun, monkeypatch, tmp_path, right, how):
    if how == "room":
        in_class.add(right)
    else:
        monkeypatch.setenv("KDLAB_CLASS_ALLOWS", f"nonsense, {right.upper()}")
    assert [each for each in RIGHTS if class_rights.may(each)] == [right]
    for act in acts(tmp_path)[right]:
        # what is no weights, and a manager that is none, have errors of their own
        with contextlib.suppress(ArchiveError, ModelError, AssertionError):
            act()
    assert len(begun) == (2 if right == "full runs" else 0)


def test_runs_maps_and_studies_stay_open(in_class):
    closed = {name for name, each in EXPERIMENTS.items() if each.right is not None}
    assert closed == {"search"}


def test_the_owner_may_begin_everything(monkeypatch):
    monkeypatch.setenv("KDLAB_CLASS", "1")
    assert all(class_rights.may(each, OWNER) for each in RIGHTS)
    assert not any(class_rights.may(each, ANN) for each in RIGHTS), "where nobody tells"


def test_without_a_class_only_full_runs_are_the_owners(monkeypatch, begun, tmp_path):
    assert [each for each in RIGHTS if class_rights.may(each, ANN)] == ["searches", "uploads"]
    visitor.ask(lambda: ANN)
    for act in acts(tmp_path)["full runs"]:
        with pytest.raises(ConfigError, match="KDLAB_FULL_RUNS=1"):
            act()
    monkeypatch.setenv("KDLAB_FULL_RUNS", "1")
    for act in acts(tmp_path / "another")["full runs"]:
        act()
    assert len(begun) == 2


def test_a_worker_is_told_what_the_visitor_may(in_class):
    """It cannot ask; what a visitor's room allows goes along with the question."""
    in_class.add("uploads")
    for allowed, wanted in ((True, ("uploads",)), (False, ())):
        told = class_rights.handed_on(ANN) if allowed else ("ann", False, ())
        assert told[2] == wanted
        class_rights.ask(lambda who, what: False)
        result, error, _ = driver.ask(teacher_file.keep, (b"some", "ab12"), told)
        assert (result == "given:ab12") is allowed
        assert (error is None) is allowed
