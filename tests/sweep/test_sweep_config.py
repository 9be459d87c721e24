"""A map's settings: their doors, their limits, and the sentences where they are wrong."""

from __future__ import annotations

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.config.words import allowed_values, as_text
from kdlab.errors import ConfigError, ModelError
from kdlab.experiments.sweep import AXES, SweepConfig, possible
from kdlab.models import of_width

EVERY_AXIS = {
    "temperatures": ("2.5,1,40", (1.0, 2.5, 40.0)),
    "alphas": ("1,0,0.25", (0.0, 0.25, 1.0)),
    "label_counts": ("all,10,2", (2, 10, "all")),
    "widths": ("64,4", (4, 64)),
    "label_noises": ("0.6, 0", (0.0, 0.6)),
}


def problem(**values):
    with pytest.raises(ConfigError) as caught:
        SweepConfig.parse(values)
    return caught.value


@pytest.mark.parametrize(("name", "text", "values"), [(n, *v) for n, v in EVERY_AXIS.items()])
def test_values_from_a_link_are_put_in_order(name, text, values):
    config, problems = SweepConfig.from_query({name: text})
    assert problems == []
    assert getattr(config, name) == values
    assert [type(v) for v in getattr(config, name)] == [type(v) for v in values]
    assert SweepConfig.from_query(config.to_query()) == (config, [])
    assert config == SweepConfig.parse({name: list(reversed(values))}), "the order says nothing"


def test_a_link_says_only_what_is_not_as_usual():
    assert SweepConfig().to_query() == {}
    config = SweepConfig(x_axis="labels", label_counts=(5, "all"), temperatures=(1, 2.5), seeds=3)
    assert config.to_query() == {
        "x_axis": "labels", "label_counts": "5,all", "temperatures": "1,2.5", "seeds": "3",
    }  # fmt: skip


def test_a_link_with_wrong_values_keeps_the_usual_ones_and_says_so():
    config, problems = SweepConfig.from_query({"alphas": "0.5,0.5", "temperatures": "3"})
    assert config == SweepConfig(temperatures=(3,))
    (sentence,) = problems
    assert sentence.startswith("alphas is '0.5,0.5': 0.5 appears twice. Allowed: 1 to 32")
    assert f"Used instead: '{as_text(SweepConfig().alphas)}'" in sentence


def test_json_and_back():
    config = SweepConfig(
        x_axis="label_noise", y_axis="width", **{n: v for n, (_, v) in EVERY_AXIS.items()}
    )
    assert SweepConfig.from_json(config.to_json()) == config
    assert SweepConfig.from_json(config.to_json()).fingerprint() == config.fingerprint()
    assert hash(config) == hash(SweepConfig.parse(config.model_dump(mode="json")))


def test_a_map_and_a_run_of_the_same_settings_have_different_names():
    config = SweepConfig(epochs=100)
    assert config.single() == DistilConfig(epochs=100)
    assert config.single(alpha=0.2) == DistilConfig(epochs=100, alpha=0.2)
    assert config.fingerprint() != config.single().fingerprint()


@pytest.mark.parametrize(
    ("name", "value", "received"),
    [
        ("temperatures", [0, 1], "temperatures has 0"),
        ("temperatures", "1,0", "temperatures has 0"),
        ("temperatures", "", "temperatures is nothing"),
        ("temperatures", "1,nan", "temperatures has nan"),
        ("temperatures", "1,1.0", "temperatures is '1,1.0': 1 appears twice"),
        ("temperatures", list(range(1, 34)), "temperatures has 33 values"),
        ("alphas", [0.5, 1.01], "alphas has 1.01"),
        ("alphas", 0.5, "alphas is 0.5"),
        ("alphas", "a,b", "alphas is 'a,b'"),
        ("alphas", ",".join(["0.5"] * 100_000), "alphas has 100,000 values"),
        ("alphas", [n / 100_000 for n in range(100_000)], "alphas has 100,000 values"),
        ("label_counts", "10,all,10", "label_counts is '10,all,10': 10 appears twice"),
        ("label_counts", "0,5", "label_counts has 0"),
        ("label_counts", ["some"], "label_counts is 'some'"),
        ("widths", "4,2.5", "widths has 2.5"),
        ("widths", [0], "widths is 0"),
        ("label_noises", "-0.1", "label_noises is -0.1"),
    ],
)
def test_wrong_values_are_told_in_a_sentence(name, value, received):
    found = problem(**{name: value})
    assert found.received == received
    assert found.allowed == allowed_values(SweepConfig, name)
    assert found.allowed.startswith("1 to 32 different values, separated by commas, each a")
    assert found.todo == f"Change {name}"
    assert len(str(found)) < 300


def test_as_many_values_as_are_allowed():
    assert len(SweepConfig(temperatures=tuple(range(1, 33))).temperatures) == 32


def test_an_axis_is_one_that_there_is():
    found = problem(x_axis="colour")
    assert found.received == "x_axis is 'colour'"
    assert found.allowed == "one of " + ", ".join(AXES)


def refused(error=ConfigError, **values):
    with pytest.raises(error) as caught:
        possible(SweepConfig(**values))
    return caught.value


def test_an_axis_cannot_be_both():
    found = refused(x_axis="alpha", y_axis="alpha")
    assert found.received == "x_axis and y_axis are both alpha"


def test_a_map_has_a_largest_size():
    many = {"temperatures": tuple(range(1, 33)), "alphas": tuple(n / 31 for n in range(32))}
    found = refused(seeds=9, **many)
    assert found.received == "the map has 1,024 cells and 9 seeds, 9,216 students"
    assert "8,192" in found.allowed
    possible(SweepConfig(seeds=8, **many))


@pytest.mark.parametrize("student", ["resnet8", "wrn-16-2"])
def test_a_network_without_widths_has_no_width_axis(student):
    found = refused(x_axis="width", student=student, dataset="mnist")
    assert student in found.received
    assert "mlp-16, cnn-8" in found.allowed


def test_what_one_cell_cannot_have_no_map_has():
    labels = refused(x_axis="labels", label_counts=(10, 5000))
    assert labels.received.endswith("Temperature T, labels is 5000")
    assert "1 to 1097" in labels.allowed
    assert (
        "cnn-4000"
        in refused(ModelError, x_axis="width", student="cnn-8", widths=(8, 4000)).received
    )
    assert "labels-only" in refused(method="labels-only", alphas=(0.5, 1)).received
    possible(SweepConfig(method="labels-only", alphas=(0.5,)))


def test_every_setting_explains_itself():
    for name, field in SweepConfig.model_fields.items():
        assert field.title, name
        assert field.description.endswith("."), name
        assert field.json_schema_extra["group"], name
        assert "^" not in allowed_values(SweepConfig, name)


def test_every_axis_names_settings_that_there_are():
    for axis in AXES.values():
        assert axis.values in SweepConfig.model_fields
        assert axis.setting in DistilConfig.model_fields
        assert SweepConfig().along(axis) == SweepConfig.model_fields[axis.values].default


def test_cells_go_row_by_row_from_below():
    config = SweepConfig(x_axis="labels", y_axis="width", label_counts=(10, "all"), widths=(4, 8))
    assert [(run.labels, run.student) for run in config.cells()] == [
        (10, "mlp-4"), ("all", "mlp-4"), (10, "mlp-8"), ("all", "mlp-8"),
    ]  # fmt: skip
    assert all(run.temperature == 4 and run.alpha == 0.9 for run in config.cells())


@pytest.mark.parametrize(
    ("student", "width", "name"),
    [
        ("mlp-16", 4, "mlp-4"),
        ("mlp-16-8", 32, "mlp-32-16"),
        ("mlp-16-8-24", 8, "mlp-8-4-12"),
        ("mlp-64-4", 4, "mlp-4-1"),
        ("cnn-8-16", 4, "cnn-4-8"),
        ("cnn-8", 8, "cnn-8"),
    ],
)
def test_the_other_layers_keep_their_proportion(student, width, name):
    assert of_width(student, width) == name


def test_of_width_refuses_what_has_none():
    with pytest.raises(ConfigError, match="no width to vary"):
        of_width("resnet8", 4)
    with pytest.raises(ModelError, match="not known"):
        of_width("big", 4)
