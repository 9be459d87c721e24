"""Files that were taken are given up by the server's memory, and visitors' are bounded."""

from __future__ import annotations

import pytest
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.testing.v1 import AppTest

from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from tests.patience import PATIENCE

LARGE = bytes(1_000_000)


def script():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from pages.ui.widgets import taken

    def take(file):
        st.session_state["file"] = file
        st.session_state["got"] = (file.name, len(file.getvalue()))
        if file.name == "bad.zip":
            raise ValueError(file.name)

    taken.uploader("An archive", ["zip"], "here", take, "help")
    context = get_script_run_ctx()
    files = context.uploaded_file_mgr.file_storage
    st.session_state["held"] = sum(len(f.data) for one in files.values() for f in one.values())


def drawn():
    return AppTest.from_function(script, default_timeout=PATIENCE).run()


def widgets(page):
    """What the session holds for widgets that are there or have been."""
    return [page.session_state[name] for name in ("here", "here#1") if name in page.session_state]


@pytest.mark.parametrize("name", ["good.zip", "bad.zip"])
def test_the_memory_gives_up_a_file_that_was_taken(name):
    page = drawn()
    page.file_uploader[0].upload(name, LARGE, "application/zip").run()
    assert page.session_state["got"] == (name, len(LARGE))
    assert page.session_state["held"] == 0
    assert page.session_state["file"].getvalue() == b""
    page.run()
    assert page.file_uploader[0].value is None
    assert page.session_state["held"] == 0
    assert not any(isinstance(value, UploadedFile) for value in widgets(page))


def test_one_file_after_the_other_is_taken():
    page = drawn()
    for name in ("a.zip", "b.zip", "c.zip"):
        page.file_uploader[0].upload(name, LARGE, "application/zip").run()
        assert page.session_state["got"] == (name, len(LARGE))
    assert page.session_state["held"] == 0
    assert not page.exception


@pytest.mark.parametrize(("set_to", "shown"), [("50", 48), ("0.001", 1), ("0", 200), ("999", 200)])
def test_the_widget_of_a_visitor_takes_no_larger_file(set_to, shown, monkeypatch):
    monkeypatch.setenv("KDLAB_UPLOAD_MB", set_to)
    assert drawn().file_uploader[0].proto.max_upload_size_mb == 200
    visitor.ask(lambda: Visitor("anna"))
    assert drawn().file_uploader[0].proto.max_upload_size_mb == shown
