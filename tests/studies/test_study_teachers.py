"""Several teachers: who they are, how they count, and what is said of them."""

from __future__ import annotations

import pytest
from made_histories import made, said

from kdlab.errors import ConfigError
from kdlab.studies.teachers import TeachersConfig, plan

CLASSES = tuple("0123456789")


def arms(**settings):
    return {arm.name: arm for arm in plan(TeachersConfig(**settings), CLASSES).arms}


def test_teachers_differ_in_first_weights_in_size_or_in_what_they_know():
    found = arms(teachers=3, teacher="mlp-64-32", teacher_seed=5)
    assert [t.seed for t in found["seeds"].teachers] == [None, 6, 7]
    sizes = [t.architecture for t in found["sizes"].teachers]
    assert sizes == ["mlp-64-32", "mlp-32-16", "mlp-16-8"]
    known = [t.classes for t in found["experts"].teachers]
    assert known == [(0, 1, 2, 3, 4), (5, 6, 7, 8, 9)], "together they know all, each once"
    assert len(found["one"].teachers) == 1
    assert found["labels only"].alpha == 0


def test_each_teacher_has_its_weight_or_all_have_the_same():
    assert {t.weight for arm in arms(teachers=3).values() for t in arm.teachers} == {1.0}
    found = arms(teachers=3, weights=(2, 0, 1))
    for name in ("seeds", "sizes"):
        assert [t.weight for t in found[name].teachers] == [2, 0, 1]
    assert [t.weight for t in found["experts"].teachers] == [2, 0]


@pytest.mark.parametrize("weights", [(1, 2), (0, 0, 0), (1, 1, 1, 1)])
def test_weights_are_one_a_teacher_and_not_all_zero(weights):
    with pytest.raises(ConfigError, match="for 3 teachers"):
        plan(TeachersConfig(teachers=3, weights=weights), CLASSES)


def test_a_link_writes_weights_with_commas():
    config, problems = TeachersConfig.from_query({"weights": "1, 0.5,2"})
    assert not problems
    assert config.weights == (1, 0.5, 2)
    assert TeachersConfig.from_query(config.to_query())[0] == config


def test_several_are_compared_with_one():
    means = {"labels only": 0.8, "one": 0.9, "seeds": 0.95, "sizes": 0.9, "experts": 0.85}
    accuracy = {name: [mean] * 3 for name, mean in means.items()}
    told = said(made("teachers", TeachersConfig(seeds=3), accuracy), "teachers")
    assert "is better than “One teacher” with this teacher: +5.0 points" in told
    assert "cannot be told apart from “One teacher”" in told
    assert "is worse than “One teacher” with this teacher: −5.0 points" in told
