"""Own files on the page of full runs, and what it draws and gives away."""

from __future__ import annotations

import json

import pytest
from fullruns import (
    SMALL,
    events,
    shown,
    values,
)

from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import PAIRS
from pages.ui.charts import full_run as full_charts
from pages.ui.full_run import checks, export, start


def test_an_own_teacher_is_kept_by_a_worker(page, manager):
    from safetensors.numpy import save

    for name, value in SMALL.items():
        page.query_params[name] = str(value)
    page.run()
    file = ("w.safetensors", save({}, {"architecture": "resnet8"}), "application/octet-stream")
    page.file_uploader(key="full-run.load_teacher").set_value(file).run()
    assert manager.calls[-1][0] == "keep_teacher"
    assert values(page)["teacher_file"] == "given:abc"
    assert "w.safetensors is the teacher now: resnet8 for images of 1 x 8 x 8" in shown(page)
    assert "teacher given" in shown(page)
    page.button(key="full-run.remove_teacher").click().run()
    assert values(page)["teacher_file"] == ""
    bad = ("w.safetensors", save({}, {"architecture": "![x](y)"}), "application/octet-stream")
    page.file_uploader(key="full-run.load_teacher#1").set_value(bad).run()
    assert "is not known" in shown(page)
    assert not page.exception


def test_a_file_from_elsewhere_is_the_network_that_it_holds(tmp_path, monkeypatch):
    """Whatever is on the controls: what the worker keeps is a teacher of a run as it is."""
    import re

    import safetensors.torch
    import torch

    from kdlab import models
    from kdlab.full_run.recipe import teacher_file
    from kdlab.models import weights
    from pages.ui.full_run import worker_calls

    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    shape = (3, 32, 32)
    own = models.build("wrn-16-2", shape, 100, seed=1).state_dict()
    theirs = {  # the names that RepDistiller has for it
        re.sub(r"^layer(\d)", r"model.block\1.layer", k).replace(".shortcut", ".convShortcut"): t
        for k, t in own.items()
    }
    theirs = {k if k.startswith("model.") else f"model.{k}": t for k, t in theirs.items()}
    content = safetensors.torch.save(theirs)
    found = worker_calls.keep_teacher(content, "resnet20", shape, "w.safetensors")
    assert (found["teacher"], found["shape"], found["classes"]) == ("wrn-16-2", shape, 100)
    told = " ".join(found["notes"])
    assert "not resnet20" in told
    assert "RepDistiller" in told
    kept = teacher_file.located(found["file"])
    again = weights.bring(kept, "wrn-16-2", shape, 100).network().state_dict()
    assert all(torch.equal(again[k], t) for k, t in own.items())


def test_settings_from_a_file(page):
    page.session_state["full-run.tab"] = "Take it away"
    page.run()
    wanted = FullRunConfig.parse(SMALL | {"seeds": 4})
    file = ("mine.json", wanted.to_json().encode(), "application/json")
    page.file_uploader(key="full-run.load_config").set_value(file).run()
    assert FullRunConfig.parse(values(page)) == wanted
    page.file_uploader(key="full-run.load_config#1").set_value(
        ("bad.json", b'{"dataset": "moons"}', "application/json")
    ).run()
    assert "Allowed: one of digits" in shown(page)
    assert FullRunConfig.parse(values(page)) == wanted
    large = ("large.json", wanted.to_json().encode() + b" " * 100_000, "application/json")
    page.file_uploader(key="full-run.load_config#2").set_value(large).run()
    assert f"{len(large[1]):,} bytes" in shown(page)
    assert "is not JSON" not in shown(page)
    assert not page.exception


def test_every_chart_is_json_and_has_the_published_lines():
    from kdlab.full_run.run.history import FullHistory

    whole, empty = FullHistory(), FullHistory()
    config = FullRunConfig(epochs=4, seeds=3)
    whole.take(events(config))
    for history in (whole, empty):
        charts = [full_charts.loss(history, part) for part in ("loss", "hard", "soft")]
        charts += [draw(history) for draw in (
            full_charts.accuracy, full_charts.speed, full_charts.learning_rate, full_charts.times,
            full_charts.answered, full_charts.memory, full_charts.utilisation,
        )]  # fmt: skip
        for chart in charts:
            json.dumps(chart, allow_nan=False)
        assert full_charts.describe(history)
    figure = full_charts.accuracy(whole, config.reference())
    names = [trace.get("name") for trace in figure["data"] if trace.get("name")]
    assert names[-3:] == ["paper teacher 72.34", "paper student 69.06",
                          "paper KD 70.66"]  # fmt: skip
    (soft,) = [t for t in full_charts.loss(whole, "soft")["data"] if t.get("name")]
    assert soft["name"] == "Distilled"
    parts = full_charts.times(whole)["data"]
    assert [round(part["x"][0]) for part in parts] == [10, 20, 60, 10]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("recipe", ["kd", "dkd", "kd-ls"])
def test_every_published_experiment_can_be_asked_for(pair, recipe):
    config = FullRunConfig.parse({"pair": pair, "recipe": recipe})
    checks.check(config)  # or it raises
    assert checks.steps(config)["student"] == 240 * 782


def test_the_command_is_the_same_run():
    import argparse
    import shlex

    from kdlab.cli import full_run
    from kdlab.cli.options import read_settings

    parser = argparse.ArgumentParser()
    full_run.add(parser.add_subparsers(), "full-run", "")
    for config in start.PRESETS.values():
        line = export.command(config, "runs/a b")
        words = shlex.split(line)
        assert words[:4] == [".venv/bin/python", "-m", "kdlab", "full-run"]
        assert words[-1] == "runs/a b"
        arguments = parser.parse_args(words[3:])
        assert read_settings(arguments, FullRunConfig) == config
