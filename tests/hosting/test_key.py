"""The owner's key: made once, for its user alone, and told from everything else."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kdlab.errors import ConfigError, StoreError
from kdlab.hosting import key
from kdlab.system import files
from kdlab.system.paths import default_home

pytestmark = pytest.mark.attack

ROOT = Path(__file__).parents[2]


def place():
    return default_home() / "owner-key"


def test_it_is_made_once_and_nobody_else_can_read_it():
    secret = key.secret()
    assert len(secret) >= 43, "256 bits"
    assert place().read_text().strip() == secret == key.secret()
    assert key.kept()
    assert [path.name for path in default_home().iterdir()] == ["owner-key"]
    if os.name != "nt":
        assert stat.S_IMODE(place().stat().st_mode) == 0o600


def test_every_home_has_another_key(monkeypatch, tmp_path):
    first = key.secret()
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "other"))
    assert key.secret() != first
    assert not key.is_key(first)


def test_processes_that_begin_together_have_the_same_key():
    code = "from kdlab.hosting import key; print(key.secret())"
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    said = {process.communicate()[0].strip() for process in started}
    assert said == {key.secret()}


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 20, b"a b " * 20, b"x" * 5000])
def test_half_a_key_is_replaced_and_counts_for_nothing(content):
    default_home().mkdir(exist_ok=True)
    place().write_bytes(content)
    secret = key.secret()
    assert place().read_text().strip() == secret
    assert not key.is_key(content.decode("ascii", "replace"))


@pytest.mark.parametrize("text", ["", " ", "x", "é", "\udc80", "0" * 43, "\0", "a" * 10_000])
def test_nothing_else_is_the_key(text):
    assert not key.is_key(text)
    assert not key.opens(text)
    assert not key.is_pass(text)
    assert not key.is_key(key.secret() + text + "x")
    assert key.is_key(key.secret())


def test_a_home_that_takes_no_file_has_a_key_for_this_process(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "file"))
    assert key.is_key(key.secret())
    assert not key.kept()
    with pytest.raises(StoreError, match="KDLAB_HOME"):
        key.renew()


def test_another_users_key_is_neither_read_nor_replaced(monkeypatch):
    theirs = key.secret()

    def refuse(path, limit):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(files, "regular", refuse)
        assert key.secret() != theirs
        assert key.is_key(key.secret())
        assert not key.kept()
    assert key.secret() == theirs


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_key_that_is_no_file_does_not_hold_the_server():
    default_home().mkdir(exist_ok=True)
    os.mkfifo(place())
    assert key.is_key(key.secret())
    assert key.kept()


def test_a_file_system_without_links_keeps_it_too(monkeypatch):
    def refuse(source, target):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    assert key.secret() == key.secret() == place().read_text().strip()


def test_a_new_key_ends_the_old_one_and_its_passes():
    old, shown, name = key.secret(), key.browser_pass(), key.cookie()
    assert key.is_pass(shown)
    new = key.renew()
    assert key.is_key(new)
    assert not key.is_key(old)
    assert not key.is_pass(shown)
    assert key.cookie() != name


def test_what_a_browser_keeps_is_not_the_key():
    assert key.secret() not in key.browser_pass() + key.cookie()
    assert not key.is_key(key.browser_pass())
    assert not key.is_pass(key.secret())
    assert key.derived("a", "b") != key.derived("ab", "")


def test_a_ticket_opens_once_and_for_some_minutes(monkeypatch):
    ticket, other = key.ticket(), key.ticket()
    assert not key.is_key(ticket)
    assert key.opens(ticket)
    assert not key.opens(ticket)
    now = key.time.monotonic()
    monkeypatch.setattr(key.time, "monotonic", lambda: now + key.TICKET_SECONDS + 1)
    assert not key.opens(other)
    assert key.opens(key.secret())
    assert key.opens(key.secret()), "the key is not used up"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", "key"), ("key", "key"), (" Everybody ", "everybody"), ("NOBODY", "nobody")],
)
def test_who_is_trusted_is_said(said, meant, monkeypatch):
    monkeypatch.setenv("KDLAB_TRUST", said)
    assert key.trust() == meant


@pytest.mark.parametrize("said", ["1", "yes", "all", "everyone", "key,nobody"])
def test_anything_else_is_no_trust(said, monkeypatch):
    monkeypatch.setenv("KDLAB_TRUST", said)
    with pytest.raises(ConfigError) as caught:
        key.trust()
    assert said in caught.value.received
    for word in ("key", "everybody", "nobody"):
        assert word in caught.value.allowed
    assert "KDLAB_TRUST" in caught.value.todo


# -- python -m kdlab key --------------------------------------------------------------------------


def test_the_command_prints_the_owners_address(kdlab, monkeypatch):
    monkeypatch.delenv("KDLAB_TRUST")
    code, out, err = kdlab("key")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"http://localhost:8501/?owner={key.secret()}"
    code, out, _ = kdlab("key", "--new", "--json")
    assert code == 0
    told = json.loads(out)
    assert told == {"address": told["address"], "key": key.secret(), "trust": "key"}
    assert told["address"].endswith(f"?owner={key.secret()}")


@pytest.mark.parametrize("trust", ["everybody", "nobody"])
def test_the_command_says_where_no_key_is_asked_for(kdlab, monkeypatch, trust):
    monkeypatch.setenv("KDLAB_TRUST", trust)
    code, out, _ = kdlab("key")
    assert code == 0
    assert f"KDLAB_TRUST={trust}" in out


def test_the_command_refuses_what_is_of_no_use(kdlab, monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_TRUST", "who knows")
    assert kdlab("key")[0] == 2
    monkeypatch.setenv("KDLAB_TRUST", "key")
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "file"))
    code, out, err = kdlab("key")
    assert (code, out) == (1, "")
    assert "this user can read no key in this home" in err
