"""KDLAB_SCHEDULER with TLS, by the variables that the documentation names; and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from dask import config
from distributed import Client
from distributed.comm.core import CommClosedError
from distributed.core import rpc
from distributed.security import Security

from kdlab import jobs
from kdlab.errors import JobError
from kdlab.jobs import JobManager, JobState, ManagerState, address
from kdlab.jobs.identity import Identity
from tests import coroutines
from tests.jobs import iterators
from tests.jobs.conftest import wait_until
from tests.jobs.test_scheduler import ROOT, dask, kill
from tests.patience import PATIENCE

KINDS = ("CERT", "KEY")


def certificates(folder: Path) -> dict[str, str]:
    """A new certificate and key in ``folder``, as the documented variables name them."""
    made = Identity.fresh()
    folder.mkdir()
    crt, key = folder / "lab.crt", folder / "lab.key"
    crt.write_text(made.certificate)
    key.write_text(made.key)
    files = {"crt": str(crt), "key": str(key)}
    return {name: files[end] for name, end in documented()}


def documented() -> list[tuple[str, str]]:
    """The variables that the documentation tells to set, and the ending of their file."""
    return re.findall(r"export (DASK_\w+)=\S*lab\.(crt|key)", jobs.__doc__)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def settings(folder) -> dict[str, str]:
    return certificates(folder / "ours")


@pytest.fixture(scope="module")
def scheduler(folder, settings) -> Iterator[str]:
    log = folder / "scheduler.log"
    process = dask(
        log, "scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", "0", **settings
    )
    wait_until(lambda: "Scheduler at:" in log.read_text())
    line = next(line for line in log.read_text().splitlines() if "Scheduler at:" in line)
    yield line.split()[-1]
    kill(process)


@pytest.fixture(scope="module")
def worker(scheduler, folder, settings) -> Iterator[None]:
    """One worker, with the nanny that the documented command gives it."""
    log = folder / "worker.log"
    options = ["--host", "127.0.0.1", "--nthreads", "2", "--resources", "run=1"]
    process = dask(log, "worker", scheduler, *options, "--local-directory", str(folder), **settings)
    wait_until(lambda: "Registered to" in log.read_text())
    yield
    process.terminate()  # the nanny takes its worker with it
    process.wait()


def read(settings: dict[str, str]) -> AbstractContextManager[object]:
    """As if Dask, which reads its variables when it is imported, had found these."""
    return config.set(config.merge(config.config, config.collect_env(settings)))


@pytest.fixture
def configured(settings) -> Iterator[None]:
    with read(settings):
        yield


def test_the_documentation_names_the_certificates_of_all_roles():
    roles = [f"{role}__{what}" for role in ("SCHEDULER", "WORKER", "CLIENT") for what in KINDS]
    start = "DASK_DISTRIBUTED__COMM__TLS__"
    assert {name for name, _ in documented()} == {start + name for name in ("CA_FILE", *roles)}


def test_jobs_run_over_tls(scheduler, worker, configured):
    assert scheduler.startswith("tls://")
    manager = JobManager(scheduler, timeout=PATIENCE)
    job = manager.submit(iterators.count, 5, owner="ann", key="k")
    assert job.wait(PATIENCE), manager.problem
    assert job.state is JobState.DONE, job.error
    assert len(job.events) == 5
    manager.close()


def test_the_scheduler_its_worker_and_its_nanny_refuse_strangers(scheduler, worker, settings):
    with read(settings):
        ours = Security(require_encryption=True)
        with Client(scheduler, security=ours, timeout=PATIENCE, set_as_default=False) as client:
            (one,) = client.scheduler_info(n_workers=-1)["workers"].items()
    doors = [scheduler, one[0], one[1]["nanny"]]
    assert all(door.startswith("tls://") for door in doors)

    async def ask(door: str, security: Security) -> str:
        node = rpc(door, connection_args=security.get_connection_args("client"), timeout=PATIENCE)
        try:
            return (await node.identity())["type"]
        finally:
            await node.close_rpc()

    assert [coroutines.run(ask(door, ours)) for door in doors] == ["Scheduler", "Worker", "Nanny"]
    other = Identity.fresh().security()
    for door in doors:
        for who, where in ((other, door), (Security(), door.replace("tls", "tcp"))):
            with pytest.raises(CommClosedError) as caught:
                coroutines.run(ask(where, who))
            assert "Timed out" not in f"{caught.value} {caught.value.__cause__}"


def problem(where: str) -> JobError:
    manager = JobManager(where, timeout=PATIENCE)
    manager.start()
    assert manager.wait(2 * PATIENCE) is ManagerState.FAILED
    found = manager.problem
    manager.close()
    assert isinstance(found, JobError)
    return found


def test_a_scheduler_that_refuses_is_told_as_such(scheduler, tmp_path):
    with read(certificates(tmp_path / "theirs")):
        assert "refused the connection" in problem(scheduler).received
    said = problem(scheduler.replace("tls://", "tcp://"))
    assert "refused the connection" in said.received
    assert "tls://" in said.todo


def test_tls_without_certificates_says_which_variables_are_missing():
    said = problem("tls://127.0.0.1:8786")
    assert "names no certificates" in said.received
    assert "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" in said.todo


@pytest.mark.parametrize("damage", ["missing", "empty", "folder"])
def test_tls_with_certificates_that_cannot_be_used_says_so(tmp_path, damage):
    settings = certificates(tmp_path / "ours")
    path = tmp_path / "ours" / "lab.key"
    path.unlink()
    if damage == "empty":
        path.write_text("")
    elif damage == "folder":
        path.mkdir()
    with read(settings):
        assert "cannot be used" in problem("tls://127.0.0.1:8786").received


ELSEWHERE = ["tcp://gpu-server:8786", "tcp://192.168.1.7:8786", "ws://host:80", "tcp://[fe80::1]:1"]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_scheduler_of_another_machine_without_tls_is_refused_unless_allowed(where, monkeypatch):
    monkeypatch.delenv(address.PLAIN, raising=False)
    with pytest.raises(JobError, match="without TLS") as caught:
        address.security(where)
    assert where in caught.value.received
    assert address.PLAIN in caught.value.todo
    monkeypatch.setenv(address.PLAIN, "1")
    assert not address.security(where).require_encryption


@pytest.mark.parametrize(
    "where", ["tcp://127.0.0.1:1", "tcp://127.3.2.1:1", "tcp://localhost:1", "tcp://[::1]:1"]
)
def test_a_scheduler_of_this_machine_needs_no_word(where, monkeypatch):
    monkeypatch.delenv(address.PLAIN, raising=False)
    assert address.security(where).tls_client_cert is None


def test_the_hosting_page_names_what_the_code_reads():
    text = (ROOT / ".github" / "HOSTING.md").read_text(encoding="utf-8")
    assert address.PLAIN in text
    assert "tls://" in text
