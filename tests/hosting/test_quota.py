"""The home stays within its limits, whoever fills it, and what must stay does."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import others

from kdlab.checks import normal
from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.data import uploads
from kdlab.errors import StoreError
from kdlab.experiments.run import run as work
from kdlab.full_run.recipe import teacher_file
from kdlab.hosting import accounts, in_use, kept, quota, visitor
from kdlab.hosting.visitor import Visitor
from kdlab.storage.store import Store
from kdlab.system.paths import BUNDLED, default_home
from tests.patience import PATIENCE

pytestmark = pytest.mark.attack

ANNA, BERT = Visitor("anna"), Visitor("bert")
SIZE = 20_000
ENTRY = 4096 * (5 + 1 + 1)  # weights, configuration, folder
LIMIT = others.LIMIT


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    limited(monkeypatch)
    monkeypatch.setattr(quota, "_seen", {})
    monkeypatch.setattr(quota, "clock", lambda: 0.0)


def limited(monkeypatch, home=LIMIT, visitor=0):
    monkeypatch.setenv("KDLAB_HOME_GB", f"{home / 1e9:.9f}")
    monkeypatch.setenv("KDLAB_VISITOR_GB", f"{visitor / 1e9:.9f}")


def teacher(seed):
    return TeacherConfig(teacher_seed=seed)


def name(seed):
    return normal(teacher(seed)).fingerprint()


def record(*seeds, size=SIZE, who=visitor.OWNER):
    """Keep teachers, each used later than the one before."""
    with visitor.acting_for(who):
        for seed in seeds:
            Store(bundled=None).record_teacher(teacher(seed), others.weights(size))
            aged(seed)


def aged(seed):
    """As if used ``seed`` seconds after the beginning of the year 2001."""
    for path in [kept.path_of(default_home(), "teachers", name(seed))]:
        for each in (*path.iterdir(), path):
            os.utime(each, (978_307_200 + seed,) * 2)


def there(*seeds):
    return [seed for seed in seeds if Store(bundled=None)._find("teachers", teacher(seed))]


def total():
    return sum(entry.bytes for entry in kept.entries(default_home()))


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_links_alone_do_not_fill_the_disk():
    """Each with a new seed, as a visitor's links can ask for without an end."""
    for seed in range(60):
        Store(bundled=None).record_teacher(teacher(seed), others.weights(SIZE))
        assert total() <= LIMIT
        assert there(seed) == [seed], "the newest is there"
    assert total() > LIMIT / 2
    assert not list((default_home() / "teachers").glob(".*"))


def test_what_was_not_used_for_longest_goes_and_reading_is_use():
    most = LIMIT // ENTRY - 1
    record(*range(most))
    assert there(*range(most)) == [*range(most)]
    assert Store(bundled=None).teacher_weights(teacher(0)) is not None
    record(100, 101, 102)
    gone = sorted({*range(most)} - {*there(*range(most))})
    assert gone[0] == 1
    assert gone == [*range(1, gone[-1] + 1)]
    assert there(0, 100, 101, 102) == [0, 100, 101, 102]


def test_what_another_process_uses_stays_until_that_has_ended():
    record(0, 1)
    other = others.start("hold", default_home(), "teachers", name(0))
    try:
        assert other.stdout.readline() == "held\n"
        record(*range(100, 130))
        assert there(0, 1) == [0]
    finally:
        os.kill(other.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        other.communicate()
    record(*range(200, 230))
    assert there(0) == []


def test_what_is_used_between_the_look_and_the_decision_stays(monkeypatch):
    record(0, 1)
    entries = kept.entries(default_home())
    assert Store(bundled=None).teacher_weights(teacher(0)) is not None
    removed = {entry.name: quota._remove(default_home(), entry) for entry in entries}
    assert removed == {name(0): False, name(1): True}
    assert there(0, 1) == [0]


def test_who_fills_the_home_does_not_take_from_those_who_hold_little():
    record(0, 1, who=ANNA)
    record(2)
    record(*range(100, 160), who=BERT)
    assert there(0, 1, 2) == [0, 1, 2]
    assert there(159) == [159]
    assert total() <= LIMIT
    holders = {entry.name: entry.holder for entry in kept.entries(default_home())}
    assert holders[name(0)] == accounts.mark(ANNA)
    assert holders[name(2)] == accounts.OWNER
    assert "anna" not in str(files(default_home() / "accounts"))


def test_a_visitor_has_a_share_and_his_own_oldest_go(monkeypatch):
    limited(monkeypatch, visitor=4 * ENTRY)
    record(0, 1, 2, 3, 4, 5)
    record(10, 11, who=ANNA)
    record(*range(20, 30), who=BERT)
    assert there(0, 1, 2, 3, 4, 5, 10, 11) == [0, 1, 2, 3, 4, 5, 10, 11]
    assert there(*range(20, 30)) == [27, 28, 29]


def test_who_asks_for_what_is_there_does_not_become_its_holder():
    record(0, who=ANNA)
    record(0, who=BERT)
    record(1)
    record(1, who=BERT)
    holders = {entry.name: entry.holder for entry in kept.entries(default_home())}
    assert holders == {name(0): accounts.mark(ANNA), name(1): accounts.OWNER}


@pytest.mark.parametrize("told", [b"", b"anna", b"\xff" * 16, b"0" * 1000, b"0" * 17])
def test_what_no_account_says_is_the_owners(told):
    record(0, who=ANNA)
    (default_home() / "accounts" / "teachers" / name(0)).write_bytes(told)
    assert [entry.holder for entry in kept.entries(default_home())] == [accounts.OWNER]


def test_an_account_ends_with_what_it_tells_of():
    record(0, who=ANNA)
    quota._remove(default_home(), kept.entries(default_home())[0])
    assert accounts.names(default_home(), "teachers") == set()
    record(0, who=ANNA)
    path = kept.path_of(default_home(), "teachers", name(0))
    path.rename(path.with_name("taken by hand"))
    quota.prune(default_home())
    assert accounts.names(default_home(), "teachers") == set()


def test_full_runs_and_what_is_unknown_are_neither_counted_nor_touched():
    home = default_home()
    for path in (
        "full-runs/mine/weights.safetensors", "full-runs/mine/config.json",
        f"full-teachers/{name(0)}/weights.safetensors", f"full-teachers/{name(0)}/config.json",
        "full-teachers/given/notes.txt", "data/cifar/batch", "runs/notes.txt", "runs/mine/note",
        f"teachers/{name(0)}.zip/note", "uploads/notes.txt", f"uploads/{name(0)}.zip/inside",
        "other/thing", f"searches/{name(0)}-before-x/note", "runs/.hidden", ".part-1",
    ):  # fmt: skip
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(bytes(LIMIT))
    if hasattr(os, "symlink") and os.name != "nt":
        (home / "studies").mkdir()
        (home / "studies" / name(0)).symlink_to(home / "full-runs" / "mine")
    before = files(home)
    assert kept.entries(home) == []
    record(*range(40))
    quota.prune(home)
    assert total() <= LIMIT
    assert {path: found for path, found in files(home).items() if path in before} == before


def test_every_kind_makes_room(monkeypatch):
    home, config = default_home(), normal(DistilConfig())
    store = Store(bundled=None)
    store.record_part("sweeps", config, "unit-0000.jsonl", bytes(SIZE))
    store.record_part("studies", config, "events.jsonl", bytes(SIZE))
    (home / "searches" / f"{name(0)}-before-1").mkdir(parents=True)
    (home / "searches" / f"{name(0)}-before-1" / "journal.log").write_bytes(bytes(SIZE))
    store.record_teacher(teacher(0), others.weights(SIZE))
    (home / "runs" / name(0)).mkdir(parents=True)
    uploads.keep(bytes(SIZE), "set.zip")
    teacher_file.keep(bytes(SIZE), "ab12")
    (home / "lessons").mkdir()
    (home / "lessons" / f"own-{name(0)}.md").write_bytes(bytes(SIZE))
    (home / "lessons" / "by-hand.md").write_bytes(bytes(SIZE))
    assert {entry.kind for entry in kept.entries(home)} == {kind.name for kind in kept.KINDS}
    limited(monkeypatch, home=1)
    done = quota.prune(home)
    assert len(done.entries) == 8
    assert done.bytes > 5 * SIZE
    assert kept.entries(home) == []
    assert [path.name for path in (home / "lessons").iterdir()] == ["by-hand.md"], "the owner's"
    assert store.part("sweeps", config, "unit-0000.jsonl") is None


def test_what_is_larger_than_the_share_is_refused_and_nothing_goes_for_it(monkeypatch):
    limited(monkeypatch, visitor=5 * ENTRY)
    record(0, 1, who=ANNA)
    with visitor.acting_for(ANNA), pytest.raises(StoreError, match="KDLAB_VISITOR_GB") as caught:
        uploads.keep(bytes(6 * ENTRY), "set.zip")
    assert "one visitor" in caught.value.allowed
    with pytest.raises(StoreError, match="KDLAB_HOME_GB"):
        uploads.keep(bytes(LIMIT), "set.zip")
    assert there(0, 1) == [0, 1]
    assert list((default_home() / "uploads").iterdir()) == []


def test_where_nothing_can_make_room_work_does_not_begin(monkeypatch):
    record(*range(4))
    home = default_home()
    limited(monkeypatch, home=2 * ENTRY)
    with (
        in_use.using(home, "teachers", name(0)),
        in_use.using(home, "teachers", name(1)),
        in_use.using(home, "teachers", name(2)),
    ):
        quota._seen.clear()
        for _ in range(2):
            with pytest.raises(StoreError, match="KDLAB_HOME_GB") as caught:
                next(work.run(DistilConfig(), Store(bundled=None)))
        assert "running" in caught.value.todo
        assert there(0, 1, 2, 3) == [0, 1, 2, 3], "nothing was removed in vain"
    limited(monkeypatch)
    record(10, who=ANNA)
    limited(monkeypatch, visitor=ENTRY)
    with visitor.acting_for(ANNA), in_use.using(home, "teachers", name(10)):
        quota._seen.clear()
        with pytest.raises(StoreError, match="KDLAB_VISITOR_GB"):
            next(work.run(DistilConfig(), Store(bundled=None)))


def test_a_run_at_work_keeps_itself_and_its_teacher():
    config = normal(DistilConfig())
    own = normal(config.teacher_config()).fingerprint()
    with Store(bundled=None).at_work("runs", config):
        assert in_use.used(default_home()) == {
            ("runs", config.fingerprint()), ("teachers", own)
        }  # fmt: skip
    assert in_use.used(default_home()) == set()


def making():
    """The first events of a map, a study and a search, and where each is made."""
    from kdlab.experiments.search import SearchConfig, space
    from kdlab.experiments.search.run import run as search
    from kdlab.experiments.study.run import run as study
    from kdlab.experiments.sweep import SweepConfig
    from kdlab.experiments.sweep.plan import normal as plain
    from kdlab.experiments.sweep.run import run as sweep
    from kdlab.studies import STUDIES

    store, asked = Store(bundled=None), STUDIES["teachers"]
    yield sweep(SweepConfig(), store), ("sweeps", plain(SweepConfig()).fingerprint())
    yield study(asked, asked.config(), store), ("studies", normal(asked.config()).fingerprint())
    name = space.fingerprint(space.normal(SearchConfig()))
    yield search(SearchConfig(), store), ("searches", name)


def test_what_is_being_filled_in_is_in_use():
    for events, place in making():
        next(events)
        assert place in in_use.used(default_home())
        events.close()
        assert in_use.used(default_home()) == set()


def test_a_search_that_was_put_aside_stays_whose_it_is():
    from kdlab.experiments.search import SearchConfig, space
    from kdlab.experiments.search.run import run

    with visitor.acting_for(ANNA):
        for cache in (True, False):
            events = run(SearchConfig(), Store(bundled=None), cache=cache)
            next(events), next(events)
            events.close()
    name = space.fingerprint(space.normal(SearchConfig()))
    holders = {entry.name: entry.holder for entry in kept.entries(default_home())}
    assert holders == dict.fromkeys((name, f"{name}-before-1"), accounts.mark(ANNA))


def test_an_upload_that_is_read_is_in_use():
    value = uploads.keep(bytes(SIZE), "set.zip")
    with uploads.in_hand(f" {value} ") as path:
        assert in_use.used(default_home()) == {("uploads", Path(path).name)}
    given = teacher_file.keep(bytes(SIZE), "ab12")
    with teacher_file.in_hand(given) as path:
        assert in_use.used(default_home()) == {("given", path.name)}
    assert in_use.used(default_home()) == set()


def test_a_home_is_not_looked_through_at_every_write(monkeypatch):
    limited(monkeypatch, home=100 * 20 * ENTRY)
    looked, entries, now = [], kept.entries, [0.0]
    monkeypatch.setattr(kept, "entries", lambda home: looked.append(home) or entries(home))
    monkeypatch.setattr(quota, "clock", lambda: now[0])
    record(0)
    assert len(looked) == 1, "before the first"
    record(*range(1, 20))
    assert len(looked) == 1
    record(20, 21)
    assert len(looked) == 2, "after one hundredth of the limit"
    now[0] += quota.PERIOD + 1
    record(22, 23)
    assert len(looked) == 3, "after a while"


def test_without_limits_nothing_is_looked_at(monkeypatch):
    limited(monkeypatch, home=0)
    monkeypatch.setattr(kept, "entries", lambda home: pytest.fail("looked"))
    record(*range(30))
    assert len(there(*range(30))) == 30


def test_what_killed_writers_left_is_swept_and_what_living_ones_write_is_not():
    home = default_home()
    record(0)
    dead, alive = (f".{name(n)}-ab12_xyz" for n in (1, 2))
    for aside in (dead, alive):
        (home / "teachers" / aside).mkdir()
        (home / "teachers" / aside / "weights.safetensors").write_bytes(bytes(SIZE))
    (home / "teachers" / f"{kept.DELETED}{'0' * 32}").mkdir()
    (home / "uploads").mkdir()
    for part in (".part-dead", ".part-alive"):
        (home / "uploads" / part).write_bytes(b"x")
    with (
        in_use.using(home, "teachers", name(2)),
        in_use.using(home, "uploads", ".part-alive"),
    ):
        assert quota.prune(home).leftovers == 3
    assert sorted(p.name for p in (home / "teachers").iterdir()) == [alive, name(0)]
    assert [p.name for p in (home / "uploads").iterdir()] == [".part-alive"]


def test_two_processes_that_fill_one_home_leave_whole_entries():
    home = default_home()
    home.mkdir(exist_ok=True)
    both = [others.start("fill", home, seed, 60) for seed in (1000, 2000)]
    try:
        for each in both:
            assert each.stdout.readline() == "ready\n"
        for each in both:
            each.stdin.write("\n")
            each.stdin.flush()
        for each in both:
            out, _ = each.communicate(timeout=PATIENCE)
            assert (each.returncode, out) == (0, "done\n")
    finally:
        for each in both:
            each.kill()
            each.communicate()
    found = kept.entries(home)
    assert total() <= LIMIT * (1 + quota.SLACK) + ENTRY, "one may write while the other looks"
    assert len(found) > LIMIT / ENTRY / 2
    for entry in found:
        path = kept.path_of(home, entry.kind, entry.name)
        assert sorted(p.name for p in path.iterdir()) == ["config.json", "weights.safetensors"]
        assert len((path / "weights.safetensors").read_bytes()) == SIZE
    assert in_use.used(home) == set()
    assert not list((home / "teachers").glob(".*"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_home_that_cannot_be_written_can_be_read():
    record(0)
    home = default_home()
    folders = [home, *(p for p in home.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert Store(bundled=None).teacher_weights(teacher(0)) == others.weights(SIZE)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_a_home_that_takes_no_registration_can_be_read():
    record(0)
    home = default_home()
    (home / in_use.FOLDER).rmdir()
    (home / in_use.FOLDER).write_text("no folder")
    assert Store(bundled=None).teacher_weights(teacher(0)) == others.weights(SIZE)
    with pytest.raises(StoreError, match="KDLAB_HOME"):
        Store(bundled=None).record_teacher(teacher(1), others.weights(SIZE))


def test_what_comes_with_the_lab_is_no_home():
    before = {path: path.stat().st_mtime_ns for path in BUNDLED.rglob("*")}
    store = Store(BUNDLED, bundled=None)
    quota.make_room(BUNDLED, 10 * LIMIT)
    assert store.events(normal(DistilConfig())) is not None
    assert {path: path.stat().st_mtime_ns for path in BUNDLED.rglob("*")} == before
