"""Nobody without the cluster's certificate gets a word out of the lab's own processes."""

from __future__ import annotations

import socket
import ssl

import psutil
import pytest
from distributed import Client
from distributed.comm.core import CommClosedError
from distributed.core import rpc
from distributed.security import Security

from kdlab.jobs.identity import Identity
from tests import coroutines
from tests.jobs import iterators
from tests.jobs.conftest import listening
from tests.patience import PATIENCE

pytestmark = pytest.mark.attack


class Careless(Security):
    """Takes any server for the right one, so that it is the server that must refuse."""

    def get_connection_args(self, role):
        arguments = super().get_connection_args(role)
        arguments["ssl_context"].verify_mode = ssl.CERT_NONE
        return arguments


def doors(manager) -> list[str]:
    """The addresses of the scheduler and both workers, as Dask's own clients know them. A manager
    is ready with its first worker."""
    client = manager._keeper.connection.client
    client.wait_for_workers(2, timeout=PATIENCE)
    return [client.scheduler.address, *client.scheduler_info(n_workers=-1)["workers"]]


def asked(address: str, security: Security) -> dict:
    """What a node of Dask says who it is."""

    async def ask() -> dict:
        node = rpc(
            address, connection_args=security.get_connection_args("client"), timeout=PATIENCE
        )
        try:
            return await node.identity()
        finally:
            await node.close_rpc()

    return coroutines.run(ask())


def stranger(kind: type[Security] = Security) -> Security:
    made = Security.temporary()
    fields = {name: getattr(made, name) for name in Security.__slots__ if name.startswith("tls")}
    fields = {name: value for name, value in fields.items() if isinstance(value, str)}
    return kind(require_encryption=True, **fields)


def test_every_door_opens_to_the_labs_own(manager):
    ours = manager._keeper.connection.cluster.security
    assert len(doors(manager)) == 3
    types = [asked(address, ours)["type"] for address in doors(manager)]
    assert types == ["OurScheduler", "OurWorker", "OurWorker"]


@pytest.mark.parametrize("role", range(3), ids=["scheduler", "first worker", "second worker"])
def test_strangers_are_refused(manager, role):
    address = doors(manager)[role]
    plain = address.replace("tls://", "tcp://")
    for who, where in ((Security(), plain), (stranger(), address), (stranger(Careless), address)):
        with pytest.raises(CommClosedError) as caught:
            asked(where, who)
        assert "Timed out" not in f"{caught.value} {caught.value.__cause__}", (
            "no word is no refusal"
        )
        with pytest.raises(CommClosedError):
            Client(where, security=who, timeout=PATIENCE, set_as_default=False)
    assert manager.call(iterators.square, 3, timeout=PATIENCE) == 9


def said_to(context: ssl.SSLContext, host: str, port: int) -> bytes:
    """What comes back; nothing where the server ended the connection, with an alert or without."""
    with socket.create_connection((host, port), PATIENCE) as raw:
        try:
            with context.wrap_socket(raw) as safe:
                safe.sendall(b"let me in")
                return safe.recv(1)
        except (ssl.SSLError, ConnectionError):
            return b""


@pytest.mark.parametrize("certificate", [False, True])
def test_a_handshake_without_the_certificate_ends_with_an_alert(manager, certificate):
    """Below Dask: what answers is TLS, and it is the server that says no."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context = stranger(Careless).get_connection_args("client")["ssl_context"]
    for address in doors(manager):
        host, port = address.removeprefix("tls://").split(":")
        assert said_to(context, host, int(port)) == b""


def test_each_process_listens_on_its_one_door(manager):
    processes = map(psutil.Process, manager._keeper.connection.cluster.pids())
    found = [place for process in processes for place in listening(process)]
    expected = [address.removeprefix("tls://").split(":") for address in doors(manager)]
    assert sorted(found) == sorted((host, int(port)) for host, port in expected)
    assert {host for host, _ in found} == {"127.0.0.1"}


def test_the_key_is_not_where_others_can_read_it(manager):
    key = manager._keeper.connection.cluster._identity.key
    inside = next(line for line in key.splitlines() if not line.startswith("-"))
    assert inside not in repr(manager._keeper.connection.cluster._identity)
    for seen in map(psutil.Process, manager._keeper.connection.cluster.pids()):
        assert inside not in " ".join(seen.cmdline())
        assert inside not in "".join(seen.environ().values())


def test_an_identity_survives_its_line_and_is_never_the_same():
    one, other = Identity.fresh(), Identity.fresh()
    assert "\n" not in one.to_line()
    assert Identity.from_line(one.to_line() + "\n") == one
    assert one != other
