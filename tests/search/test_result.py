from __future__ import annotations

import optuna
import pytest

from kdlab.experiments.search import SearchConfig, result


def trial(number, parameters, accuracy, latency=1.0, state="complete"):
    return {
        "number": number, "state": state, "student": f"mlp-{parameters}", "teacher": "mlp-64",
        "method": "soft-targets", "temperature": 4.0, "alpha": 0.9, "parameters": parameters,
        "bytes": 4 * parameters, "flops_per_image": 2 * parameters, "latency_ms": latency,
        "accuracy": accuracy, "epochs": 10,
    }  # fmt: skip


TRIALS = [
    trial(0, 100, [0.5, 0.7], latency=3.0),
    trial(1, 200, [0.6, 0.6]),
    trial(2, 300, [0.8, 0.8], latency=0.5),
    trial(3, 300, [0.8, 0.8]),
    trial(4, 400, [0.8, 0.8]),
    trial(5, 50, [0.1, 0.1], state="pruned"),
]


def test_the_best_is_the_smallest_of_the_most_accurate():
    assert [row["number"] for row in result.ranked(TRIALS)] == [2, 3, 4, 0, 1]
    assert result.ranked(TRIALS)[3]["validation_accuracy"] == pytest.approx(0.6)


def test_nobody_on_the_front_is_beaten():
    found = result.front(TRIALS)
    assert [(row["number"], row["on"]) for row in found] == [
        (0, ["parameters"]),
        (2, ["parameters", "latency_ms"]),
    ]
    for row in found:
        for axis in row["on"]:
            assert not any(
                other[axis] <= row[axis]
                and other["validation_accuracy"] > row["validation_accuracy"]
                for other in result.ranked(TRIALS)
            )


def study(count, value):
    made = optuna.create_study(direction="maximize")
    spread = {
        name: optuna.distributions.FloatDistribution(0, 1) for name in ("matters", "does not")
    }
    for n in range(count):
        params = {"matters": n / count, "does not": n * 0.618 % 1}
        made.add_trial(
            optuna.trial.create_trial(params=params, distributions=spread, value=value(n))
        )
    return made


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def test_importance_finds_what_mattered():
    found = result.importance(study(40, lambda n: n / 40))
    assert list(found) == ["matters", "does not"]
    assert sum(found.values()) == pytest.approx(1)


def test_of_few_trials_nothing_is_said():
    assert result.importance(study(result.ENOUGH - 1, float)) == {}


def test_the_link_to_the_best_has_fresh_seeds_and_its_teacher():
    config = SearchConfig(seeds=4, first_seed=10, teacher_weights="ab12", max_parameters=9)
    found = result.config_of(config, TRIALS[0])
    assert (found.student, found.alpha, found.temperature) == ("mlp-100", 0.9, 4.0)
    assert (found.first_seed, found.teacher, found.teacher_weights) == (14, "mlp-64", "")
    own = result.config_of(config, {**TRIALS[0], "teacher": config.teacher, "temperature": None})
    assert own.teacher_weights == "ab12"
    assert own.temperature == 4.0
