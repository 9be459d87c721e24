"""Which arms train together, and what does not fit into memory."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.training.arms.arm import Arm, ArmStudents, Peer, Plan
from kdlab.training.arms.cohorts import cohorts, enough_memory

CONFIG = DistilConfig(student="mlp-2048-2048", seeds=16)
DIGIT = (1, 8, 8)


def plan(config, *arms):
    return Plan((Arm.baseline(config), *arms))


def test_arms_that_differ_in_numbers_alone_train_together():
    at = [Arm.of(CONFIG, f"T{t}", f"T {t}", temperature=float(t)) for t in (1, 2)]
    other = Arm.of(CONFIG, "hints", "Hints", method="hints")
    born = Arm.of(CONFIG, "born", "Born again", teachers=(ArmStudents("T1"),))
    names = [[arm.name for arm in c.arms] for c in cohorts(plan(CONFIG, *at, other, born))]
    assert names == [["labels only", "T1", "T2"], ["hints"], ["born"]]


def test_the_arms_of_one_method_and_those_on_labels_alone_are_one_cohort():
    """So they are in a run, a map and a group of trials; a study has them beside soft targets."""
    config = CONFIG.model_copy(update={"method": "dkd"})
    arms = (Arm.of(config, "alone", "Alone", alpha=0.0), Arm.of(config, "dkd", "DKD", alpha=0.5))
    assert [len(group.arms) for group in cohorts(Plan(arms))] == [1, 1]
    (group,) = cohorts(Plan(arms, one_method=True))
    assert group.arms == arms
    assert group.common.method == "dkd"


def test_large_groups_are_cut_into_cohorts_of_even_size():
    many = Plan(tuple(Arm.of(CONFIG, f"T{t}", "", temperature=float(t)) for t in range(1, 8)))
    assert [len(group.arms) for group in cohorts(many, lambda student: 3)] == [2, 3, 2]
    assert [a.name for g in cohorts(many, lambda student: 3) for a in g.arms] == [
        f"T{t}" for t in range(1, 8)
    ]


def test_many_large_students_at_once_are_refused():
    enough_memory(plan(CONFIG), CONFIG, DIGIT, 10)
    many = [Arm.of(CONFIG, f"T{t}", f"T {t}", temperature=float(t)) for t in range(1, 14)]
    with pytest.raises(ConfigError, match="224 students mlp-2048-2048 learn at once"):
        enough_memory(plan(CONFIG, *many), CONFIG, DIGIT, 10)


def test_two_peers_are_two_students():
    config = DistilConfig(student="mlp-1024-1024-1024", seeds=64)
    enough_memory(plan(config), config, DIGIT, 10)
    peers = Arm.of(config, "peers", "Peers", teachers=(Peer(),))
    with pytest.raises(ConfigError, match="128 students"):
        enough_memory(Plan((peers,)), config, DIGIT, 10)


def test_all_triples_of_a_large_batch_are_refused():
    config = DistilConfig(batch_size=1024)
    relational = Arm.of(config, "rkd", "RKD", method="relational")
    with pytest.raises(ConfigError, match="batch size"):
        enough_memory(Plan((relational,)), config, DIGIT, 10)
    enough_memory(Plan((relational,)), config.model_copy(update={"batch_size": 128}), DIGIT, 10)


def test_all_pairs_of_wide_embeddings_are_refused():
    """A CNN's embedding has every place of its last maps: 512 * 16 * 16 numbers an example."""
    config = DistilConfig(teacher="cnn-8", student="cnn-512", batch_size=128, seeds=2)
    for method, refused in (("relational", True), ("pkt", False)):
        plan = Plan((Arm.of(config, "arm", "Arm", method=method),))
        with pytest.raises(ConfigError, match="GiB") if refused else nullcontext():
            enough_memory(plan, config, (3, 32, 32), 10)


@pytest.mark.parametrize("method", ["cc", "pkt", "similarity"])
def test_matrices_of_all_pairs_of_a_large_batch_are_refused_for_many_seeds(method):
    """64 students * 4096 * 4096 pairs: 8 GiB for each matrix."""
    for batch, refused in ((4096, True), (128, False)):
        config = DistilConfig(student="mlp-4", batch_size=batch, seeds=64)
        plan = Plan((Arm.of(config, "arm", "Arm", method=method),))
        with pytest.raises(ConfigError, match="GiB") if refused else nullcontext():
            enough_memory(plan, config, DIGIT, 10)
