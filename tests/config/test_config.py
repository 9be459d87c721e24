from __future__ import annotations

import json
from typing import Literal

import pytest
from pydantic import Field, ValidationError

from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.config.words import allowed_values
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


def received(**values):
    with pytest.raises(ConfigError) as caught:
        DistilConfig.parse(values)
    return caught.value.received


def test_parse_names_all_that_is_wrong():
    with pytest.raises(ConfigError) as caught:
        DistilConfig.parse({"alpha": 1.5, "temperature": 0, "labels": 0})
    assert str(caught.value) == (
        "temperature is 0; alpha is 1.5; labels is 0. Allowed: "
        "temperature: a number from 0.05 to 1000; alpha: a number from 0 to 1; "
        "labels: a whole number from 1 to 1000000 or 'all'. "
        "Change temperature. Change alpha. Change labels."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.5, "1.5"),
        ("2.5", "2.5"),
        (" -1e3 ", "-1e3"),
        (2.0, "2"),
        (7, "7"),
        (float("nan"), "nan"),
        ("inf", "inf"),
        (None, "nothing"),
        ("", "nothing"),
        ("high", "'high'"),
        ("1,5", "'1,5'"),
        ("a\x00\nb", r"'a\x00\nb'"),
        ([1, True], "'[1, true]'"),
        ("x" * 100_000, repr("x" * 57 + "...")),
        ("9" * 5000, repr("9" * 57 + "...")),
        (10**90, repr("1" + "0" * 56 + "...")),
    ],
)
def test_a_received_value_reads_as_it_was_written(value, shown):
    assert received(alpha=value) == f"alpha is {shown}"


@pytest.mark.parametrize("name", ["labels", "train_limit"])
@pytest.mark.parametrize("value", [0, "-1", "some", "10.5", 2.5, None, [], 10**7])
def test_a_setting_of_two_types_is_told_once(name, value):
    with pytest.raises(ConfigError) as caught:
        DistilConfig.parse({name: value})
    assert caught.value.received.count(f"{name} is") == 1
    assert caught.value.allowed == "a whole number from 1 to 1000000 or 'all'"
    assert caught.value.todo == f"Change {name}"


class Everything(DistilConfig):
    """Kinds of fields that DistilConfig has not."""

    mode: Literal["soft", "hard"] = "soft"
    switch: bool = False
    free: float = 0
    numbers: str = Field("", pattern="^[0-9,]*$", examples=["1,2"])
    many: list[int] = []  # noqa: RUF012 - pydantic copies defaults


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alpha", "a number from 0 to 1"),
        ("learning_rate", "a number from 0.00001 to 1"),
        ("seeds", "a whole number from 1 to 64"),
        ("labels", "a whole number from 1 to 1000000 or 'all'"),
        ("dataset", "a text, at most 40 characters"),
        (
            "student",
            "a name like mlp-512-512, of small letters, digits and hyphens, at most 40 characters",
        ),
        ("teacher_weights", "digits 0-9 and letters a-f, at most 64 characters"),
        ("mode", "one of soft, hard"),
        ("switch", "true or false"),
        ("free", "a number"),
        ("numbers", "a text like '1,2'"),
        ("many", "a value of type array"),
    ],
)
def test_what_is_allowed_reads_well(name, words):
    assert allowed_values(Everything, name) == words


def test_no_message_shows_a_pattern_to_the_reader():
    for name, field in DistilConfig.model_fields.items():
        assert "^" not in allowed_values(DistilConfig, name), field


def test_unknown_settings_are_named_with_the_nearest_one():
    with pytest.raises(ConfigError) as caught:
        DistilConfig.parse({"tempreture": 3, "colour": 1})
    assert caught.value.received == "'tempreture' is not a setting; 'colour' is not a setting"
    assert caught.value.allowed == "the settings " + ", ".join(DistilConfig.model_fields)
    assert caught.value.todo == "Write temperature instead. Remove 'colour'"


def test_a_file_of_something_else_gets_a_short_message():
    with pytest.raises(ConfigError) as caught:
        DistilConfig.parse({"x" * 1000 + str(n): n for n in range(1000)})
    assert "and 995 more" in caught.value.received
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the configuration is empty"),
        (" \n", "the configuration is empty"),
        ("[1]", "the configuration starts with '[1]'"),
        ('{"alpha": 1,}', "not JSON from line 1, column 13"),
        ('{\n"alpha" 1}', "not JSON from line 2, column 9"),
        ("9" * 5000, "not readable JSON"),
        ('{"alpha": NaN}', "alpha is nan"),
        ('{"alpha": 1e999}', "alpha is inf"),
    ],
)
def test_a_broken_file_says_where(text, words):
    with pytest.raises(ConfigError) as caught:
        DistilConfig.from_json(text)
    assert words in caught.value.received


@pytest.mark.parametrize("text", ["", "[1]", "{", "null", "[" * 100_000, '{"colour": 1}'])
def test_json_that_is_no_configuration(text):
    with pytest.raises(ConfigError):
        DistilConfig.from_json(text)


def test_a_configuration_is_frozen():
    with pytest.raises(ValidationError):
        DistilConfig().alpha = 0.1  # type: ignore[misc]


def test_a_method_whose_numbers_changed_gives_its_own_results_other_names(monkeypatch):
    from kdlab.config import base

    plain, dist = DistilConfig(), DistilConfig(method="dist")
    before = plain.fingerprint(), dist.fingerprint(), dist.teacher_config().fingerprint()
    monkeypatch.setattr(base, "REVISED", {"method": {"dist": 1 + REVISED_OFTEN}})
    after = plain.fingerprint(), dist.fingerprint(), dist.teacher_config().fingerprint()
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]


def test_what_a_configuration_was_called_before_its_numbers_changed(monkeypatch):
    from kdlab.config import base

    monkeypatch.setattr(base, "REVISED", {})
    first = DistilConfig(method="dist").fingerprint()
    monkeypatch.setattr(base, "REVISED", {"method": {"dist": 2}})
    second = DistilConfig(method="dist").fingerprint()
    assert DistilConfig(method="dist").earlier_fingerprints() == {first}
    monkeypatch.setattr(base, "REVISED", {"method": {"dist": 3}})
    assert DistilConfig(method="dist").earlier_fingerprints() == {first, second}
    assert DistilConfig().earlier_fingerprints() == frozenset()


def test_methods_whose_numbers_changed_are_revised():
    """Weight, regressor or place of these changed; of all others nothing did."""
    from kdlab.config import base

    changed = {"dist", "hints", "relational", "pkt", "cc"}
    assert base.REVISED["method"].keys() == changed
    assert not DistilConfig(method="soft-targets").earlier_fingerprints()


def test_settings_of_one_kind_can_be_named_anew(monkeypatch):
    class Special(DistilConfig):
        pass

    before = Special().fingerprint(), DistilConfig().fingerprint()
    monkeypatch.setattr(Special, "numbers_version", 2)
    assert Special().fingerprint() != before[0]
    assert DistilConfig().fingerprint() == before[1]


REVISED_OFTEN = 1000
"""A version that no method will reach."""


def test_fingerprints_tell_configurations_apart_and_are_stable():
    one, two = DistilConfig(), DistilConfig(alpha=0.8)
    assert one.fingerprint() == DistilConfig().fingerprint()
    assert one.fingerprint() != two.fingerprint()
    assert one.teacher_config().fingerprint() == two.teacher_config().fingerprint()
    assert one.teacher_config().fingerprint() != one.fingerprint()
    assert isinstance(one.teacher_config(), TeacherConfig)


def test_json_is_one_object_of_all_settings():
    assert set(json.loads(DistilConfig().to_json())) == set(DistilConfig.model_fields)
