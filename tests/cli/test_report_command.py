"""``python -m kdlab report``: which result, which files, and what is said where there is none."""

from __future__ import annotations

import argparse
import errno
import json
import shlex
import shutil

import pytest
import small_runs

from kdlab.cli import experiment as commands
from kdlab.cli.options import read_settings
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.report import common
from kdlab.studies import EXPERIMENTS
from kdlab.system import files
from kdlab.system.paths import BUNDLED

RUN = EXPERIMENTS["distill"].presets["few-labels"].fingerprint()
MAP = EXPERIMENTS["sweep"].normal(EXPERIMENTS["sweep"].presets["temperature-alpha"]).fingerprint()


def test_one_file_of_html(kdlab, tmp_path):
    out = tmp_path / "new" / "report.html"
    code, told, _ = kdlab("report", "few-labels", "--out", out, "--json")
    assert code == 0
    said = json.loads(told)
    assert said["files"] == [str(out)]
    assert said["fingerprint"] == RUN
    assert said["verdict"].startswith("Distillation helped with this teacher: +")
    assert said["made"] == "This result came with the lab."
    assert list(out.parent.iterdir()) == [out]
    assert said["question"] in out.read_text(encoding="utf-8")


def test_figures_alone(kdlab, tmp_path):
    folder = tmp_path / "slides"
    code, told, _ = kdlab("report", "chains", "--figures", folder, "--format", "png")
    assert code == 0
    assert {path.suffix for path in folder.iterdir()} == {".png"}
    assert all(str(path) in told for path in folder.iterdir())


@pytest.mark.parametrize(
    ("what", "title"),
    [
        (RUN[:8], "Does distillation"),
        (MAP, "How does the gain"),
        ("small-digits", "Which student"),
        ("device-names", "Is what a teacher taught"),
        ("ceb9ff49", "Does knowledge survive"),
    ],
)
def test_the_kind_of_work_is_found_out(kdlab, tmp_path, what, title, monkeypatch):
    monkeypatch.setattr("kdlab.report.html.rendered", lambda *args: b"")
    code, told, _ = kdlab("report", what, "--out", tmp_path / "r.html")
    assert code == 0
    assert told.startswith(title)


def test_settings_in_a_file(kdlab, tmp_path, monkeypatch):
    monkeypatch.setattr("kdlab.report.html.rendered", lambda *args: b"")
    for name, title in (("sweep", "How does"), ("search", "Which student"), ("chains", "Does kn")):
        path = tmp_path / f"{name}.json"
        path.write_text(next(iter(EXPERIMENTS[name].presets.values())).to_json(), "utf-8")
        code, told, _ = kdlab("report", path, "--out", tmp_path / "r.html")
        assert code == 0
        assert told.startswith(title)
        code, told, _ = kdlab("report", path, "--of", name, "--out", tmp_path / "r.html")
        assert code == 0
    code, _, why = kdlab("report", path, "--of", "sweep", "--out", tmp_path / "r.html")
    assert code == 2
    assert "assistant' is not a setting" in why


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nonsense", "--out", "r.html"], "'nonsense' is not a result"),
        (["few-labels"], "--out is missing"),
        (["few-labels", "--out", "r.pdf"], "--out is 'r.pdf'. Allowed: a file whose name ends in"),
        (["few-labels", "--figures", "f", "--format", "gif"], "--format is 'gif'. Allowed: png"),
        (["few-labels", "--out", "r.md", "--of", "pupils"], "--of is 'pupils'"),
        (["gone.json", "--out", "r.md"], "the file 'gone.json' cannot be read"),
    ],
)
def test_what_is_wrong_is_said(kdlab, tmp_path, monkeypatch, words, why):
    monkeypatch.chdir(tmp_path)
    code, told, said = kdlab("report", *words)
    assert (code, told) == (2, "")
    assert why in said
    assert list(tmp_path.iterdir()) == []


def test_what_was_never_trained_is_no_result(kdlab, tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"seeds": 2}', "utf-8")
    code, _, why = kdlab("report", path, "--out", tmp_path / "r.html")
    assert code == 1
    assert "is not kept here" in why
    assert "Train it first: python -m kdlab distill --config FILE.json" in why
    assert not (tmp_path / "r.html").exists()


def test_a_damaged_result_is_said_to_be(kdlab, tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    kept = tmp_path / "home" / "runs" / RUN
    shutil.copytree(BUNDLED / "runs" / RUN, kept)
    (kept / "events.jsonl").write_bytes(b'{"event": "RunStarted"')
    code, _, why = kdlab("report", "few-labels", "--out", tmp_path / "r.html")
    assert code == 1
    assert "a stored run is damaged" in why
    assert not (tmp_path / "r.html").exists()


def test_what_was_made_here_has_its_day(kdlab, tmp_path, monkeypatch):
    import os

    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("kdlab.report.html.rendered", lambda *args: b"")
    kept = tmp_path / "home" / "runs" / RUN
    shutil.copytree(BUNDLED / "runs" / RUN, kept)
    os.utime(kept / "events.jsonl", (1_700_000_000, 1_700_000_000))
    code, told, _ = kdlab("report", RUN, "--out", tmp_path / "r.html", "--json")
    assert code == 0
    assert json.loads(told)["made"] == "Result of 14 November 2023."


def test_a_disk_that_is_full_leaves_nothing_half_written(kdlab, tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("kdlab.report.html.rendered", lambda *args: b"")
    monkeypatch.setattr(files, "write", full)
    code, _, why = kdlab("report", "few-labels", "--out", tmp_path / "r.html")
    assert code == 1
    assert "cannot be written (No space left on device)" in why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_full_run(kdlab, tmp_path):
    folder = small_runs.ran(tmp_path / "run", seeds=2)
    code, told, _ = kdlab("report", folder.path, "--out", tmp_path / "r.md", "--json")
    assert code == 0
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    done = small_runs.results(folder)
    for facts in done.values():
        assert f"{100 * facts['accuracy']:.2f}" in text
    assert "No figures of this pair with this recipe have been published" in text
    assert "kdlab full\\-run" in text or "kdlab full-run" in text
    assert len(json.loads(told)["files"]) > 3


def test_a_full_run_that_is_not_finished_has_no_report(kdlab, tmp_path):
    small_runs.new(tmp_path / "run")
    code, _, why = kdlab("report", tmp_path / "run", "--out", tmp_path / "r.md")
    assert code == 1
    assert "has no result yet (Set up, not started)" in why


@pytest.mark.slow
def test_a_full_run_whose_events_are_damaged_is_said_to_be(kdlab, tmp_path):
    folder = small_runs.ran(tmp_path / "run")
    events = folder.path / "events.jsonl"
    events.write_bytes(events.read_bytes().replace(b'"accuracy"', b'"accurate"', 1))
    code, _, why = kdlab("report", folder.path, "--out", tmp_path / "r.md")
    assert code == 1
    assert "Allowed" in why


@pytest.mark.parametrize("name", ["distill", "sweep", "search", "chains", "claims"])
def test_the_command_of_a_report_asks_for_the_same(name):
    experiment = EXPERIMENTS[name]
    for preset in experiment.presets.values():
        config = experiment.normal(preset)
        words = shlex.split(common.command(experiment.command, config))
        assert words[:3] == [".venv/bin/python", "-m", "kdlab"]
        options = words[3 + len(experiment.command.split()) :]
        parser = argparse.ArgumentParser()
        commands.fill(parser, experiment)
        read = read_settings(parser.parse_args(options), experiment.config)
        assert experiment.normal(read) == config


def test_the_page_of_a_report_is_the_link_of_the_page():
    from urllib.parse import parse_qsl, urlsplit

    for config in EXPERIMENTS["distill"].presets.values():
        link = urlsplit(common.page("live", config))
        read, problems = DistilConfig.from_query(dict(parse_qsl(link.query)))
        assert (link.path, read, problems) == ("live", config, [])


def test_an_upload_is_called_as_who_asks_has_called_it():
    name = uploads.keep(b"PK\3\4 anything", "<b>holiday|in Rome</b>.zip")
    config = DistilConfig(dataset="images", folder=name)

    def told():
        _, everything = common.settings(config)
        return next(row[1] for row in everything.rows if row[3] == "folder")

    assert told() == "<b>holiday|in Rome</b>.zip"
    with visitor.acting_for(Visitor("somebody else")):
        assert told() == f"the archive {name.removeprefix('upload:')[:8]}"
