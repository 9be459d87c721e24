"""The report under "Take it away": made when its button is pressed, for whom the page was drawn."""

from __future__ import annotations

import io
import types
import zipfile

import pytest

from kdlab.hosting import visitor
from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.report.document import Paragraph, Report, Section
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS
from pages.ui.shell import workers
from pages.ui.stage import offers, report


@pytest.fixture
def offered(monkeypatch):
    """(label, content, name) of each button."""
    found = []
    monkeypatch.setattr(offers, "offer", lambda *args: found.append(args[:3]))
    return found


def test_nothing_is_made_before_the_button_is_pressed(offered):
    asked = []

    def make():
        asked.append(visitor.current())
        section = Section("Data", (Paragraph("words"),))
        return Report("Why?", "Report of a run.", "", (Paragraph("So.", "verdict"),), (section,))

    somebody = Visitor("somebody")
    with visitor.acting_for(somebody):
        report.offer(make, "kdlab-run")
    assert [(label, name) for label, _, name in offered] == [
        ("Report, HTML", "kdlab-run-report.html"),
        ("Report and figures, ZIP", "kdlab-run-report.zip"),
    ]
    assert asked == []
    assert visitor.current() == OWNER
    assert b"<h1>Why?</h1>" in offered[0][1]()
    assert asked == [somebody], "whose report it is, also where nobody is before the browser"
    with zipfile.ZipFile(io.BytesIO(offered[1][1]())) as packed:
        assert packed.namelist() == ["report/report.md"]


@pytest.mark.parametrize("name", ["distill", "sweep"])
def test_a_report_of_what_is_on_screen(name, monkeypatch):
    monkeypatch.setattr(workers, "store", Store)
    experiment = EXPERIMENTS[name]
    config = experiment.normal(next(iter(experiment.presets.values())))
    history = experiment.history(config)
    history.take(experiment.load_result(config, bundled=True))
    work = types.SimpleNamespace(experiment=experiment)
    shown = types.SimpleNamespace(work=work, config=config, known=history)
    made = report.of_screen(shown)()
    assert dict(made.facts)["Fingerprint"] == config.fingerprint()
    assert made.figures
