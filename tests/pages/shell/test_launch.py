"""The server tells its owner's address: the right port, and to nobody else."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import types
from pathlib import Path

import pytest

from kdlab import bootstrap
from kdlab.hosting import key
from pages.ui.shell import launch
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
RUN = ["run", "app.py"]
OURS = ["--server.headless", "true", "--logger.hideWelcomeMessage", "true"]


@pytest.fixture
def options(monkeypatch):
    """Streamlit's options, as they are set here."""
    found = {
        "server.address": "localhost",
        "server.port": 8503,
        "server.baseUrlPath": "",
        "server.sslCertFile": None,
    }
    monkeypatch.setattr(launch.st, "get_option", found.__getitem__)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(launch.config, "get_config_files", lambda name: [])
    return found


@pytest.fixture
def _by_key(monkeypatch):
    monkeypatch.setenv("KDLAB_TRUST", "key")


# -- the options ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize(
    ("said", "opens"),
    [
        ([], True),
        (["--server.headless", "true"], False),
        (["--server.headless=true"], False),
        (["--server.headless", "True", "--server.headless", "false"], True),
        (["--server.port", "1", "--server.headless=1"], False),
        (["--", "--server.headless", "true"], True),
    ],
)
def test_the_lab_opens_the_browser_itself_where_streamlit_would(said, opens):
    found, really = launch.prepared([*RUN, *said])
    assert really is opens
    end = found.index("--") if "--" in found else len(found)
    assert found[:6] == [*RUN, *OURS]
    assert not any("headless" in word for word in found[6:end])
    assert found[end:] == said[len(said) - len(found[end:]) :]


@pytest.mark.usefixtures("options")
def test_without_a_screen_no_browser_is_opened(monkeypatch):
    monkeypatch.setattr(launch.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert launch.prepared(RUN) == ([*RUN, *OURS], False)
    assert launch.prepared([*RUN, "--server.headless", "false"])[1]


@pytest.mark.usefixtures("options")
def test_what_was_set_elsewhere_counts_as_streamlit_counts_it(monkeypatch, tmp_path):
    """The files, the later ones first, then the environment, then the command line."""
    files = [tmp_path / name for name in ("user.toml", "project.toml", "broken.toml", "none.toml")]
    monkeypatch.setattr(launch.config, "get_config_files", lambda name: [str(f) for f in files])
    files[0].write_text("[server]\nheadless = true\nmaxUploadSize = 20")
    assert launch.prepared(RUN) == ([*RUN, *OURS], False)
    assert "--server.maxUploadSize" not in launch.prepared([*RUN, "--server.address", "::"])[0]
    files[1].write_text("[server]\nheadless = false")
    files[2].write_text("[server")
    assert launch.prepared(RUN)[1]
    monkeypatch.setenv("STREAMLIT_SERVER_HEADLESS", "true")
    assert not launch.prepared(RUN)[1]
    assert launch.prepared([*RUN, "--server.headless", "false"])[1]
    monkeypatch.setenv("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", "500")
    assert "50" in launch.prepared([*RUN, "--server.address", "::"])[0]


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "lab.example.org", ""])
@pytest.mark.parametrize(
    ("most", "wanted"), [("50", "50"), ("0.2", "1"), ("0", None), ("1e4", None)]
)
def test_a_server_for_others_takes_no_file_that_no_visitor_may_load(
    address, most, wanted, monkeypatch
):
    monkeypatch.setenv("KDLAB_UPLOAD_MB", most)
    found, _ = launch.prepared([*RUN, "--server.address", address])
    given = found[found.index("--server.maxUploadSize") + 1] if wanted else None
    assert given == wanted
    assert ("--server.maxUploadSize" in found) is (wanted is not None)
    chosen, _ = launch.prepared([*RUN, f"--server.address={address}", "--server.maxUploadSize=7"])
    assert chosen.count("--server.maxUploadSize=7") == 1
    assert "--server.maxUploadSize" not in chosen


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize("address", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"])
def test_a_server_for_this_machine_takes_what_it_took(address):
    assert "--server.maxUploadSize" not in launch.prepared([*RUN, "--server.address", address])[0]


# -- what is told ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "address"),
    [
        ({}, "http://localhost:8503/"),
        ({"server.address": "0.0.0.0"}, "http://localhost:8503/"),
        ({"server.address": None}, "http://localhost:8503/"),
        ({"server.address": "::1"}, "http://[::1]:8503/"),
        ({"server.baseUrlPath": "/lab/"}, "http://localhost:8503/lab/"),
        ({"server.sslCertFile": "x.pem"}, "https://localhost:8503/"),
    ],
)
@pytest.mark.usefixtures("_by_key")
def test_the_address_is_the_servers_own(options, changed, address):
    options |= changed
    assert launch.address() == address
    assert f"{address}?owner={key.secret()}" in "\n".join(launch.words())


@pytest.mark.usefixtures("options", "_by_key")
def test_the_first_address_is_the_one_of_who_reads_it():
    """Somebody alone opens what stands first."""
    first = next(line for line in launch.words() if "http" in line)
    assert first.endswith(key.secret())


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize("trust", ["everybody", "nobody", "nonsense"])
def test_without_a_key_none_is_told(trust, monkeypatch, capsys):
    monkeypatch.setenv("KDLAB_TRUST", trust)
    told = "\n".join(launch.words())
    assert "http://localhost:8503/" in told
    assert "owner" not in told
    assert ("KDLAB_TRUST" in capsys.readouterr().out) is (trust == "nonsense")


@pytest.mark.usefixtures("options", "_by_key")
@pytest.mark.parametrize("opens", [True, False])
def test_it_is_told_when_the_server_is_there_and_the_browser_gets_no_key(
    opens, monkeypatch, capsys
):
    looks, shown = iter([False, False, True]), []
    monkeypatch.setattr(launch, "_is_there", lambda: next(looks))
    launch._tell_when_there(opens, shown.append, 0)
    assert list(looks) == []
    assert key.secret() in capsys.readouterr().out
    assert len(shown) == opens
    for address in shown:  # every user of the machine can read it
        assert key.secret() not in address
        assert key.opens(address.partition("?owner=")[2])


@pytest.mark.usefixtures("options", "_by_key")
def test_a_plain_streamlit_run_tells_it_once(monkeypatch, capsys):
    monkeypatch.setattr(launch, "_told", launch.threading.Event())
    monkeypatch.setattr(launch.runtime, "exists", lambda: True)
    launch.tell_once()
    launch.tell_once()
    assert capsys.readouterr().out.count(key.secret()) == 1


@pytest.mark.parametrize("out", [None, "closed"])
def test_a_server_without_a_terminal_tells_nobody(out, monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed if out else None)
    launch._say(["x"])


def test_the_lab_itself_opens_as_it_says(monkeypatch):
    """`streamlit` is called with the options."""
    seen = []
    fake = types.SimpleNamespace(main=lambda prog_name: seen.append((prog_name, sys.argv[1:])))
    monkeypatch.setitem(sys.modules, "streamlit.web.cli", fake)
    monkeypatch.setattr(launch, "_tell_when_there", lambda opens: seen.append(opens))
    monkeypatch.setattr(launch, "_told", launch.threading.Event())
    monkeypatch.setattr(sys, "argv", ["-c", *RUN, "--server.headless", "true"])
    launch.main()
    assert ("streamlit", [*RUN, *OURS]) in seen
    assert False in seen
    assert launch._told.is_set()


@pytest.mark.slow
def test_where_the_port_is_busy_the_address_is_that_of_the_next(tmp_path):
    """A real server, which is asked for by nobody."""
    with socket.socket() as busy, socket.socket() as other:
        for one in (other, busy):  # Streamlit takes a port that it finds taken for its own
            one.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        environment = {
            **os.environ,
            "KDLAB_TRUST": "key",
            "KDLAB_HOME": str(tmp_path),
            "STREAMLIT_SERVER_PORT": str(port),
        }
        code = "import streamlit.config as c; c.is_manually_set = lambda n: n != 'server.port'\n"
        command = [sys.executable, "-c", code + bootstrap.STREAMLIT, *RUN]
        server = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1", "--server.headless", "true"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        timer = launch.threading.Timer(PATIENCE, server.kill)
        timer.start()
        try:
            said = next((line for line in server.stdout if "?owner=" in line), "")
        finally:
            timer.cancel()
            server.kill()
            server.communicate()
    secret = (tmp_path / "owner-key").read_text().strip()
    found = int(said.partition("127.0.0.1:")[2].partition("/")[0])
    assert found > port
    assert said.strip().endswith(f"/?owner={secret}")


@pytest.mark.usefixtures("options")
def test_a_size_that_is_no_number_is_streamlits_to_refuse(monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", "many")
    assert "--server.maxUploadSize" in launch.prepared([*RUN, "--server.address", "::"])[0]
