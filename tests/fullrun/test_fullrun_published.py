"""Published pairs and recipes as data, and the settings that they bring."""

import pytest

from kdlab import methods, models
from kdlab.errors import ConfigError, ModelError
from kdlab.fullrun import possible, published
from kdlab.fullrun.config import FullRunConfig
from kdlab.fullrun.published import OWN, PAIRS, RECIPES

CIFAR100 = (3, 32, 32), 100

TIAN = """
resnet32x4 shufflev1 79.42 70.50 74.07 75.11
wrn-40-2 wrn-40-1 75.61 71.98 73.54 74.14
vgg13 mobilenetv2 74.64 64.60 67.37 69.73
resnet50 vgg8 79.34 70.36 73.81 74.30
resnet110 resnet20 74.31 69.06 70.67 71.46
"""
"""Rows of RepDistiller's README: teacher, student, their accuracies, KD, CRD."""

STANDARDISED = """
resnet32x4 resnet8x4 73.33 76.32 76.62 77.01 77.08 78.28
resnet110 resnet32 73.08 74.11 74.17 74.29 74.11 74.32
vgg13 vgg8 72.98 74.68 74.36 74.81 75.18 75.22
resnet56 resnet20 70.66 71.97 71.43 72.32 72.19 72.33
"""
"""Rows of the README of logit standardisation: KD, DKD, KD+LS, DKD+LS, MLKD, MLKD+LS."""


def rows(table, columns):
    for line in table.split("\n")[1:-1]:
        teacher, student, *figures = line.split()
        yield pytest.param(
            f"{teacher}-{student}", dict(zip(columns, map(float, figures), strict=True)), id=line
        )


@pytest.mark.parametrize(
    ("pair", "figures"),
    [
        *rows(TIAN, ["teacher", "student", "KD", "CRD"]),
        *rows(STANDARDISED, ["KD", "DKD", "KD+LS", "DKD+LS", "MLKD", "MLKD+LS"]),
    ],
)
def test_figures_are_those_of_the_papers(pair, figures):
    found = PAIRS[pair].published
    assert {name: found[name] for name in figures} == figures


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_has_networks_of_the_lab_for_cifar100(name):
    pair = PAIRS[name]
    assert name == f"{pair.teacher}-{pair.student}"
    for network in (pair.teacher, pair.student):
        models.check(network, *CIFAR100)
    assert pair.published["student"] < pair.published["teacher"]
    assert {"teacher", "student", "KD", "CRD"} <= set(pair.published)
    assert set(pair.published) <= {
        *("teacher", "student", "KD", "CRD", "DKD", "KD+LS", "DKD+LS", "MLKD", "MLKD+LS")
    }
    assert ("DKD" in pair.published) <= (pair.dkd_others is not None)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("pair", PAIRS)
def test_every_pair_can_be_run_by_every_recipe(pair, recipe):
    config = FullRunConfig(pair=pair, recipe=recipe)
    possible.check(config)
    assert (config.teacher, config.student) == (PAIRS[pair].teacher, PAIRS[pair].student)
    assert (config.dataset, config.epochs, config.batch_size) == ("cifar100", 240, 64)
    small = config.student.startswith(("mobilenet", "shuffle"))
    assert config.learning_rate == (0.01 if small else 0.05)
    assert config.teacher_learning_rate == 0.05
    assert config.weight_decay == 5e-4
    assert (config.padding, config.flip) == (4, True)


def weights(config):
    """(of the cross-entropy, of the method's own loss) in all."""
    soft = config.loss_scale * config.alpha * methods.find(config.method).weight
    return config.loss_scale * (1 - config.alpha), soft


@pytest.mark.parametrize(
    ("recipe", "method", "temperature", "expected"),
    [
        ("kd", "soft-targets", 4, (0.1, 0.9)),
        ("dkd", "dkd", 4, (1.0, 1.0)),
        ("kd-ls", "logit-standardisation", 2, (0.1, 9.0)),
    ],
)
def test_recipes_are_the_published_losses(recipe, method, temperature, expected):
    config = FullRunConfig(recipe=recipe)
    assert (config.method, config.temperature) == (method, temperature)
    assert weights(config) == pytest.approx(expected)
    assert config.warmup == pytest.approx(20 / 240 if recipe == "dkd" else 0)


def test_dkd_has_the_weight_that_its_authors_chose_for_the_pair():
    others = {
        pair: FullRunConfig(pair=pair, recipe="dkd").method_parameters
        for pair in ("resnet56-resnet20", "wrn-40-2-wrn-16-2", "resnet32x4-resnet8x4")
    }
    assert [value[1] for value in others.values()] == [2.0, 6.0, 8.0]
    assert {value[0] for value in others.values()} == {1.0}
    assert FullRunConfig(recipe="kd").method_parameters == ()


# -- the reference ----------------------------------------------------------------------------


def test_the_reference_is_that_of_these_networks_on_cifar100():
    found = FullRunConfig(pair="wrn-40-2-wrn-16-2", recipe="kd-ls").reference()
    assert found == {
        "teacher": 75.61,
        "student": 73.26,
        "method": 76.11,
        "column": "KD+LS",
        "source": RECIPES["kd-ls"].source,
    }
    # one's own pair, which is a published one
    own = FullRunConfig(pair=OWN, teacher="vgg13", student="vgg8").reference()
    assert (own["student"], own["method"]) == (70.36, 72.98)


def test_no_figure_stands_beside_what_nobody_published():
    assert FullRunConfig(dataset="cifar10").reference() == {}
    assert FullRunConfig(pair=OWN, teacher="resnet56", student="resnet8").reference() == {}
    assert FullRunConfig(teacher="resnet110", student="vgg8").reference() == {}
    found = FullRunConfig(pair="resnet50-vgg8", recipe="dkd").reference()
    assert "method" not in found
    assert found["student"] == 70.36


# -- what is brought, and what overrides it ---------------------------------------------------


def test_what_is_given_overrides_what_is_brought():
    config = FullRunConfig(
        pair="wrn-40-2-shufflev1", recipe="dkd", learning_rate=0.3, warmup=0.0, alpha=0.2
    )
    assert (config.learning_rate, config.warmup, config.alpha) == (0.3, 0.0, 0.2)
    assert (config.student, config.loss_scale, config.method) == ("shufflev1", 2.0, "dkd")
    assert FullRunConfig(pair="vgg13-vgg8", student="vgg13").student == "vgg13"
    # also with the value that a configuration without a choice would have
    assert FullRunConfig(pair="wrn-40-2-shufflev1", learning_rate=0.05).learning_rate == 0.05


def test_ones_own_pair_brings_nothing():
    fields = FullRunConfig.model_fields
    config = FullRunConfig(pair=OWN)
    assert (config.teacher, config.student) == ("resnet56", "resnet20")
    assert config.learning_rate == fields["learning_rate"].default
    assert published.brought(OWN, "?") == {}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"pair": OWN, "dataset": "digits", "teacher": "cnn-8", "student": "cnn-4"},
        {"pair": "wrn-40-2-shufflev1", "recipe": "dkd", "seeds": 3, "milestones": (0.25, 0.5)},
        {"pair": "wrn-40-2-shufflev1", "learning_rate": 0.05, "milestones": ()},
        {"pair": "vgg13-vgg8", "recipe": "kd-ls", "alpha": 0.9, "loss_scale": 1.0, "flip": False},
        {"recipe": "dkd", "method_parameters": (), "teacher_epochs": 12, "validation": True},
        {"teacher_epochs": "same", "train_limit": 500, "warmup": 0.125},
    ],
)
def test_a_link_and_a_file_bring_back_the_configuration(settings):
    config = FullRunConfig(**settings)
    query = config.to_query()
    assert all(isinstance(value, str) for value in query.values())
    assert FullRunConfig.from_query(query) == (config, [])
    assert FullRunConfig.from_json(config.to_json()) == config
    assert FullRunConfig.from_json(config.to_json()).fingerprint() == config.fingerprint()


def test_the_teacher_is_the_same_whatever_the_student_does():
    one = FullRunConfig(pair="resnet56-resnet20", epochs=20)
    same = one.model_copy(update={"method": "dkd", "alpha": 0.3, "seeds": 4, "learning_rate": 0.2})
    assert one.teacher_config().fingerprint() == same.teacher_config().fingerprint()
    assert one.teacher_config().teacher_epochs == 20
    for changes in ({"epochs": 30}, {"teacher_seed": 1}, {"batch_size": 128}, {"padding": 2}):
        other = one.model_copy(update=changes)
        assert one.teacher_config().fingerprint() != other.teacher_config().fingerprint()
    fixed = FullRunConfig(epochs=30, teacher_epochs=20).teacher_config()
    assert fixed.teacher_epochs == 20


@pytest.mark.parametrize(
    ("settings", "kind", "word"),
    [
        ({"pair": "resnet20-resnet56"}, ConfigError, "resnet56-resnet20"),
        ({"recipe": "crd"}, ConfigError, "kd-ls"),
        ({"dataset": "moons"}, ConfigError, "cifar100"),
        ({"dataset": "images"}, ConfigError, "--data"),
        ({"student": "torchvision-resnet18"}, ModelError, "student"),
        ({"teacher": "torchvision-resnet18", "method": "hints"}, ConfigError, "hidden layers"),
        ({"method": "dkd", "method_parameters": (1.0, 2.0, 3.0)}, ConfigError, "method_parameters"),
        ({"student": "resnet21"}, (ConfigError, ModelError), "resnet20"),
    ],
)
def test_what_cannot_be_run_is_said_beforehand(settings, kind, word):
    with pytest.raises(kind) as caught:
        possible.check(FullRunConfig(**settings))
    assert word in str(caught.value)


def test_the_methods_figure_is_only_told_where_the_student_is_taught_so():
    assert "method" in FullRunConfig().reference()
    other = FullRunConfig(method="relational").reference()
    assert "method" not in other
    assert other["student"] == FullRunConfig().reference()["student"]
    assert FullRunConfig(recipe="nonsense").reference() == {}


def test_a_data_set_brings_its_views_on_the_command_line_as_on_the_page():
    digits = FullRunConfig.parse({"dataset": "digits"})
    assert (digits.padding, digits.flip) == (1, False)
    assert FullRunConfig.parse({"dataset": "digits", "flip": "true"}).flip
    assert (FullRunConfig().padding, FullRunConfig().flip) == (4, True)
    assert digits.to_query() == {"dataset": "digits"}
    assert FullRunConfig.from_query({"dataset": "digits"})[0] == digits


def test_shares_say_between_what():
    with pytest.raises(ConfigError, match="each a number above 0 and below 1"):
        FullRunConfig.parse({"milestones": "150,180,210"})
