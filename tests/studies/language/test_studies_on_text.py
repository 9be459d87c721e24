"""On text every study that takes it tells bits per character; the others refuse in a sentence."""

from __future__ import annotations

import json
import re

import pytest

from kdlab.errors import ConfigError
from kdlab.experiments.study.report import as_json, summary
from kdlab.experiments.study.run import run
from kdlab.measure.measures import BITS
from kdlab.storage.store import Store
from kdlab.studies import STUDIES, StudyHistory
from pages.ui.charts import arms
from pages.ui.study import report
from pages.ui.study.figures import capacity, compression, device, difference, methods, pipeline
from pages.ui.study.figures import temperature as over_t
from pages.ui.study.figures import when as in_panels

ABOUT_IMAGES = (
    "augmentation", "claims", "looking", "missing", "mistakes", "resolution", "subliminal",
)  # fmt: skip
OF_LANGUAGE = ("language", "language-mistakes")
"""Those of text alone have tests of their own."""
TINY = {
    "dataset": "names", "train_limit": 1500, "window": 3, "teacher": "mlp-8", "student": "mlp-4",
    "teacher_epochs": 1, "epochs": 1, "seeds": 2, "labels": 200,
}  # fmt: skip
OWN = {
    "capacity": {"teachers": "mlp-4,mlp-8", "lengths": "0"},
    "chains": {"assistant": "mlp-6", "generations": 1},
    "compression": {"widths": "2,4"},
    "device": {},
    "difference": {"temperatures": "1,4"},
    "layers": {"pairs": "1:1"},
    "methods": {"methods": "soft-targets,dkd", "trials": 2, "trial_seeds": 1},
    "pipeline": {"tuning_epochs": 1},
    "start": {"student": "mlp-8"},
    "teachers": {"teachers": 2},
    "temperature": {"temperatures": "1,2,4"},
    "when": {"factors": "labels,temperature"},
}
FIGURES = {
    "capacity": [(capacity.over, capacity.describe, (axis,)) for axis in capacity.AXES],
    "compression": [(compression.over_size, compression.describe, ("parameters",))],
    "device": [(device.over_cost, device.describe, ("bytes", 0.0))],
    "difference": [(difference.over_loss, arms.describe, ())],
    "methods": [(methods.gains_or_curves, methods.describe_either, ())],
    "pipeline": [(pipeline.of_stages, pipeline.describe, (n,)) for n in range(1, 5)],
    "temperature": [(over_t.over_temperature, over_t.describe, ())],
    "when": [(in_panels.panels, in_panels.describe, ())],
}
FOREIGN = re.compile(r"%|points?\b|images?\b|accurac")
"""What speaks of accuracy or of images; 95 % is of an interval."""


def foreign(words):
    return FOREIGN.findall(words.replace("95 %", ""))


def test_every_study_is_told_of():
    assert {*ABOUT_IMAGES, *OF_LANGUAGE, *OWN} == STUDIES.keys()


@pytest.mark.parametrize("name", ABOUT_IMAGES)
def test_studies_about_images_refuse_text(name, kdlab):
    study = STUDIES[name]
    with pytest.raises(ConfigError) as caught:
        study.planned(study.config.parse(TINY))
    assert caught.value.received.startswith("dataset is 'names', which is text, and ")
    assert "names" not in caught.value.allowed
    code, out, err = kdlab("study", name, "--dataset", "names")
    assert (code, out) == (2, "")
    assert "'names', which is text, and " in err


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("text"))


@pytest.mark.parametrize("name", OWN)
def test_a_study_of_text_is_told_in_bits(name, store):
    study = STUDIES[name]
    config = study.config.parse(TINY | OWN[name])
    history = StudyHistory(config, run(study, config, store))
    assert history.finished is not None
    assert history.judged is BITS
    assert history.teacher_value == history.started.teacher_bits[0]
    first = history.arms[0]["name"]
    assert history.values(first) == history.done[first].bits != ()

    # a calibration error is none of bits: its finding is in points, and says so
    of_error = [f.text for f in study.findings(history) if f.less]
    told = [f for f in study.findings(history) if f.text not in of_error]
    answer = study.answered(history)
    assert answer is not None
    assert foreign(answer.text) == []
    for finding in told:
        assert foreign(finding.text) == []
        assert finding.gain is None or finding.gain.measure.name == "bits"
    printed = summary(study, history)
    for text in of_error:
        printed = printed.replace(text, "")
    assert foreign(printed) == []
    assert "bits" in printed

    found = json.loads(json.dumps(as_json(study, config, history)))
    gains = [arm["gain"] for arm in found["arms"] if arm["gain"]]
    assert gains
    assert all(gain["measure"] == "bits" for gain in gains)
    for arm in found["arms"]:
        if gain := arm["gain"]:
            base = next(a for a in found["arms"] if a["name"] == arm["against"])
            each = [a - b for a, b in zip(arm["bits"], base["bits"], strict=True)]
            assert gain["mean"] == pytest.approx(sum(each) / len(each))


@pytest.mark.parametrize("name", OWN)
def test_its_charts_and_tables_are_in_bits(name, store):
    study = STUDIES[name]
    config = study.config.parse(TINY | OWN[name])
    history = StudyHistory(config, run(study, config, store))
    drawn = [(arms.curves, report.alt_of_curves, ()), (arms.results, arms.describe, ())]
    for draw, describe, more in [*drawn, *FIGURES.get(name, [])]:
        layout = draw(history, *more)["layout"]
        words = json.dumps([layout.get("title"), layout.get("yaxis"), layout.get("xaxis")])
        assert foreign(words) == []
        assert foreign(describe(history, *more)) == []
    assert {"Bits per test character", "Gain, bits"} <= set(report.table(history).columns)
    assert "FLOPs per character" in report.cost_table(history).columns
