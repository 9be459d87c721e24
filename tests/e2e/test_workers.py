"""The line on the workers, and what the whole lab opens to the network."""

from __future__ import annotations

import re

import psutil
from playwright.sync_api import expect

from kdlab.bench import serving
from kdlab.jobs.workers import usual
from tests.jobs.conftest import listening, wait_until

STATES = """
from pathlib import Path

import streamlit as st

from kdlab.errors import JobError
from pages.ui.shell import workers
from pages.ui.stream import workers_line


class Told:
    address, workers, waited = None, 2, 40.0
    problem = JobError("nothing answers", "a scheduler", "Start it")

    @property
    def state(self):
        return Path({path!r}).read_text()


workers.manager = Told
st.title("Home")
workers_line.show()
"""


APP = """
import streamlit as st
from pages.ui.stream.routes import routes

app = st.App({script!r}, routes=routes())
"""


def test_the_line_on_the_workers_changes_by_itself(browser, tmp_path):
    """Whichever way they go, as often as they do; the workers do what the test says."""
    state, script = tmp_path / "state", tmp_path / "home.py"
    state.write_text("starting")
    script.write_text(STATES.format(path=str(state)))
    app = tmp_path / "app.py"
    app.write_text(APP.format(script=str(script)))
    with (
        serving.lab(tmp_path, str(app)) as served,
        browser.new_context(base_url=served.url) as context,
    ):
        page = context.new_page()
        page.goto("/")
        line = page.get_by_test_id("stMain")
        for now, words in (
            ("starting", "getting ready, for 40 s so far"),
            ("failed", "No workers: nothing answers"),
            ("starting", "getting ready"),
            ("ready", "Workers: ready (2 on this machine)."),
        ):
            state.write_text(now)
            expect(line).to_contain_text(words)
            expect(page.get_by_text(re.compile("^(Workers:|No workers)"))).to_have_count(1)


def test_the_lab_opens_its_page_and_its_clusters_doors_on_loopback(server, workers):
    lab = psutil.Process(server.process.pid)
    own = listening(lab)
    assert [f"http://{host}:{port}" for host, port in own] == [server.url]

    def doors():
        return [place for child in lab.children(recursive=True) for place in listening(child)]

    wait_until(lambda: len(doors()) == 1 + usual())  # a scheduler and its workers, a port each
    family = doors()
    assert {host for host, _ in family} == {"127.0.0.1"}
