"""The files for a device under "Take it away", and the way to a phone."""

from __future__ import annotations

import types

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.device.collected import collected
from kdlab.errors import ModelError
from pages.ui.shell import launch, reach, workers
from pages.ui.stage import device
from pages.ui.stream import handed
from tests.patience import PATIENCE

TIME = {"median": 0.1234, "low": 0.1, "high": 0.2, "repeats": 9}
FACTS = {
    "bytes": 5892,
    "difference": 1e-7,
    "alike": 0.995,
    "accuracy": 0.964,
    "judged": 500,
    "latency_ms": TIME,
}
FILE = {"name": "distilled.onnx", "role": "distilled", "format": "onnx", "content": b"file"}
PAGE = {"name": "student.html", "role": "distilled", "format": "html", "content": b"<p>page</p>"}


def drawn(mark):
    from pages.ui.stage import device

    device.panel("live", mark, (print, "run"), "kdlab-digits")


@pytest.fixture
def worker(monkeypatch):
    """What a worker was asked, and what it is to say."""
    told = types.SimpleNamespace(asked=[], says=None, remarks=[])

    def call(function, *args, timeout):
        told.asked.append((function, args, timeout))
        if isinstance(told.says, Exception):
            raise told.says
        return {"machine": "a_machine", "files": told.says, "remarks": told.remarks}

    monkeypatch.setattr(workers, "manager", lambda: types.SimpleNamespace(call=call))
    return told


@pytest.fixture
def offered(monkeypatch):
    found = []
    monkeypatch.setattr(device.offers, "offer", lambda *args: found.append(args))
    return found


def panel(mark="one"):
    return AppTest.from_function(drawn, args=(mark,), default_timeout=PATIENCE).run()


def pressed(page):
    page.button(key="live.device.make").click().run()
    assert not page.exception
    return page


def test_files_are_made_when_somebody_asks_and_stay(worker, offered):
    worker.says = [FILE | {"facts": FACTS}]
    page = panel()
    assert (worker.asked, offered) == ([], [])
    page = pressed(page)
    ((function, args, timeout),) = worker.asked
    assert (function, timeout) == (collected, device.SECONDS)
    assert args == (print, "run", "onnx,int8,html", ())
    assert offered == [("distilled.onnx", b"file", "kdlab-digits-distilled.onnx", "live")]
    (table,) = page.dataframe
    assert table.value.iloc[0].tolist() == [
        "distilled.onnx", "5,892", "96.40", "99.5", "0.123 (0.100 to 0.200)",
    ]  # fmt: skip
    assert any("a\\_machine" in caption.value for caption in page.caption)
    page.run()
    assert len(worker.asked) == 1


def test_what_is_left_out_is_told(worker, offered):
    worker.says, worker.remarks = [FILE | {"facts": FACTS}], ["*this* is left out"]
    page = pressed(panel())
    (warning,) = page.warning
    assert "\\*this\\* is left out" in warning.value
    assert any("500 test examples" in caption.value for caption in page.caption)


def test_more_than_a_server_holds_is_refused(worker, offered, monkeypatch):
    monkeypatch.setattr(device, "MOST_BYTES", 3)
    worker.says = [FILE | {"facts": FACTS}]
    page = pressed(panel())
    (error,) = page.error
    assert "4 bytes together" in error.value
    assert (offered, page.session_state[device.KEPT]["files"]) == ([], [])


def test_every_file_that_is_offered_can_be_saved():
    from pages.ui.stage.offers import KINDS

    for name in device.OFFERED:
        assert f".{device.FORMATS[name].ending.rpartition('.')[2]}" in KINDS


def test_the_others_may_stand_beside_it(worker, offered):
    worker.says = []
    page = panel()
    page.toggle(key="live.device.beside").set_value(True).run()
    pressed(page)
    assert worker.asked[0][1][3] == ("teacher", "labels only")


def test_of_text_bits_are_told():
    line = device.row(FILE | {"facts": FACTS | {"bits": 2.5}})
    assert line["Bits per character"] == "2.500"


def test_files_of_other_work_are_not_offered(worker, offered):
    worker.says = [FILE | {"facts": FACTS}]
    page = pressed(panel())
    offered.clear()
    page.session_state[device.KEPT] |= {"mark": "live another"}
    page.run()
    assert (offered, len(page.dataframe)) == ([], 0)


def test_what_went_wrong_is_told(worker, offered):
    worker.says = ModelError("logits differ", "a *file* that agrees", "Take another format")
    page = pressed(panel())
    (error,) = page.error
    assert "logits differ" in error.value
    assert "\\*file\\*" in error.value
    assert offered == []


def test_a_phone_is_led_to_the_page(worker, offered, monkeypatch):
    monkeypatch.setattr(reach, "from_elsewhere", lambda: "http://192.168.1.7:8501/lab")
    files = handed.Files()
    monkeypatch.setattr(handed, "files", lambda: files)
    worker.says = [PAGE | {"facts": {"bytes": 11}}]
    page = pressed(panel())
    (address,) = (code.value for code in page.code)
    root, path, token, name = address.rsplit("/", 3)[0], *address.split("/")[-3:]
    assert root == "http://192.168.1.7:8501/lab/kdlab"
    assert (path, name) == ("phone", "student.html")
    assert files.find(token).content == b"<p>page</p>"
    assert len(page.dataframe) == 0
    page.run()
    assert [code.value for code in page.code] == [address]


def test_a_server_of_this_machine_alone_says_so(worker, offered, monkeypatch):
    monkeypatch.setattr(reach, "from_elsewhere", lambda: None)
    worker.says = [PAGE | {"facts": {"bytes": 11}}]
    page = pressed(panel())
    assert len(page.code) == 0
    assert any("--server.address" in caption.value for caption in page.caption)


def test_a_code_is_read_by_any_camera():
    drawn = device.code("http://192.168.1.7:8501/kdlab/phone/x/student.html")
    assert drawn.lstrip().startswith(("<?xml", "<svg"))
    assert "#fff" in drawn


@pytest.mark.parametrize(
    ("listens", "own", "found"),
    [
        ("localhost", "192.168.1.7", None),
        ("0.0.0.0", "192.168.1.7", "http://192.168.1.7:8501"),
        ("", "192.168.1.7", "http://192.168.1.7:8501"),
        ("0.0.0.0", None, None),
    ],
)
@pytest.mark.parametrize("base", ["", "/kd"])
def test_who_reaches_this_server(listens, own, found, base, monkeypatch):
    monkeypatch.setattr(reach.st, "get_option", lambda name: listens)
    monkeypatch.setattr(reach, "own_address", lambda: own)
    monkeypatch.setattr(launch, "address", lambda: f"http://localhost:8501{base}/")
    assert reach.from_elsewhere() == (found and found + base)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://lab.example.org/live?alpha=1", "https://lab.example.org"),
        ("https://lab.example.org/kd/live", "https://lab.example.org/kd"),
        ("https://lab.example.org/proxy/8501/live", "https://lab.example.org/proxy/8501"),
        ("https://lab.example.org/proxy/8501", "https://lab.example.org/proxy/8501"),
        ("https://lab.example.org", "https://lab.example.org"),
        ("http://192.168.1.7:8501/live/", "http://192.168.1.7:8501"),
        ("http://localhost:8501/kd/live", "http://192.168.1.9:8501/kd"),
        ("http://lab.example.org:port/live", None),
        ("http://localhost:99999/live", None),
        ("http://[lab/live", None),
    ],
)
def test_a_visitor_from_elsewhere_knows_the_address(url, found, monkeypatch):
    monkeypatch.setattr(reach.st, "context", types.SimpleNamespace(url=url))
    monkeypatch.setattr(reach.st, "get_option", lambda name: "0.0.0.0")
    monkeypatch.setattr(reach, "own_address", lambda: "192.168.1.9")
    assert reach.from_elsewhere() == found


def test_handed_files_go_after_an_hour_and_where_there_are_too_many():
    now = [0.0]
    files = handed.Files(lambda: now[0])
    first = files.hand("a.html", b"a")
    assert files.hand("a.html", b"a") == first, "the same page keeps its address"
    now[0] = handed.SECONDS - 1
    second = files.hand("b.html", b"b")
    assert files.find(first).name == "a.html"
    now[0] = handed.SECONDS
    assert files.find(first) is None
    assert files.hand("a.html", b"a") == first, "for what a browser has kept of it"
    assert handed.Files().hand("a.html", b"a") != first, "nobody else knows it"
    assert files.hand("a.htm", b"la") != first
    assert files.find(second).content == b"b"
    large = files.hand("c.html", bytes(handed.MOST_BYTES))
    assert files.find(second) is None
    assert files.find(large) is not None


def of_a_table():
    from pages.ui.stage import device

    device.panel("live", "one", (print, "run"), "kdlab-table", for_phone=False)


def test_a_table_has_no_page_for_the_phone_and_why_is_said(worker, offered):
    worker.says = []
    page = AppTest.from_function(of_a_table, default_timeout=PATIENCE).run()
    assert "The page for the phone" not in page.button_group[0].options
    assert any("no way to enter the rows of a table" in caption.value for caption in page.caption)
    assert not page.toggle
    pressed(page)
    assert worker.asked[0][1][2] == "onnx,int8"
