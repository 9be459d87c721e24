"""A server that ends and starts again while a page is open."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from kdlab.bench import serving
from tests.e2e import holds, steps
from tests.patience import PATIENCE

PATIENCE_MS = 1000 * PATIENCE


def test_a_page_says_that_its_server_was_started_anew_and_trains_again(browser, tmp_path):
    folder = tmp_path / "holds"
    folder.mkdir()
    with holds.held(folder) as held:
        held.hold("on its way", "StudentsEpoch", epoch=5)
        with serving.lab(tmp_path) as served:
            port = urlsplit(served.url).port
            page = browser.new_page(base_url=served.url)
            page.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            page.goto("/live?seeds=2&epochs=9&first_seed=700")
            steps.button(page, "Train").click()
            steps.wait_for_points(page, 5)
        assert served.process.returncode is not None, "an open stream does not keep it"
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("The lab's server does not answer")
        expect(dialog).to_contain_text("python3 -m kdlab open")
        expect(dialog).not_to_contain_text("yourscript")
        expect(dialog).not_to_contain_text("internet")
        assert not served.left_behind
        held.release_all()
        with serving.lab(tmp_path, port=port):
            expect(page.get_by_text("The server was started again")).to_be_visible()
            expect(page.get_by_text("Press Train. Curves appear here")).to_be_visible()
            steps.button(page, "Train").click()
            expect(page.get_by_text(re.compile("^Trained here"))).to_be_visible()
            expect(page.get_by_text("The server was started again")).to_have_count(0)
        page.close()
