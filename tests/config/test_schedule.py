"""A schedule of T and alpha is a setting like any other: read, refused, written, named."""

from __future__ import annotations

import json

import pytest

from kdlab import checks
from kdlab.config.presets import PRESETS
from kdlab.config.schedule import MOST_ENTRIES, Turn
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.experiments.search import SearchConfig
from kdlab.experiments.sweep import SweepConfig
from kdlab.studies import STUDIES
from tests.fuzzing import told

TEXT = "0:4:0.9,20:1:0.5"
NO_T = {"method": "logit-regression"}
TURNS = (Turn(0, 4.0, 0.9), Turn(20, 1.0, 0.5))


def test_it_is_read_from_a_link_json_and_python():
    config = DistilConfig.parse({"schedule": TEXT})
    assert config.schedule == TURNS
    assert config.to_query() == {"schedule": TEXT}
    assert DistilConfig.from_query(config.to_query()) == (config, [])
    assert json.loads(config.to_json())["schedule"] == [[0, 4.0, 0.9], [20, 1.0, 0.5]]
    assert DistilConfig.from_json(config.to_json()) == config
    assert DistilConfig(schedule=[(0, 4, 0.9), [20, 1, 0.5]]) == config
    assert DistilConfig.parse({"schedule": " 0:4:.9, 20:1.0:0.50 ,"}) == config
    assert len({config, DistilConfig(), DistilConfig(schedule=TURNS)}) == 2, "it can be hashed"


def test_without_one_nothing_has_changed():
    assert DistilConfig.parse({"schedule": ""}) == DistilConfig()
    assert DistilConfig().to_query() == {}
    assert DistilConfig().fingerprint() == "8d9d337c42063000"
    assert DistilConfig(schedule=TURNS).fingerprint() != DistilConfig().fingerprint()
    assert DistilConfig(schedule=TURNS).teacher_config() == DistilConfig().teacher_config()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("5:0:0.9", "schedule is '5:0:0.9': entry 1 has T = 0"),
        ("0:4:0.9,5:nan:0.9", "entry 2 has T = nan"),
        ("5:inf:0.9", "entry 1 has T = inf"),
        ("5:0.01:0.9", "entry 1 has T = 0.01"),
        ("5:1001:0.9", "entry 1 has T = 1001"),
        ("5:4:1.5", "entry 1 has alpha = 1.5"),
        ("5:4:-0.1", "entry 1 has alpha = -0.1"),
        ("5:4:nan", "entry 1 has alpha = nan"),
        ("5:4:", "entry 1 has alpha = nothing"),
        ("20:1:0.5,5:4:0.9", "entry 2 is at epoch 5, and the one before at 20"),
        ("5:1:0.5,5:4:0.9", "entry 2 is at epoch 5, and the one before at 5"),
        ("-1:4:0.9", "entry 1 has the epoch -1"),
        ("1.5:4:0.9", "entry 1 has the epoch 1.5"),
        ("2001:4:0.9", "entry 1 has the epoch 2001"),
        ("9" * 5000 + ":4:0.9", "entry 1 has the epoch '999"),
        ("nonsense", "schedule is 'nonsense': entry 1 is not epoch:T:alpha"),
        ("1:2", "entry 1 is not epoch:T:alpha"),
        ("1:2:0.3:4", "entry 1 is not epoch:T:alpha"),
        ("\ud800", "entry 1 is not epoch:T:alpha"),
        (",".join(f"{n}:4:0.9" for n in range(10_000)), "it has 10,000 entries"),
        ([[n, 4, 0.9] for n in range(MOST_ENTRIES + 1)], f"it has {MOST_ENTRIES + 1} entries"),
        ([[1, 4]], "entry 1 is not epoch:T:alpha"),
        ([[1, True, 0.5]], "entry 1 has T = true"),
        ([[1, None, 0.5]], "entry 1 has T = nothing"),
        ([[10**400, 4, 0.5]], "entry 1 has the epoch '1000"),
        ([1, 2, 3], "entry 1 is not epoch:T:alpha"),
        ({"1": 2}, "this is neither a text nor a list"),
        (None, "this is neither a text nor a list"),
    ],
)
def test_what_is_none_is_refused_in_three_sentences(value, words):
    with pytest.raises(ConfigError) as caught:
        DistilConfig.parse({"schedule": value})
    told(caught.value)
    assert words in caught.value.received
    assert len(caught.value.received) < 300
    assert caught.value.allowed.startswith(f"at most {MOST_ENTRIES} entries epoch:T:alpha")
    assert caught.value.todo == "Change schedule"
    if isinstance(value, str):
        config, (problem,) = DistilConfig.from_query({"schedule": value, "alpha": "0.5"})
        assert config == DistilConfig(alpha=0.5)
        assert words.encode("utf-8", "backslashreplace").decode() in problem
        problem.encode()


def test_as_many_entries_as_are_allowed_fit():
    turns = tuple(Turn(n, 1.0 + n, 0.5) for n in range(MOST_ENTRIES))
    config = DistilConfig(schedule=turns, epochs=200)
    assert DistilConfig.from_query(config.to_query()) == (config, [])


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({"schedule": "0:2:0.5"}, {"temperature": 2, "alpha": 0.5}),
        ({"schedule": "5:4:0.9"}, {}),
        ({"schedule": "100:1:0", "epochs": 100}, {}),
        ({"schedule": "99:1:0"}, {"schedule": "99:1:0"}),
        (
            {"schedule": "0:2:0.5,3:2:0.5,7:1:0.5"},
            {"temperature": 2, "alpha": 0.5, "schedule": "7:1:0.5"},
        ),
        ({"schedule": "3:4:0.9,7:1:0.5,9:1:0.5"}, {"schedule": "7:1:0.5"}),
        ({"schedule": "3:2:0.5,200:9:0.1"}, {"schedule": "3:2:0.5"}),
        ({"schedule": "3:1:-0.0"}, {"schedule": "3:1:0"}),
        (NO_T | {"schedule": "3:2:0.9,5:9:0.2"}, NO_T | {"schedule": "5:4:0.2"}),
        (NO_T | {"schedule": "3:2:0.9"}, NO_T),
    ],
)
def test_of_several_that_ask_for_the_same_one_is_normal(settings, same):
    normal = checks.normal(DistilConfig.parse(settings))
    assert normal == DistilConfig.parse(same)
    assert checks.normal(normal) == normal
    assert normal.fingerprint() == checks.normal(DistilConfig.parse(same)).fingerprint()


def test_the_control_is_never_turned_to_the_teacher_alone():
    config = DistilConfig(method="labels-only", alpha=0.5)
    checks.possible(config.model_copy(update={"schedule": (Turn(3, 4.0, 0.7),)}))
    with pytest.raises(ConfigError, match="schedule turns alpha to 1"):
        checks.possible(config.model_copy(update={"schedule": (Turn(3, 4.0, 1.0),)}))


def test_presets_with_one_are_normal_and_fit_into_a_link():
    configs = [preset.config for preset in PRESETS.values() if preset.config.schedule]
    assert len(configs) == 2
    for config in configs:
        assert checks.normal(config) == config
        assert len(config.to_query()["schedule"]) < 400
        assert DistilConfig.from_query(config.to_query()) == (config, [])
        assert config.schedule[-1].alpha == 0, "labels alone at the end"


def test_only_single_runs_have_one():
    kinds = [SweepConfig, SearchConfig, *(study.config for study in STUDIES.values())]
    assert [kind for kind in kinds if "schedule" in kind.model_fields] == []
    assert SweepConfig().cell(3).schedule == ()
    assert SearchConfig().distil_config().schedule == ()


@pytest.mark.parametrize("kind", [SweepConfig, SearchConfig, STUDIES["temperature"].config])
def test_what_a_runs_page_exports_is_read_by_the_others_unless_it_turns_something(kind):
    assert kind.from_json(DistilConfig(alpha=0.3).to_json()).alpha == 0.3
    with pytest.raises(ConfigError, match="'schedule' is not a setting"):
        kind.from_json(DistilConfig(schedule=TURNS).to_json())


@pytest.mark.parametrize("text", ["3:0:0.9", "5:4:0.9,2:4:0.9", "x"])
def test_the_command_line_refuses_it_in_words(kdlab, text):
    code, out, err = kdlab("distill", "--schedule", text, "--json")
    assert (code, out) == (2, "")
    assert "entry" in err
    assert "epoch:T:alpha" in err
