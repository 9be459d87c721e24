"""Settings from whatever comes: a configuration, or an error of the lab in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab import errors
from kdlab.config.base import Settings
from kdlab.config.schema import DataConfig, DistilConfig, TeacherConfig
from kdlab.errors import ConfigError, KdlabError
from kdlab.experiments.run.language import Language
from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.full_run.recipe.config import FullRunConfig, FullTeacherConfig
from kdlab.studies import STUDIES
from kdlab.tools import Wish
from tests.fuzzing import DEEP, TEXTS, VALUES, damaged, drawn, fuzz, told

pytestmark = pytest.mark.attack

KINDS = [
    DataConfig, TeacherConfig, DistilConfig, SweepConfig, SearchConfig, FullTeacherConfig,
    FullRunConfig, Language, Wish, *(study.config for study in STUDIES.values()),
]  # fmt: skip
EXAMPLES = 60


def below(kind: type[Settings]) -> set[type[Settings]]:
    return {kind, *(one for child in kind.__subclasses__() for one in below(child))}


BASES = {
    "BroughtSettings",
    "Examples",
    "StudentConfig",
    "StudyConfig",
    "OverTeachers",
    "SmallTeacherConfig",
}
"""What kinds of settings inherit from, and nobody fills in."""


def test_all_kinds_of_settings_are_here():
    made = {kind for kind in below(Settings) if kind.__module__.startswith("kdlab")}
    bases = {kind for kind in made if kind.__name__.startswith("Preset") or kind.__name__ in BASES}
    assert set(KINDS) == made - bases - {Settings}


def usable(config: Settings) -> None:
    """What was accepted can be written, named and read again."""
    assert type(config).from_json(config.to_json()) == config
    again, problems = type(config).from_query(config.to_query())
    assert (again, problems) == (config, [])
    config.fingerprint().encode()
    json.dumps(config.to_query()).encode()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_settings_from_json(kind):
    whole = json.loads(kind().to_json())

    @fuzz(EXAMPLES)
    @given(damaged(whole) | st.builds(json.dumps, VALUES) | TEXTS | DEEP)
    def read(text):
        try:
            usable(kind.from_json(text))
        except ConfigError as error:
            told(error)

    read()


@pytest.fixture(scope="module")
def links():
    """Twice as many as of JSON; a number stands for the name of one of the kind's settings."""
    names = st.integers(0, 999) | TEXTS
    return drawn(st.dictionaries(names, TEXTS | st.builds(str, VALUES), max_size=4), 2 * EXAMPLES)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_settings_from_links(kind, links):
    fields = [*kind.model_fields]
    for link in links:
        query = {n if isinstance(n, str) else fields[n % len(fields)]: v for n, v in link.items()}
        try:
            config, problems = kind.from_query(query)
            usable(config)
            for problem in problems:
                problem.encode()
        except Exception as error:
            error.add_note(f"of {query!r:.1000}")
            raise


@pytest.mark.parametrize(
    "text",
    [
        '{"\\ud800": 1}',
        '{"a\\udfff": 1}',
        '{"dataset": "\\ud800"}',
        '{"folder": "\\ud800"}',
        "\ud800",
    ],
)
def test_half_a_character_is_refused_in_words(text):
    with pytest.raises(ConfigError) as caught:
        DistilConfig.from_json(text)
    told(caught.value)


def test_half_a_character_in_any_error_is_spelt_out():
    for kind in (KdlabError, *KdlabError.__subclasses__()):
        error = kind("class \ud83d", "\udc80", "rename \udfff it")
        told(error)
        assert error.received == "class \\ud83d"
        assert type(error)(*error.args).args == error.args
    assert errors.printable("日本 \U0001f600") == "日本 \U0001f600"
