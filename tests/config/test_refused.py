"""A file that the system does not let be read, this user or just now, is no damaged one: nobody is
offered to delete it, and nothing is begun anew in its place."""

from __future__ import annotations

import errno
import os
import shutil

import pytest

from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.errors import DamagedError, StoreError
from kdlab.experiments import search
from kdlab.experiments.run import run as work
from kdlab.experiments.search.config import SEARCHES
from kdlab.experiments.sweep import kept
from kdlab.experiments.sweep.presets import MAPS
from kdlab.storage import damage
from kdlab.storage.store import BUNDLED, Store
from kdlab.studies import STUDIES, load_result
from kdlab.system import files

pytestmark = pytest.mark.attack

REASONS = (errno.EMFILE, errno.ENFILE, errno.EIO, errno.EACCES)


def readers(store):
    """What reads each kind of entry, and the files in it that are read."""
    search_config, a_map = next(iter(SEARCHES.values())), next(iter(MAPS.values())).config
    study = STUDIES["start"]
    return {
        "runs": lambda: store.events(DistilConfig()),
        "teachers": lambda: store.teacher_outputs(TeacherConfig()),
        "sweeps": lambda: kept.load_result(a_map, store),
        "searches": lambda: search.load_result(search_config, store),
        "studies": lambda: load_result(study, study.config(), store),
    }


@pytest.fixture
def store(tmp_path):
    """A home with all that comes with the lab."""
    shutil.copytree(BUNDLED, tmp_path / "home")
    return Store(tmp_path / "home", bundled=None)


@pytest.fixture
def refuse(monkeypatch):
    """Call it with an errno: from then on the system lets no file of a home be read."""
    real = os.open

    def begin(number):
        def refuses(path, flags, *more, **named):
            if str(path).endswith((".jsonl", ".json", ".safetensors")):
                raise OSError(number, os.strerror(number), str(path))
            return real(path, flags, *more, **named)

        monkeypatch.setattr(files.os, "open", refuses)

    return begin


@pytest.mark.parametrize("number", REASONS, ids=errno.errorcode.get)
@pytest.mark.parametrize("kind", ["runs", "teachers", "sweeps", "searches", "studies"])
def test_it_is_told_and_never_called_damaged(store, refuse, kind, number):
    read = readers(store)[kind]
    assert read()
    refuse(number)
    with pytest.raises(StoreError) as caught:
        read()
    assert not isinstance(caught.value, DamagedError)
    assert os.strerror(number) in str(caught.value)
    assert "elete" not in str(caught.value)


def test_it_is_not_deleted_by_who_saw_it_damaged_before(store, monkeypatch, refuse):
    """The answer of a moment ago was right; now nobody can tell."""
    path = store.home / "runs" / DistilConfig().fingerprint() / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(b"{")
    with pytest.raises(DamagedError) as caught:
        store.events(DistilConfig())
    path.write_bytes(whole)
    refuse(errno.EMFILE)
    with pytest.raises(StoreError):
        damage.delete(store.home, caught.value, lambda: store.events(DistilConfig()))
    monkeypatch.undo()
    assert store.events(DistilConfig())


def test_no_work_is_begun_in_its_place(store, refuse):
    refuse(errno.EMFILE)
    with pytest.raises(StoreError, match="Try again"):
        list(work.run(DistilConfig(), store))


@pytest.mark.parametrize("number", [None, errno.EINVAL, errno.EFBIG, errno.ENOENT, errno.EISDIR])
def test_what_stands_in_place_of_a_file_is_no_refusal(number):
    assert not files.refused(OSError("why") if number is None else OSError(number, "why"))
    assert not files.refused(ValueError("no file at all"))
