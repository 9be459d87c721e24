"""Whatever is asked for has a number, or an error in words, and more of it never costs less."""

from __future__ import annotations

import functools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab import predicted
from kdlab.data import DATASETS
from kdlab.errors import KdlabError
from kdlab.experiments.search import SearchConfig
from kdlab.experiments.search.predicted import of_search
from kdlab.experiments.study.predicted import of_study
from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.config import AXES
from kdlab.experiments.sweep.predicted import of_map
from kdlab.methods import METHODS
from kdlab.models import MODELS
from kdlab.storage.store import Store
from kdlab.studies import STUDIES
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.language_mistakes.records import TRAINED
from kdlab.studies.mistakes.records import MISTAKES
from tests.fuzzing import fuzz

pytestmark = pytest.mark.attack

NETWORKS = st.sampled_from(
    [name for family in MODELS.values() for name in (*family.examples, *family.choices[:2])]
    + ["mlp-1", "mlp-4096-4096", "cnn-512-512-512-512-512-512", "mlp-1024-1024-1024-1024"]
)
SETTINGS = {
    "dataset": st.sampled_from(list(DATASETS)),
    "points": st.sampled_from([60, 20_000]),
    "train_limit": st.sampled_from(["all", 1, 1000]),
    "teacher": NETWORKS,
    "student": NETWORKS,
    "teacher_epochs": st.sampled_from([0, 1, 1000]),
    "epochs": st.sampled_from([1, 2, 2000]),
    "seeds": st.sampled_from([1, 64]),
    "batch_size": st.sampled_from([8, 128, 4096]),
    "method": st.sampled_from(list(METHODS)),
    "labels": st.sampled_from([1, 100, "all"]),
}
DEFAULT_TEACHER = {
    SweepConfig: {"x_axis": st.sampled_from(list(AXES)), "y_axis": st.sampled_from(list(AXES))},
    SearchConfig: {
        "max_parameters": st.sampled_from([0, 500]),
        "max_flops": st.sampled_from([0, 1, 10**6]),
        "trials": st.sampled_from([1, 2000]),
        "search_teacher": st.booleans(),
    },
    STUDIES["claims"].config: {"claim": st.sampled_from(list(TRIALS))},
    STUDIES["mistakes"].config: {"mistake": st.sampled_from(list(MISTAKES))},
    STUDIES["language-mistakes"].config: {"mistake": st.sampled_from(list(TRAINED))},
    STUDIES["augmentation"].config: {
        "augmentation": st.sampled_from(["shift", "flip", "noise", "mixup"])
    },
    STUDIES["layers"].config: {"two_stages": st.booleans()},
    STUDIES["methods"].config: {
        "methods": st.lists(
            st.sampled_from([m for m in METHODS if m != "labels-only"]), min_size=1, unique=True
        ).map(tuple)
    },
}
KINDS = {
    "run": (predicted.of_run, predicted.DistilConfig),
    "map": (of_map, SweepConfig),
    "search": (of_search, SearchConfig),
    **{n: (functools.partial(of_study, study), study.config) for n, study in STUDIES.items()},
}
MORE = {"epochs": 2000, "seeds": 64, "teacher_epochs": 1000}


@pytest.mark.parametrize("name", KINDS)
def test_a_number_or_a_sentence(name, monkeypatch):
    monkeypatch.setattr(Store, "has_teacher", lambda self, config: False)
    predict, kind = KINDS[name]
    counted = []

    @fuzz(80)
    @given(st.fixed_dictionaries({}, optional=SETTINGS | DEFAULT_TEACHER.get(kind, {})))
    def ask(values):
        try:
            config = kind.parse(values)
            work = predict(config)
        except KdlabError:
            return
        assert 0 <= work.teachers < math.inf
        assert 0 <= work.students < math.inf
        counted.append(work.total)
        for setting, most in MORE.items():
            if name == "search" and setting == "seeds":
                continue  # of large students fewer seeds fit into memory at once
            try:
                more = predict(config.model_copy(update={setting: most}))
            except KdlabError:
                continue
            assert more.total >= work.total, setting

    ask()
    assert len(counted) > 5, "nearly nothing was counted"
