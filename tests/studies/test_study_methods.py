from __future__ import annotations

from dataclasses import replace

import pytest
from made_histories import CLASSES, made

from kdlab.errors import ConfigError
from kdlab.events import ArmDone, Exhibit, Progress, StudyStarted
from kdlab.experiments.study.run import run
from kdlab.methods import METHODS
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
from kdlab.studies.methods import CHOICE, MethodsConfig, plan, ranking, values
from pages.ui.study.figures.methods import describe, gains, trials

TINY = {
    "teacher": "mlp-8", "teacher_epochs": 1, "student": "mlp-4", "epochs": 2, "seeds": 2,
    "train_limit": 100, "methods": ("soft-targets", "hints"), "trials": 3, "trial_seeds": 2,
}  # fmt: skip


def test_methods_differ_in_nothing_but_the_method():
    config = MethodsConfig()
    alone, *arms = plan(config, CLASSES).arms
    assert [arm.method for arm in arms] == list(config.methods)
    assert len({replace(a, name="", label="", method="") for a in arms}) == 1
    assert alone.alpha == 0
    assert set(CHOICE) == set(METHODS) - {"labels-only"}


def test_as_many_trials_for_each_and_for_labels_only():
    config = MethodsConfig(trials=5, learning_rate=0.01)
    alone, first, *_ = plan(config, CLASSES).arms
    assert values(config, alone) == [0.0025, 0.005, 0.01, 0.02, 0.04]
    alphas = values(config, first)
    assert len(alphas) == 5
    assert (alphas[0], alphas[-1]) == (0.1, 0.99)
    assert alphas == sorted(alphas)
    single = MethodsConfig(trials=1, learning_rate=0.01)
    assert values(single, alone) == [0.01]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (MethodsConfig(methods=("attention",)), "two convolutional networks"),
        (MethodsConfig(methods=("hints",), teacher="cnn-4"), "two convolutional networks, or two"),
        (MethodsConfig(methods=("similarity",), teacher="cnn-4"), "two convolutional networks"),
        (MethodsConfig(methods=("labels-only",)), "Labels only is always included"),
        (MethodsConfig(methods=("magic",)), "soft-targets"),
    ],
)
def test_methods_that_do_not_suit_the_pair_are_refused(config, words):
    with pytest.raises(ConfigError, match=words):
        plan(config, CLASSES)


def test_embeddings_of_any_two_networks_can_be_compared():
    """What goes into a last linear layer is a vector in every network."""
    names = ("relational", "pkt", "cc")
    made = plan(MethodsConfig(methods=names, teacher="cnn-4"), CLASSES)
    assert [arm.name for arm in made.arms[1:]] == list(names)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    config = MethodsConfig(**TINY)
    store = Store(tmp_path_factory.mktemp("store"))
    return config, store, list(run(find("methods"), config, store))


def test_tuning_comes_first_and_uses_other_seeds(tuned):
    _, _, events = tuned
    (tuning,) = [e for e in events if isinstance(e, Exhibit) and e.name == "tuning"]
    (started,) = [e for e in events if isinstance(e, StudyStarted)]
    assert events.index(tuning) < events.index(started)
    assert not set(tuning.content["seeds"]) & set(started.seeds)
    assert len(tuning.content["trials"]) == 3 * 3
    done = [e.arm for e in events if isinstance(e, ArmDone)]
    assert sorted(done) == ["hints", "labels only", "soft-targets"]
    shares = [e.done for e in events if isinstance(e, Progress) and "tuning" in e.stage]
    assert shares == sorted(shares)
    assert shares[-1] == 100


def test_the_best_on_validation_is_what_is_run(tuned):
    config, _, events = tuned
    history = StudyHistory(config, events)
    rows = history.exhibits["tuning"]["trials"]
    for arm in ("labels only", "soft-targets", "hints"):
        own = [r for r in rows if r["arm"] == arm]
        (chosen,) = [r for r in own if r["chosen"]]
        assert chosen["validation"] == max(r["validation"] for r in own)
        assert history.label(arm).endswith(f"{chosen['value']:g}")


def test_what_was_tuned_is_recalled(tuned):
    config, store, events = tuned
    known = StudyHistory(config, load_result(find("methods"), config, store))
    assert known.finished
    assert known.exhibits["tuning"] == StudyHistory(config, events).exhibits["tuning"]


def test_the_ranking_is_sorted_and_drawn_with_intervals():
    config = MethodsConfig(methods=("soft-targets", "dkd", "dist"), seeds=3)
    alone, low, high = [0.8, 0.81, 0.8], [0.82, 0.83, 0.83], [0.9, 0.91, 0.92]
    history = made(
        "methods", config, {"labels only": alone, "dkd": high, "soft-targets": low, "dist": alone}
    )
    assert [name for name, _ in ranking(history)] == ["dkd", "soft-targets", "dist"]
    figure = gains(history)
    assert [t["x"][0] for t in figure["data"]] == pytest.approx([10.667, 2.333, 0.0], abs=0.01)
    assert all(t["error_x"]["array"][0] > 0 for t in figure["data"])
    assert describe(history).startswith(
        "Gains over labels only in points, the best on validation images first: Decoupled"
    )
    first, second, last = find("methods").findings(history)
    assert "is better than “Labels only”" in first.text
    assert first.holds
    assert "“Soft targets”" in second.text
    assert last.holds is None


def test_validation_sorts_and_test_images_judge():
    config = MethodsConfig(methods=("soft-targets", "dkd", "dist"), seeds=3)
    test = {"labels only": [0.8] * 3, "dkd": [0.9] * 3, "dist": [0.85] * 3}
    seen = {"labels only": [0.8] * 3, "dkd": [0.84] * 3, "dist": [0.86] * 3}
    lost = {"soft-targets": [0.99, float("nan"), 0.99]}
    history = made("methods", config, test | lost, seen)
    assert [name for name, _ in ranking(history)] == ["dist", "dkd", "soft-targets"]
    first, second, _, last = find("methods").findings(history)
    assert first.gain.mean == pytest.approx(0.05), "of test images"
    assert second.gain.mean == pytest.approx(-0.05)
    assert "became NaN" in last.text
    assert len(gains(history)["data"]) == 2, "what is no number has no dot"
    assert "Soft targets NaN" in describe(history)


def test_one_method_has_one_finding():
    config = MethodsConfig(methods=("dkd",), seeds=3)
    assert len(find("methods").findings(made("methods", config, {}))) == 1


def test_the_trials_are_a_table():
    history = made("methods", MethodsConfig(methods=("dkd",), trials=2), {})
    row = {"what": "alpha", "validation": 0.9, "chosen": False}
    rows = [
        {"arm": "dkd", **row, "value": 0.1},
        {"arm": "dkd", **row, "value": 0.99, "validation": -1.0},
        {"arm": "labels only", **row, "what": "learning_rate", "value": 0.01, "chosen": True},
    ]
    history.take([Exhibit(name="tuning", content={"trials": rows, "seeds": [500, 501]})])
    table = trials(history)
    assert table["Trial 1"].tolist() == ["0.1: 90.0 %", "0.01: 90.0 % ✓"]
    assert table["Trial 2"].tolist()[0] == "0.99: NaN"
    assert table["Tuned"].tolist() == ["alpha", "learning rate"]
