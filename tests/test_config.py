from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from kdlab.config import DataConfig, DistilConfig, TeacherConfig, allowed_values
from kdlab.errors import ConfigError


def test_every_field_says_what_it_is_and_what_it_accepts():
    for name, field in DistilConfig.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert field.description.endswith("."), name
        assert field.json_schema_extra["group"], name
        assert "None" not in allowed_values(DistilConfig, name), name


def test_json_and_link_round_trips():
    config = DistilConfig(temperature=2.5, alpha=0.3, labels="all", dataset="moons", seeds=7)
    assert DistilConfig.from_json(config.to_json()) == config
    again, problems = DistilConfig.from_query(config.to_query())
    assert again == config
    assert problems == []


def test_a_link_carries_only_what_differs_from_the_defaults():
    assert DistilConfig().to_query() == {}
    assert DistilConfig(alpha=0.5).to_query() == {"alpha": "0.5"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", "1.5"),
        ("alpha", "nan"),
        ("temperature", "0"),
        ("temperature", "inf"),
        ("labels", "0"),
        ("labels", "some"),
        ("seeds", "1e9"),
        ("epochs", "-3"),
        ("teacher", "../../etc/passwd"),
        ("teacher_weights", "XYZ"),
    ],
)
def test_a_broken_link_says_what_is_wrong_and_falls_back(name, value):
    config, problems = DistilConfig.from_query({name: value, "batch_size": "64"})
    assert getattr(config, name) == DistilConfig.model_fields[name].default
    assert config.batch_size == 64
    (problem,) = problems
    assert name in problem
    assert value[:20] in problem
    assert "Allowed" in problem


def test_names_that_are_not_settings_are_left_to_the_page():
    config, problems = DistilConfig.from_query({"hide": "alpha", "utm": "1"})
    assert config == DistilConfig()
    assert problems == []


def test_parse_names_all_that_is_wrong():
    with pytest.raises(ConfigError) as caught:
        DistilConfig.parse({"alpha": 1.5, "temperature": 0})
    text = str(caught.value)
    assert "alpha is '1.5'" in text
    assert "a number from 0 to 1" in text.replace(".0", "")
    assert "temperature is '0'" in text


@pytest.mark.parametrize("text", ["", "[1]", "{", "null", "[" * 100_000, '{"colour": 1}'])
def test_json_that_is_no_configuration(text):
    with pytest.raises(ConfigError):
        DistilConfig.from_json(text)


def test_a_configuration_is_frozen():
    with pytest.raises(ValidationError):
        DistilConfig().alpha = 0.1  # type: ignore[misc]


def test_fingerprints_tell_configurations_apart_and_are_stable():
    one, two = DistilConfig(), DistilConfig(alpha=0.8)
    assert one.fingerprint() == DistilConfig().fingerprint()
    assert one.fingerprint() != two.fingerprint()
    assert one.teacher_config().fingerprint() == two.teacher_config().fingerprint()
    assert one.teacher_config().fingerprint() != one.fingerprint()
    assert isinstance(one.teacher_config(), TeacherConfig)
    assert type(one.data_config()) is DataConfig


def test_json_is_one_object_of_all_settings():
    assert set(json.loads(DistilConfig().to_json())) == set(DistilConfig.model_fields)
