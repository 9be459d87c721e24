"""Published pairs and recipes as data, and the settings that they bring."""

import pytest
import torch

from kdlab import data, methods, models
from kdlab.errors import ConfigError, ModelError
from kdlab.full_run.engine.layers import layer_teaching
from kdlab.full_run.recipe import possible, published
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import OWN, PAIRS, RECIPES
from kdlab.methods.pairing import pair_layers

CIFAR100 = (3, 32, 32), 100

TIAN = """
wrn-40-2 wrn-16-2 75.61 73.26 74.92 75.48
wrn-40-2 wrn-40-1 75.61 71.98 73.54 74.14
resnet56 resnet20 72.34 69.06 70.66 71.16
resnet110 resnet20 74.31 69.06 70.67 71.46
resnet110 resnet32 74.31 71.14 73.08 73.48
resnet32x4 resnet8x4 79.42 72.50 73.33 75.51
vgg13 vgg8 74.64 70.36 72.98 73.94
vgg13 mobilenetv2 74.64 64.60 67.37 69.73
resnet50 mobilenetv2 79.34 64.60 67.35 69.11
resnet50 vgg8 79.34 70.36 73.81 74.30
resnet32x4 shufflev1 79.42 70.50 74.07 75.11
resnet32x4 shufflev2 79.42 71.82 74.45 75.65
wrn-40-2 shufflev1 75.61 70.50 74.83 76.05
"""
"""All of RepDistiller's README: teacher, student, their accuracies, KD, CRD."""

ZHAO = """
resnet56 resnet20 71.97 2
resnet110 resnet32 74.11 2
resnet32x4 resnet8x4 76.32 8
wrn-40-2 wrn-16-2 76.23 6
wrn-40-2 wrn-40-1 74.81 6
vgg13 vgg8 74.68 6
resnet32x4 shufflev1 76.45 8
wrn-40-2 shufflev1 76.70 8
vgg13 mobilenetv2 69.71 6
resnet50 mobilenetv2 70.35 8
resnet32x4 shufflev2 77.07 8
"""
"""DKD in mdistiller's README, and beta in its configs (8 where a config has none)."""

SUN = """
resnet32x4 resnet8x4 76.62 2 9 77.01 77.08 78.28
vgg13 vgg8 74.36 3 9 74.81 75.18 75.22
wrn-40-2 wrn-40-1 74.37 2 9 74.89 75.35 75.56
wrn-40-2 wrn-16-2 76.11 2 9 76.39 76.63 76.95
resnet56 resnet20 71.43 2 9 72.32 72.19 72.33
resnet110 resnet32 74.17 2 9 74.29 74.11 74.32
resnet110 resnet20 71.48 4 12 71.85 71.89 72.27
resnet32x4 shufflev2 75.56 2 9 77.37 78.44 78.76
vgg13 mobilenetv2 68.61 3 9 69.98 70.57 70.94
resnet50 mobilenetv2 69.02 3 1 70.45 71.04 71.19
"""
"""README of logit standardisation: KD+LS, its T and weight by the name of its log, DKD+LS, MLKD,
MLKD+LS."""

LOGS = """
resnet32x4 resnet8x4 KD+LS 76.66 76.28 DKD+LS 77.14 76.93 MLKD+LS 78.28 78.17
vgg13 vgg8 KD+LS 74.69 74.50 DKD+LS 74.69 74.53 MLKD+LS 75.18 74.79
wrn-40-2 wrn-40-1 KD+LS 74.56 74.20 DKD+LS 74.93 74.60 MLKD+LS 75.46 74.97
wrn-40-2 wrn-16-2 KD+LS 76.08 75.59 DKD+LS 76.27 76.05 MLKD+LS 76.83 76.54
resnet56 resnet20 KD+LS 71.53 71.37 DKD+LS 72.24 71.82
resnet110 resnet32 KD+LS 74.24 74.01 DKD+LS 74.27 73.80 MLKD+LS 74.21 73.88
resnet110 resnet20 KD+LS 71.46 71.22 DKD+LS 71.86 71.37 MLKD+LS 72.27 71.92
resnet32x4 shufflev2 KD+LS 75.79 75.58 DKD+LS 77.45 76.92 MLKD+LS 78.81 77.89
vgg13 mobilenetv2 KD+LS 69.45 69.09 DKD+LS 70.12 69.88 MLKD+LS 70.94 70.54
resnet50 mobilenetv2 KD+LS 69.21 69.03 DKD+LS 70.91 70.77 MLKD+LS 71.64 71.31
"""
"""The best and the last epoch at the end of the logs of the same README."""


def rows(table):
    for line in table.split("\n")[1:-1]:
        teacher, student, *figures = line.split()
        yield f"{teacher}-{student}", figures


def numbers(table, columns):
    for pair, figures in rows(table):
        yield pytest.param(
            pair, dict(zip(columns, map(float, figures), strict=True)), id=f"{pair} {figures}"
        )


@pytest.mark.parametrize(
    ("pair", "figures"),
    [
        *numbers(TIAN, ["teacher", "student", "KD", "CRD"]),
        *numbers(ZHAO, ["DKD", "beta"]),
        *numbers(SUN, ["KD+LS", "T", "weight", "DKD+LS", "MLKD", "MLKD+LS"]),
    ],
)
def test_figures_are_those_of_the_papers(pair, figures):
    found = PAIRS[pair].published
    told = {name: value for name, value in figures.items() if name not in ("T", "weight", "beta")}
    assert {name: found[name] for name in told} == told


def test_no_figure_is_in_the_table_that_no_source_has():
    known = {(pair, "DKD"): figures[0] for pair, figures in rows(ZHAO)}
    known |= {("resnet110-resnet20", "DKD"): "71.06"}  # in the README of logit standardisation
    for pair, figures in rows(TIAN):
        names = ("teacher", "student", "KD", "CRD")
        known |= {(pair, n): f for n, f in zip(names, figures, strict=True)}
    for pair, figures in rows(SUN):
        taken = [figures[0], *figures[3:]]
        names = ("KD+LS", "DKD+LS", "MLKD", "MLKD+LS")
        known |= {(pair, n): f for n, f in zip(names, taken, strict=True)}
    table = {(p.name, n): f"{v:.2f}" for p in PAIRS.values() for n, v in p.published.items()}
    assert table == known


@pytest.mark.parametrize(("pair", "figures"), [*rows(SUN)])
def test_logit_standardisation_is_run_as_it_was_published_for_the_pair(pair, figures):
    temperature, weight = map(float, figures[1:3])
    config = FullRunConfig(pair=pair, recipe="kd-ls")
    assert config.temperature == temperature
    assert weights(config) == pytest.approx((0.1, weight))
    found = config.reference()
    assert found["method"] == float(figures[0])
    assert found["told"] == (
        "" if (temperature, weight) == (2, 9) else f"T {temperature:g}, 0.1 CE + {weight:g} KD"
    )
    # run as another pair's it is not what was published
    other = FullRunConfig(pair=pair, recipe="kd-ls", temperature=temperature + 1)
    assert "method" not in other.reference()


@pytest.mark.parametrize(("pair", "figures"), [*rows(ZHAO)])
def test_dkd_is_run_with_the_weight_that_its_authors_chose_for_the_pair(pair, figures):
    config = FullRunConfig(pair=pair, recipe="dkd")
    assert config.method_parameters == (1.0, float(figures[1]))
    found = config.reference()
    assert (found["method"], found["told"]) == (float(figures[0]), f"beta {figures[1]}")
    assert found["source"] == RECIPES["dkd"].source


def test_a_figure_says_where_it_stands_when_that_is_not_its_columns_place():
    found = FullRunConfig(pair="resnet110-resnet20", recipe="dkd").reference()
    assert (found["method"], found["source"]) == (71.06, RECIPES["kd-ls"].source)
    assert "not told" in found["told"]
    assert FullRunConfig(recipe="dkd").method_parameters == (1.0, 2.0)
    assert FullRunConfig(recipe="kd").method_parameters == ()


def test_what_is_said_of_best_epochs_is_what_the_logs_have():
    told = next(text for text in published.NOT_COMPARABLE if "averages, says" in text)
    best = above = below = count = 0
    for pair, words in rows(LOGS):
        for column, high, last in zip(words[::3], words[1::3], words[2::3], strict=True):
            value = PAIRS[pair].published[column]
            count += 1
            best += value == float(high)
            above += value > float(high)
            below += value < float(last)
    assert f"Of the {count} here that have a log, {best} are that log's best epoch" in told
    assert f"{above} are above it and {below} are below its last" in told


def test_multi_level_distillation_says_how_long_it_trained():
    for pair in PAIRS.values():
        for column, figure in pair.figures.items():
            longer = column.startswith("MLKD")
            assert figure.epochs == 240 if not longer else figure.epochs >= 480
            assert ("epochs" in figure.told) == longer
    assert PAIRS["resnet32x4-shufflev2"].figures["MLKD+LS"].epochs == 960


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


# -- the reference ----------------------------------------------------------------------------


def test_the_reference_is_that_of_these_networks_on_cifar100():
    found = FullRunConfig(pair="wrn-40-2-wrn-16-2", recipe="kd-ls").reference()
    assert found == {
        "teacher": 75.61,
        "student": 73.26,
        "method": 76.11,
        "column": "KD+LS",
        "source": RECIPES["kd-ls"].source,
        "told": "",
        "epochs": 240,
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


@pytest.mark.parametrize("name", PAIRS)
def test_published_pairs_are_as_deep_as_each_other_and_paired_one_to_one(name):
    config = FullRunConfig(pair=name)
    shape = data.find(config.dataset).shape
    student, teacher = (
        len(models.hint_points(net, shape)) for net in (config.student, config.teacher)
    )
    assert student == teacher
    assert pair_layers((), "every", student, teacher) == tuple((n, n) for n in range(student))
    attention = config.model_copy(update={"method": "attention"})
    assert not attention.earlier_fingerprints(), "its numbers are what they were"


@pytest.mark.parametrize("method", [m.name for m in methods.METHODS.values() if m.reads_features])
@pytest.mark.parametrize("student", ["cnn-2", "cnn-2-2", "cnn-2-2-2"])
@pytest.mark.parametrize("teacher", ["cnn-3", "cnn-3-3", "cnn-3-3-3"])
def test_a_full_run_pairs_layers_as_a_study_does(method, student, teacher):
    shape = (1, 8, 8)
    nets = [models.build(name, shape, 5, 0) for name in (teacher, student)]
    example = torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))
    found = layer_teaching(methods.find(method), *nets, (teacher, student), example, 0).pairs
    mine, theirs = (
        (*models.hint_points(n, shape), models.embedding_point(n, shape))
        for n in (student, teacher)
    )
    expected = pair_layers((), methods.find(method).layers, len(mine) - 1, len(theirs) - 1)
    assert found == tuple((mine[s], theirs[t]) for s, t in expected)


def test_a_run_that_was_begun_with_another_pairing_has_another_name():
    """Its checkpoint is refused in words: half of a run with each rule is neither."""
    own = {"pair": OWN, "dataset": "digits", "teacher": "cnn-8-8-8", "student": "cnn-4-4-4-4"}
    for method in ("attention", "vid"):
        assert len(FullRunConfig(**own, method=method).earlier_fingerprints()) == 1
        for student in ("cnn-4", "cnn-4-4", "cnn-4-4-4"):  # both rules pair these alike
            alike = FullRunConfig(**own | {"student": student}, method=method)
            assert not alike.earlier_fingerprints()
    assert not FullRunConfig(**own, method="similarity").earlier_fingerprints()
