"""Links and names of results as they were handed out in November 2026: they keep their meaning.

What stands here is literal on purpose. Where a test of this file fails, a link in somebody's slides
or a result in somebody's folder has lost its meaning; mend the code, not the file.
"""

from __future__ import annotations

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.experiments.search import SearchConfig
from kdlab.experiments.sweep import SweepConfig
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.studies import STUDIES
from pages.ui.shell.contents import CONTENTS

ADDRESSES = """
soft-targets loss looking difference live map search full-run pipeline start temperature capacity
teachers compression chains resolution augmentation layers missing methods when mistakes claims draw
"""

LINKS = {
    "live": (
        "dataset=spirals&teacher=mlp-64-64&student=mlp-16-16&labels=30&epochs=80&temperature=2.5"
        "&alpha=0.7&seeds=4&method=dkd&method_parameters=1,8",
        "54a3671d539d437f",
    ),
    "map": (
        "x_axis=labels&y_axis=width&label_counts=10,100,all&widths=4,32&teacher_epochs=7&column=1"
        "&row=0",
        "82b0c71a7490de50",
    ),
    "search": (
        "max_parameters=900&trials=24&search_teacher=True&student=cnn-8&labels=all",
        "4ca704949b09e317",
    ),
    "full-run": ("pair=wrn-40-2-wrn-16-2&seeds=2&epochs=30", "08aa7423f6e976f1"),
    "temperature": ("temperatures=1,2,8&labels=50&seeds=4", "eb0fa8a87df23217"),
    "teachers": ("teachers=4&average=logits&weights=1,1,2,3", "48965045c40bf6ce"),
    "claims": ("claim=keeps-the-accuracy&teacher_seeds=3", "76abb7d0d1633cad"),
    "mistakes": ("mistake=no-square&seeds=2", "663880aac81e8552"),
    "missing": ("bias=2.5", "371b02bec57811c7"),
}
"""Page -> the query of a link to it, and the name that its result has in the store."""

DEFAULTS = {
    "DistilConfig": "8d9d337c42063000",
    "SweepConfig": "3f694296e9ba1ea8",
    "SearchConfig": "5edde8609ad9cfa7",
    "FullRunConfig": "865054a7cb46c722",
    "DeviceConfig": "db67e0754eb977be",
    "PipelineConfig": "2eb0645de030f1a6",
    "StartConfig": "aa41e4b842f1d064",
    "TemperatureConfig": "1d3e100d66d8f124",
    "TeachersConfig": "db3a5907fc2a7d72",
    "ChainsConfig": "ceb9ff49554ca772",
    "ResolutionConfig": "8ba4a5f3ccf2ec94",
    "AugmentationConfig": "6d7b3d7149004acc",
    "LayersConfig": "b7d50826fc618a25",
    "MissingConfig": "c4c23c1c226eb6de",
    "MethodsConfig": "b106d6ba753e2dd2",
    "WhenConfig": "ea63add8aaeb664b",
    "LookingConfig": "3ee85ba2c7816ec3",
    "DifferenceConfig": "f21b261d3712498b",
    "CapacityConfig": "482036664cbad196",
    "CompressionConfig": "161ba70da39bfaad",
    "MistakesConfig": "5965e71903797cbc",
    "LanguageMistakesConfig": "12f0029ef86cf770",
    "ClaimsConfig": "e64e4c156b928925",
    "LanguageConfig": "0c7830e68dce5de3",
    "SubliminalConfig": "57bc0c90705e4a26",
}
"""Kind of settings -> the name of the result of its defaults."""

MODELS = {
    "live": DistilConfig,
    "map": SweepConfig,
    "search": SearchConfig,
    "full-run": FullRunConfig,
    **{name: study.config for name, study in STUDIES.items()},
}


@pytest.mark.parametrize("page", LINKS)
def test_a_link_means_what_it_meant(page):
    text, fingerprint = LINKS[page]
    query = dict(part.split("=") for part in text.split("&"))
    config, problems = MODELS[page].from_query(query)
    assert problems == []
    assert config.to_query().items() >= query.items(), "each of these is no default"
    assert config.fingerprint() == fingerprint


def test_every_page_has_its_address():
    paths = [entry.path for entries in CONTENTS.values() for entry in entries if entry.path]
    assert set(paths) >= set(ADDRESSES.split())


def test_the_names_of_the_default_results():
    names = {model.__name__: model().fingerprint() for model in MODELS.values()}
    assert names == DEFAULTS
