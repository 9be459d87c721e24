"""A server and a browser for all browser tests, and a page that forgives nothing.

Everything here lives as long as this folder's tests (scope ``package``), not as long as the whole
session: playwright keeps an event loop running in the main thread, which other tests would trip on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kdlab.bench import serving
from tests import browsing
from tests.e2e.holds import Holds, held
from tests.e2e.watch import Watch
from tests.patience import PATIENCE

PATIENCE_MS = 1000 * PATIENCE

WATCHER = Path(__file__).with_name("watch.js")


@pytest.fixture(scope="package")
def browser():
    with browsing.browser() as started:
        from playwright.sync_api import expect

        expect.set_options(timeout=PATIENCE_MS)
        yield started


@pytest.fixture(scope="package")
def _holds(tmp_path_factory) -> Iterator[Holds]:
    with held(tmp_path_factory.mktemp("holds")) as holds:
        yield holds


@pytest.fixture
def holds(_holds) -> Iterator[Holds]:
    """Holds runs at named events; at the end of the test nothing is held."""
    yield _holds
    _holds.release_all()


@pytest.fixture(scope="package")
def server(browser, _holds, tmp_path_factory) -> Iterator[serving.Served]:
    """The lab with an empty store of its own; its log and its workers are checked at the end."""
    with serving.lab(tmp_path_factory.mktemp("lab")) as served:
        first = browser.new_page(base_url=served.url)  # starts the workers, imports the pages
        first.goto("/")
        first.get_by_text(re.compile("^Workers:")).wait_for(timeout=PATIENCE_MS)
        first.close()
        yield served
        said = served.said()
    assert not serving.trouble(said)
    assert not served.left_behind, "the server left processes behind"


@pytest.fixture
def visitor(browser, server) -> Iterator[Callable]:
    """Somebody new who opens a page: ``visitor("/live", color_scheme="dark")`` gives a page. With
    ``clock=True`` ``page.clock`` can make its time pass at once.

    A fault that any of a test's visitors met, or that the server logged, fails the test.
    """
    contexts, watches = [], []
    logged = len(server.said())

    def open_page(path: str = "/", clock: bool = False, **options):
        options = {"viewport": {"width": 1280, "height": 720}} | options
        context = browser.new_context(base_url=server.url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(path=WATCHER)
        page = context.new_page()
        page.watch = Watch(page)
        watches.append(page.watch)
        if clock:
            page.clock.install()
        page.goto(path)
        page.locator("h1").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)
    assert not serving.trouble(server.said()[logged:])


@pytest.fixture(scope="package")
def workers(browser, server) -> None:
    """Wait, once, until the worker processes have imported torch."""
    page = browser.new_page(base_url=server.url)
    try:
        page.goto("/")
        page.get_by_text(re.compile("^Workers: ready")).wait_for(timeout=PATIENCE_MS)
    finally:
        page.close()
