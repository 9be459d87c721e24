from __future__ import annotations

from pathlib import Path

import pytest

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError, ModelError
from kdlab.experiments.search import SearchConfig, normal, possible, space

ROOT = Path(__file__).resolve().parents[2]
DIGITS = (1, 8, 8), 10


def students(config, shape=(1, 8, 8), classes=10):
    return [s for ladder in space.ladders(config, shape, classes).values() for s in ladder]


def test_no_candidate_has_more_parameters_than_allowed():
    found = students(SearchConfig(max_parameters=1500))
    counts = {s: models.parameters(s, *DIGITS) for s in found}
    assert max(counts.values()) <= 1500
    assert max(counts.values()) > 1300, "the budget is nearly used by the largest"
    every = students(SearchConfig(max_parameters=0))
    left_out = set(every) - set(found)
    assert left_out
    assert min(models.parameters(s, *DIGITS) for s in left_out) > 1500


def test_a_ladder_goes_from_narrow_to_wide():
    for depth, ladder in space.ladders(SearchConfig(max_bytes=20_000), *DIGITS).items():
        counts = [models.parameters(s, *DIGITS) for s in ladder]
        assert counts == sorted(set(counts))
        assert all(len(s.split("-")) == depth + 1 for s in ladder)


@pytest.mark.parametrize(
    ("student", "shape", "name"),
    [
        ("mlp-7", (2,), "mlp-"),
        ("cnn-64", (1, 8, 8), "cnn-"),
        ("resnet8", (3, 32, 32), "resnet"),
        ("wrn-16-2", (3, 32, 32), "wrn-"),
    ],
)
def test_only_the_family_of_the_student_counts(student, shape, name):
    found = students(normal(SearchConfig(student=student, max_parameters=0)), shape)
    assert len(found) >= 4
    assert all(s.startswith(name) for s in found)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("max_parameters", 20, "max_parameters is 20, and no student here is that small. Allowed: "
         "160 parameters, what mlp-2 has, and above, or 0 for no limit"),
        ("max_bytes", 100, "Allowed: more than 640 bytes, what mlp-2 has"),
        ("max_int8_bytes", 100, "Allowed: more than 160 bytes, what mlp-2 has"),
    ],
)  # fmt: skip
def test_an_impossible_budget_is_told_before_any_work(setting, value, sentence):
    with pytest.raises(ConfigError) as caught:
        possible(SearchConfig(**{setting: value}))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "key", "value", "sentence"),
    [
        ("max_flops", "flops_per_image", 10, "max_flops is 10, and no student here is that small. "
         "Allowed: 296 FLOPs, what mlp-2 has"),
        ("max_milliseconds", "latency_ms", 0.001, "Allowed: 0.0123 ms"),
        ("max_bytes", "bytes", 700, "Allowed: 800 bytes"),
        ("max_int8_bytes", "int8_bytes", 700, "Allowed: 900 bytes"),
        ("max_int8_milliseconds", "int8_latency_ms", 0.001, "Allowed: 0.0456 ms"),
    ],
)  # fmt: skip
def test_measured_limits_hold_for_every_candidate(setting, key, value, sentence):
    fitting = {1: ("mlp-2", "mlp-3"), 2: ("mlp-2-2",)}
    small = {
        "parameters": 160, "bytes": 800, "flops_per_image": 296, "latency_ms": 0.0123,
        "int8_bytes": 900, "int8_latency_ms": 0.0456,
    }  # fmt: skip
    costs = {"mlp-2": small, "mlp-3": dict.fromkeys(small, 1000), "mlp-2-2": small}
    config = SearchConfig(**{setting: small[key]})
    assert space.within(config, fitting, costs) == {1: ("mlp-2",), 2: ("mlp-2-2",)}
    with pytest.raises(ConfigError) as caught:
        space.within(SearchConfig(**{setting: value}), fitting, costs)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("trials", [0, 100_000, "many"])
def test_the_number_of_trials_has_a_range(trials):
    with pytest.raises(ConfigError, match=r"trials is .* a whole number from 1 to 2000"):
        SearchConfig.parse({"trials": trials})


def test_other_mistakes_are_told_as_for_a_single_run():
    with pytest.raises(ConfigError, match="labels is 5000"):
        possible(SearchConfig(labels=5000))
    with pytest.raises(ModelError, match="inputs of shape"):
        possible(SearchConfig(dataset="moons", student="cnn-8"))


def test_more_trials_continue_the_same_search():
    config = SearchConfig(max_parameters=1500)
    idle = {"student": "mlp-99-99", "alpha": 0.1, "temperature": 2.0, "method": "logit-regression"}
    assert space.fingerprint(config) == space.fingerprint(
        config.model_copy(update={"trials": 200, **idle})
    )
    for name, value in {"max_flops": 9, "seeds": 4, "student": "cnn-4", "labels": 9}.items():
        other = config.model_copy(update={name: value})
        assert space.fingerprint(other) != space.fingerprint(config)


@pytest.mark.parametrize("limit", ["max_int8_bytes", "max_int8_milliseconds"])
def test_too_few_examples_to_write_int8_are_told_before_any_work(limit):
    few = {"train_limit": 15, "labels": "all"}
    possible(SearchConfig(**few))
    possible(SearchConfig(**few | {"train_limit": 16, limit: 5000}))
    with pytest.raises(ConfigError) as caught:
        possible(SearchConfig(**few | {limit: 5000}))
    assert f"{limit} is 5,000" in str(caught.value).replace("5,000.0", "5,000")
    assert "there are 15 training examples. Allowed: at least 16" in str(caught.value)
    assert "Set the limit to 0, or take more training examples" in str(caught.value)


def test_limits_of_int8_make_another_search_only_where_they_are_set():
    config = SearchConfig()
    assert not config.on_device
    for name, value in {"max_int8_bytes": 5000, "max_int8_milliseconds": 0.5}.items():
        assert "no limit" in SearchConfig.model_fields[name].description
        limited = config.model_copy(update={name: value})
        assert limited.on_device
        assert space.fingerprint(limited) != space.fingerprint(config)


def test_what_cannot_fit_as_int8_is_not_among_those_that_are_written():
    found = students(SearchConfig(max_parameters=0, max_int8_bytes=5000))
    assert max(models.parameters(s, *DIGITS) for s in found) <= 5000


def test_a_search_is_a_link():
    config = SearchConfig(
        max_milliseconds=0.5, search_teacher=True, trials=7, labels="all", max_int8_bytes=9000,
        max_int8_milliseconds=0.25,
    )  # fmt: skip
    assert SearchConfig.from_query(config.to_query()) == (config, [])
    assert SearchConfig.from_json(config.to_json()) == config


def test_teachers_are_searched_only_when_asked():
    assert space.teachers(SearchConfig(teacher="mlp-9"), *DIGITS) == ("mlp-9",)
    found = space.teachers(SearchConfig(teacher="mlp-9", search_teacher=True), *DIGITS)
    assert found[0] == "mlp-9"
    assert len(found) == len(set(found)) > 2


def test_fresh_seeds_are_none_of_the_trials():
    config = SearchConfig(first_seed=5, seeds=7)
    fresh = config.fresh()
    assert not set(range(5, 12)) & set(
        range(fresh["first_seed"], fresh["first_seed"] + fresh["seeds"])
    )
    assert fresh["seeds"] >= 5
    last = SearchConfig(first_seed=2**31 - 1000, seeds=64)
    assert isinstance(last.distil_config(**{**last.fresh(), "first_seed": 0}), DistilConfig)


def test_every_family_of_teachers_has_others_to_try():
    assert set(space.TEACHERS) == set(models.MODELS)
    for family, teachers in space.TEACHERS.items():
        assert any(models.find(name).name == family for name in teachers)
