"""What must not be imported: a page that waits for torch is a page that waits for seconds.

Two processes import all of it, one thing after the other. What is not there after the first ten has
been imported by none of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FULL_RUN = [f"pages.ui.full_run.{p.stem}" for p in (ROOT / "pages/ui/full_run").glob("*.py")]

WITHOUT_TORCH = {
    "the machine": ("import kdlab.system.machine as m; m.describe()", {"torch"}),
    "the data sets on offer": (
        "import kdlab.data",
        {"torch", "torchvision", "sklearn", "PIL"},
    ),
    "the networks on offer": (
        "import kdlab.models as m; m.parameters('cnn-8', (1, 8, 8), 10)",
        {"torch"},
    ),
    "an MLP as a program for a browser": (
        "import numpy as np; from kdlab.device import plain\n"
        "from kdlab.experiments.run import networks\n"
        "from kdlab.config.schema import DistilConfig\n"
        "layers = [(np.zeros((3, 64), np.float32), np.zeros(3, np.float32))]\n"
        "about = networks.about(DistilConfig(), 'teacher')\n"
        "plain.mlp(layers, **about, classes='abc', shape=(1, 8, 8), mean=(0,), std=(1,))\n"
        "plain.forward_script()",
        {"torch"},
    ),
    "pretrained networks on offer": (
        "import kdlab.full_run.recipe.pretrained as p\n"
        "assert p.PRETRAINED and p.find('torchvision-resnet18').count(10) == 11181642",
        {"torch", "torchvision"},
    ),
    "the settings of other tools": (
        "from kdlab.tools import TOOLS, Wish\n"
        "for tool in TOOLS.values(): tool.snippet(tool.answer(Wish()).values, Wish())",
        {"torch", "sklearn"},
    ),
    "a search": (
        "import kdlab.experiments.search.experiment, kdlab.cli.experiment",
        {"torch", "optuna", "sklearn"},
    ),
    "the core: a page must not wait": (
        "import kdlab\n"
        "for name in set(kdlab.__all__) - {'run'}: getattr(kdlab, name)\n"
        "import kdlab.experiments.run.run, kdlab.system.machine, kdlab.experiments.sweep\n"
        "import kdlab.full_run.recipe.possible, kdlab.full_run.run.history\n"
        "import kdlab.full_run.run.process",
        {"torch", "streamlit", "plotly", "sklearn"},
    ),
    "a report, before its figures are drawn": (
        "from kdlab.report import build, html, saved; from kdlab.studies import EXPERIMENTS\n"
        "import pages.ui.stage.report\n"
        "run = EXPERIMENTS['distill']; build.of(run, run.presets['few-labels'])",
        {"torch", "matplotlib"},
    ),
    "what work will cost": (
        "from kdlab import predicted; from kdlab.config.schema import DistilConfig\n"
        "from kdlab.experiments.sweep import SweepConfig\n"
        "from kdlab.experiments.sweep.predicted import of_map\n"
        "from kdlab.experiments.search import SearchConfig\n"
        "from kdlab.experiments.search.predicted import of_search\n"
        "from kdlab.studies import STUDIES\n"
        "from kdlab.experiments.study.predicted import of_study\n"
        "predicted.of_run(DistilConfig()), of_map(SweepConfig()), of_search(SearchConfig())\n"
        "[of_study(study, study.config()) for study in STUDIES.values()]",
        {"torch"},
    ),
    "a script": (
        "from kdlab.export import stand_alone\n"
        "from kdlab.config.schema import DistilConfig\n"
        "stand_alone(DistilConfig())",
        {"torch"},
    ),
    "points of a figure": (
        "from kdlab.experiments.run import points\n"
        "from kdlab.config.schema import DistilConfig\n"
        "points.of(DistilConfig(dataset='moons', labels=30))",
        {"torch"},
    ),
    "two modes and one Gaussian": (
        "import pages.ui.understand.modes as m; m.over_beta(m.Mixture())",
        {"torch"},
    ),
    "the page of full runs": (f"import {', '.join(FULL_RUN)}", {"torch"}),
}
APP_ALONE = {
    "streamlit", "plotly", "distributed", "optuna", "sklearn", "pandas", "onnx", "onnxruntime",
    "segno",
}  # fmt: skip
"""Packages that a GPU server lacks."""
WITHOUT_THE_APP = {
    "a GPU server imports neither the app's packages nor the job engine": (
        "import kdlab.training.single_run, kdlab.experiments.run.run\n"
        "import kdlab.training.cohort, kdlab.full_run.run.run, kdlab.full_run.run.device_files\n"
        "from kdlab.cli import _parser; _parser('full-run')",
        APP_ALONE,
    ),
}

IN_TURN = """
import contextlib, io, json, sys
told = {}
for what, (code, unwanted) in json.loads(sys.argv[1]).items():
    with contextlib.redirect_stderr(io.StringIO()) as said:
        exec(code, {})
    told[what] = sorted(set(unwanted) & set(sys.modules)), said.getvalue()
print(json.dumps(told))
"""


@cache
def found(process: str) -> dict[str, list]:
    """(what was imported though it must not, what was said) by everything ``process`` imports."""
    asked = {"torch": WITHOUT_TORCH, "the app": WITHOUT_THE_APP}[process]
    cases = json.dumps({what: (code, sorted(unwanted)) for what, (code, unwanted) in asked.items()})
    done = subprocess.run(
        [sys.executable, "-c", IN_TURN, cases], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("what", WITHOUT_TORCH)
def test_it_needs_no_torch(what):
    unwanted, said = found("torch")[what]
    assert unwanted == []
    assert said == "" or "pages." in WITHOUT_TORCH[what][0], "Streamlit may miss its server"


@pytest.mark.parametrize("what", WITHOUT_THE_APP)
def test_it_needs_no_app(what):
    assert found("the app")[what] == [[], ""]
