"""All that the lab offers may be had by a visitor under the default limits, and what would hold a
worker for hours may not."""

from __future__ import annotations

import functools
import re
import runpy
from pathlib import Path

import pytest

from kdlab import predicted, studies
from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.data import DATASETS
from kdlab.errors import ConfigError
from kdlab.experiments import search, sweep
from kdlab.experiments.run.run import run
from kdlab.experiments.search import SearchConfig
from kdlab.experiments.search.predicted import of_search
from kdlab.experiments.study.predicted import of_study
from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.predicted import of_map
from kdlab.experiments.sweep.presets import MAPS
from kdlab.hosting.limits import Limits
from kdlab.hosting.visitor import Visitor, acting_for
from kdlab.storage.store import Store
from kdlab.studies import STUDIES
from kdlab.studies.claims.study import of_claim
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.language_mistakes.records import TRAINED
from kdlab.studies.language_mistakes.study import LanguageMistakesConfig
from kdlab.studies.methods import MethodsConfig
from kdlab.studies.mistakes.records import MISTAKES
from kdlab.studies.mistakes.study import shown_best
from pages.ui.search.page import PRESETS as SEARCHES
from pages.ui.study import page
from pages.ui.study.figures import clinic, language_mistakes

ROOT = Path(__file__).parents[2]
ANN = Visitor("ann")


@pytest.fixture(autouse=True)
def nothing_stored(monkeypatch):
    monkeypatch.setattr(Store, "has_teacher", lambda self, config: False)


def of(name):
    return functools.partial(of_study, STUDIES[name])


def offers():
    """(what, how it is counted, its configuration)"""
    for name, preset in PRESETS.items():
        yield f"run {name}", predicted.of_run, preset.config
    yield "run", predicted.of_run, DistilConfig()
    for record in DATASETS.values():
        if record.kind == "points":
            pair = {"teacher": record.teacher, "student": record.student}
            yield record.name, predicted.of_run, DistilConfig(dataset=record.name, **pair)
    for name, preset in MAPS.items():
        yield f"map {name}", of_map, preset.config
    for label, config in SEARCHES.items():
        yield f"search {label}", of_search, config
    for name, study in STUDIES.items():
        yield f"study {name}", of(name), study.config()
    for name in TRIALS:
        yield f"claim {name}", of("claims"), of_claim(name)
    for name in MISTAKES:
        yield f"mistake {name}", of("mistakes"), shown_best(name)
    for name in TRAINED:
        yield f"language {name}", of("language-mistakes"), LanguageMistakesConfig(mistake=name)


@pytest.mark.parametrize(("predict", "config"), [pytest.param(p, c, id=n) for n, p, c in offers()])
def test_a_visitor_may_have_what_the_lab_offers(predict, config):
    assert 0 < predict(config).total <= 0.25 * Limits().operations, "four times as much is left"


STUDY_PAGES = sorted(
    path
    for path in ROOT.glob("pages/*/*.py")
    if re.search(
        r"pages\.ui\.study import.*page\.show\(", path.read_text(encoding="utf-8"), re.DOTALL
    )
)


@pytest.mark.parametrize("path", STUDY_PAGES, ids=[path.stem for path in STUDY_PAGES])
def test_a_visitor_may_have_what_the_pages_of_studies_offer(path, monkeypatch):
    offered = []

    def show(name, *, presets, **_):
        offered.extend((name, config) for config in presets.values())

    monkeypatch.setattr(page, "show", show)
    for name in ("pick", "all_claims", "defects", "all_mistakes"):
        monkeypatch.setattr(clinic, name, lambda *_: None)
    for name in ("computed", "all_of_them"):
        monkeypatch.setattr(language_mistakes, name, lambda *_: None)
    runpy.run_path(str(path))
    assert offered
    for name, config in offered:
        predicted.check(of(name), config, ANN, Limits())


LARGE = {"student": "mlp-1024-1024", "teacher": "mlp-1024-1024"}
FOR_HOURS = [
    pytest.param(
        predicted.of_run, DistilConfig(student="mlp-1024", epochs=1000, seeds=64), id="run"
    ),
    pytest.param(predicted.of_run, DistilConfig(dataset="cifar10", teacher="resnet20"), id="cifar"),
    pytest.param(of_map, SweepConfig(**LARGE, seeds=64, epochs=200), id="map"),
    pytest.param(of_search, SearchConfig(max_parameters=0, trials=2000), id="search"),
    pytest.param(
        of_search,
        SearchConfig(teacher="resnet110", dataset="cifar10", max_parameters=0, search_teacher=True),
        id="teachers of a search",
    ),
    *(
        pytest.param(of(name), STUDIES[name].config(**LARGE, seeds=64, epochs=1000), id=name)
        for name in STUDIES
        if name not in ("claims", "mistakes")  # which set their own sizes, below
    ),
    pytest.param(of("mistakes"), shown_best("same-size", **LARGE, seeds=64, epochs=500), id="size"),
    pytest.param(
        of("claims"), of_claim("faster", **LARGE, teacher_seeds=40, seeds=64), id="claims"
    ),
    pytest.param(
        of("methods"), MethodsConfig(**LARGE, trials=12, trial_seeds=8, epochs=100), id="trials"
    ),
]


@pytest.mark.parametrize(("predict", "config"), FOR_HOURS)
def test_what_would_hold_a_worker_for_hours_is_refused(predict, config):
    with pytest.raises(ConfigError, match="operations"):
        predicted.check(predict, config, ANN, Limits())


def test_the_trials_of_a_study_count():
    few, many = (of("methods")(MethodsConfig(trials=n)).students for n in (1, 12))
    assert many > 2.5 * few


def test_every_teacher_of_a_study_counts():
    one, ten = (of("mistakes")(shown_best("misaligned", teacher_seeds=n)) for n in (1, 10))
    assert ten.teachers == pytest.approx(10 * one.teachers)
    assert ten.students == pytest.approx(10 * one.students)
    assert of("teachers")(STUDIES["teachers"].config(teachers=6)).teachers > (
        1.5 * of("teachers")(STUDIES["teachers"].config(teachers=2)).teachers
    )


@pytest.mark.parametrize(
    "begin",
    [
        lambda store: run(DistilConfig(), store),
        lambda store: sweep.run(SweepConfig(), store),
        lambda store: search.run(SearchConfig(), store),
        lambda store: search.share(SearchConfig(), store),
        lambda store: studies.run(STUDIES["start"], STUDIES["start"].config(), store),
    ],
    ids=["run", "map", "search", "help with a search", "study"],
)
def test_a_worker_asks_again_before_it_begins(begin, tmp_path, monkeypatch):
    """Whatever a page let through."""
    monkeypatch.setenv("KDLAB_VISITOR_WORK", "0.001")
    with acting_for(ANN), pytest.raises(ConfigError, match="for a visitor of this server"):
        next(begin(Store(tmp_path, bundled=None)))
    next(begin(Store(tmp_path, bundled=None)))
