"""The owner of a server is who shows its key, and nobody else, whatever a browser says."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import time
import zipfile
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from kdlab.bench import serving
from kdlab.hosting import key
from tests.patience import PATIENCE

pytestmark = pytest.mark.attack

PATH = "Or a folder on this machine"
HINT = "python -m kdlab key prints it again"
IMAGES = "/live?dataset=images"
FORGED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "localhost",
    "Forwarded": "for=127.0.0.1;host=localhost",
    "X-Real-IP": "127.0.0.1",
}


@pytest.fixture(scope="module")
def owned(browser, tmp_path_factory):
    """A server as `python -m kdlab open` starts it, which trusts who shows the key."""
    with serving.lab(tmp_path_factory.mktemp("owned"), trust="key") as served:
        yield served
    assert not serving.trouble(served.said())


@pytest.fixture
def arrive(browser, owned):
    """Somebody with a browser of his own: gives the browser; its pages wait for their heading."""
    made = []

    def context(**options):
        made.append(browser.new_context(base_url=owned.url, **options))
        return made[-1]

    yield context
    for one in made:
        one.close()


def printed(owned):
    """The owner's address, as it stands in the terminal once the key is on the disk: the server
    answers before."""
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(r"http://\S+\?owner=(\S+)\s", owned.said())):
        assert time.monotonic() < deadline, owned.said()
        time.sleep(0.05)
    return found


def opened(context, address):
    page = context.new_page()
    page.goto(address)
    page.locator("h1").wait_for()
    return page


def is_visitor(page):
    page.goto("/")
    expect(page.get_by_text("What this server allows")).to_be_visible()
    expect(page.get_by_text("You are this server's owner")).to_have_count(0)


def is_owner(page):
    page.goto("/")
    expect(page.get_by_text("You are this server's owner")).to_be_visible()
    expect(page.get_by_text("What this server allows")).to_have_count(0)


def test_who_comes_by_the_plain_address_is_a_visitor(arrive):
    page = opened(arrive(), "/")
    is_visitor(page)
    page.get_by_text("What this server allows").click()
    for variable in ("KDLAB_VISITOR_JOBS", "KDLAB_UPLOAD_MB", "KDLAB_UPLOADS_ONLY"):
        expect(page.get_by_text(variable)).to_be_visible()
    page.goto(IMAGES)
    expect(page.get_by_test_id("stFileUploader").first).to_be_visible()
    expect(page.get_by_role("textbox", name=PATH)).to_have_count(0)
    page.goto(f"{IMAGES}&folder=/etc")
    refused = page.get_by_text("on this server only archives loaded through the page").first
    expect(refused).to_contain_text(HINT)
    page.goto("/full-run")
    expect(page.get_by_role("button", name="Start the run")).to_be_disabled()
    expect(page.get_by_text("Only this server's owner can start")).to_contain_text(HINT)


def test_the_printed_address_makes_the_owner_in_this_browser_alone(arrive, owned):
    address = printed(owned)
    secret = address[1]
    mine, other = arrive(), arrive()
    page = opened(mine, f"/full-run?owner={secret}")
    expect(page.get_by_role("button", name="Start the run")).to_be_enabled()
    assert "owner" not in page.url
    assert secret not in page.content()
    page.reload()
    expect(page.get_by_role("button", name="Start the run")).to_be_enabled()
    tab = opened(mine, IMAGES)
    expect(tab.get_by_role("textbox", name=PATH)).to_be_visible()
    assert "owner" not in tab.url
    assert secret not in tab.content()
    page.go_back()
    page.wait_for_url("about:blank")  # the address with the key is not in the history
    (kept,) = [cookie for cookie in mine.cookies() if cookie["name"].startswith("kdlab_owner")]
    assert secret not in kept["value"]
    assert (kept["sameSite"], kept["path"]) == ("Strict", "/")
    is_visitor(opened(other, "/"))
    is_owner(tab)
    assert owned.said().count(secret) == 1, "it stands in the log once: where it was printed"
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_text("What this server allows")).to_be_visible()
    is_visitor(tab)
    assert not [cookie for cookie in mine.cookies() if cookie["name"] == kept["name"]]


def test_a_wrong_key_is_told_and_gone_from_the_address(arrive):
    page = opened(arrive(), "/?owner=" + 43 * "A")
    expect(page.get_by_text("not this server owner's key")).to_be_visible()
    expect(page).to_have_url(re.compile(r"^[^?]*$"))
    is_visitor(page)


def test_a_browser_that_says_it_is_near_is_none(arrive):
    is_visitor(opened(arrive(extra_http_headers=FORGED), "/"))


def heard(owned, host="127.0.0.1", **options):
    """All that the server sends to a program that opens Home, with headers as it likes."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    port = urlsplit(owned.url).port
    said = []
    with connect(
        f"ws://{host}:{port}/_stcore/stream",
        sock=socket.create_connection(("127.0.0.1", port)),
        subprotocols=["streamlit"],
        proxy=None,
        max_size=None,
        **options,
    ) as stream:
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        stream.send(asked.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(stream.recv(timeout=PATIENCE))
            if message.WhichOneof("type") == "script_finished":
                return " ".join(said)
            said.append(str(message))


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"host": "localhost", "origin": "http://localhost"},
        {"host": "localhost", "additional_headers": FORGED},
        {"additional_headers": {"Cookie": "kdlab_owner=1; kdlab_owner_00000000=1"}},
    ],
    ids=["plain", "host and origin", "forwarded", "cookie"],
)
def test_no_header_makes_an_owner(owned, forged):
    said = heard(owned, **forged)
    assert "What this server allows" in said
    assert "You are this server" not in said


def test_what_the_browser_keeps_makes_one(owned, monkeypatch):
    """Else the test above could not fail."""
    monkeypatch.setenv("KDLAB_HOME", str(owned.log.parent / "home"))
    cookie = {"Cookie": f"{key.cookie()}={key.browser_pass()}"}
    assert "You are this server" in heard(owned, additional_headers=cookie)


def test_an_archive_that_was_taken_is_not_in_the_servers_memory(arrive, owned):
    def held():
        with urlopen(f"{owned.url}/_stcore/metrics?families=cache_memory_bytes") as answer:
            text = answer.read().decode()
        found = re.findall(r'type="UploadedFileManager"[^}]*} (\d+)', text)
        return sum(map(int, found))

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("cat", "dog"):
            for number in range(12):
                archive.writestr(f"{name}/{number}.png", os.urandom(100_000))
    page = opened(arrive(), IMAGES)
    with page.expect_request(re.compile("upload_file")) as sent:
        page.get_by_test_id("stFileUploader").first.locator("input").set_input_files(
            {"name": "pets.zip", "mimeType": "application/zip", "buffer": content.getvalue()}
        )
    assert sent.value.method == "PUT"
    expect(page.get_by_text("Found 2 classes")).to_be_visible()
    expect(page.get_by_test_id("stFileUploaderFile")).to_have_count(0)
    assert held() == 0


def test_a_new_key_ends_what_browsers_have_kept(arrive, owned):
    context = arrive()
    page = opened(context, printed(owned)[0])
    is_owner(page)
    done = subprocess.run(
        [sys.executable, "-m", "kdlab", "key", "--new"],
        cwd=serving.ROOT, capture_output=True, text=True,
        env={**os.environ, "KDLAB_HOME": str(owned.log.parent / "home"), "KDLAB_TRUST": "key"},
    )  # fmt: skip
    assert done.returncode == 0
    is_visitor(page)
    secret = re.search(r"owner=(\S+)", done.stdout)[1]
    is_owner(opened(context, f"/?owner={secret}"))
