"""Trees as plain numbers say what scikit-learn says of the same trees."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from kdlab.errors import ModelError
from kdlab.measure import profiling
from kdlab.measure.probabilities import FLOOR, log_of
from kdlab.models import trees, weights
from kdlab.training.forests import boosted, forest

NAMES = ("a", "b", "c")


def rows(classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to grow on, with equal values so that thresholds lie between 32-bit numbers, their
    classes, and further rows, some of which lie on thresholds."""
    draw = np.random.default_rng(7)
    grown = draw.normal(size=(300, 5)).astype(np.float32)
    grown[:, 0] = grown[:, 0].round(1)
    targets = np.digitize(grown[:, 0] + grown[:, 1], [-0.5, 0.7][: classes - 1])
    further = np.concatenate([draw.normal(size=(200, 5)).astype(np.float32).round(1), grown])
    return grown, targets, further


@pytest.mark.parametrize("classes", [2, 3])
def test_a_forest_says_what_scikit_learn_says(classes):
    grown, targets, further = rows(classes)
    grower = RandomForestClassifier(15, random_state=0).fit(grown, targets)
    said = forest(grower, classes)(torch.from_numpy(further))
    assert np.array_equal(said.numpy(), log_of(grower.predict_proba(further)))


@pytest.mark.parametrize("classes", [2, 3])
def test_boosting_says_what_scikit_learn_says(classes):
    grown, targets, further = rows(classes)
    grower = HistGradientBoostingClassifier(max_iter=12).fit(grown, targets)
    said = boosted(grower, classes)(torch.from_numpy(further)).double().softmax(1)
    assert np.allclose(said.numpy(), grower.predict_proba(further), atol=1e-6)


@pytest.mark.parametrize("kind", [RandomForestClassifier, HistGradientBoostingClassifier])
def test_a_class_of_which_no_row_was_seen_has_nearly_no_probability(kind):
    grown, targets, further = rows(3)
    grower = kind(random_state=0).fit(grown[targets != 1], targets[targets != 1])
    module = (forest if kind is RandomForestClassifier else boosted)(grower, 3)
    said = module(torch.from_numpy(further)).double().softmax(1)
    assert said[:, 1].max() < 100 * FLOOR
    assert np.allclose(said[:, [0, 2]].numpy(), grower.predict_proba(further), atol=1e-4)


def test_thresholds_in_32_bits_send_every_input_the_same_way():
    exact = np.array([0.1, 1 / 3, -1 / 3, 1e-40, 2.0])
    for inputs in (exact.astype(np.float32), np.nextafter(exact.astype(np.float32), np.float32(9))):
        assert np.array_equal(inputs <= trees.rounded_down(exact), inputs <= exact)


@pytest.fixture
def grown() -> trees.TreeEnsemble:
    inputs, targets, _ = rows(3)
    return forest(RandomForestClassifier(4, random_state=0).fit(inputs, targets), 3)


def test_a_file_of_trees_says_the_same_without_a_pickle(grown):
    _, _, further = rows(3)
    content = weights.dump_weights(grown, "forest-4", (5,), 3, {}, NAMES)
    asked = torch.from_numpy(further)
    assert torch.equal(trees.load(content, (5,), NAMES)(asked), grown(asked))
    assert torch.equal(copy.deepcopy(grown)(asked), grown(asked))
    assert b"sklearn" not in content


def test_a_file_of_other_inputs_or_classes_or_of_a_network_is_refused(grown):
    content = weights.dump_weights(grown, "forest-4", (5,), 3, {}, NAMES)
    with pytest.raises(ModelError, match="another input_shape"):
        trees.load(content, (6,), NAMES)
    with pytest.raises(ModelError, match="another class_names"):
        trees.load(content, (5,), ("a", "b", "d"))
    with pytest.raises(ModelError, match="no ensemble of trees"):
        trees.load(weights.dump_weights(grown, "mlp-4", (5,), 3))


@pytest.mark.parametrize("name", ["feature", "left", "root", "leaf"])
def test_a_file_whose_nodes_lead_nowhere_is_refused(grown, name):
    getattr(grown, name)[-1] = 10_000
    content = weights.dump_weights(grown, "forest-4", (5,), 3, {}, NAMES)
    with pytest.raises(ModelError, match="incomplete"):
        trees.load(content, (5,), NAMES)


def test_what_trees_cost_is_counted_from_their_nodes(grown):
    inputs, targets, _ = rows(3)
    grower = RandomForestClassifier(4, random_state=0).fit(inputs, targets)
    found = [each.tree_ for each in grower.estimators_]
    leaves = sum(tree.n_leaves for tree in found)
    inner = sum(tree.node_count for tree in found) - leaves
    assert profiling.parameters(grown) == 2 * inner + 3 * leaves
    most = sum(tree.max_depth for tree in found)
    assert profiling.flops_per_image(grown, (5,)) == most + 4 * 3
