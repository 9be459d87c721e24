from __future__ import annotations

import pytest
from made_histories import CLASSES, made

from kdlab import checks
from kdlab.errors import ConfigError
from kdlab.events import Exhibit
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
from kdlab.studies.missing import ALONE, HIGH, LOW, TAUGHT, MissingConfig, plan
from pages.ui.study.figures.missing import errors, standing

TINY = {"teacher": "mlp-8", "teacher_epochs": 2, "student": "mlp-8", "epochs": 2, "seeds": 2}


def test_only_the_two_arms_without_the_class_differ_in_what_they_see():
    arms = {arm.name: arm for arm in plan(MissingConfig(unseen=(3,)), CLASSES).arms}
    assert [n for n, a in arms.items() if a.unseen == (3,)] == [ALONE, TAUGHT]
    assert arms[TAUGHT].alpha == 1
    assert arms[ALONE].alpha == 0
    assert arms[TAUGHT].cohort == arms[ALONE].cohort
    assert plan(MissingConfig(), CLASSES).reference(TAUGHT) == ALONE


def test_missing_classes_come_from_a_link_in_any_order():
    assert MissingConfig.parse({"unseen": "9,3"}).unseen == (3, 9)
    with pytest.raises(ConfigError, match="3 appears twice"):
        MissingConfig.parse({"unseen": "3,3"})


@pytest.mark.parametrize("unseen", [(10,), tuple(range(10))])
def test_classes_that_there_are_not_and_all_of_them_are_refused(unseen):
    with pytest.raises(ConfigError, match="classes from 0 to 9, not all of them"):
        plan(MissingConfig(unseen=unseen), CLASSES)


def test_the_bias_of_the_page_names_no_other_result():
    plain, moved = MissingConfig(), MissingConfig(bias=3.5)
    assert checks.normal(moved) == checks.normal(plain)
    assert moved.to_query() == {"bias": "3.5"}
    assert MissingConfig.parse({"bias": "15.1"}).bias == 15.1, "what labels only ask for"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    config = MissingConfig(**TINY, unseen=(3,), train_limit=200)
    store = Store(tmp_path_factory.mktemp("store"))
    events = list(run(find("missing"), config, store))
    return config, store, StudyHistory(config, events)


def test_the_exhibit_tells_the_errors_under_every_bias(trained):
    _, _, history = trained
    whole, content = history.exhibits["errors"], history.exhibits["bias"]
    biases = content["biases"]
    assert (biases[0], biases[-1]) == (LOW, HIGH)
    zero = biases.index(0.0)
    for arm in (ALONE, TAUGHT):
        own = content["arms"][arm]
        assert [seed[zero] for seed in own["errors"]] == whole["arms"][arm]["errors"]
        assert [seed[zero] for seed in own["chosen"]] == whole["arms"][arm]["chosen"]
        right = [1 - n / whole["total"] for n in whole["arms"][arm]["errors"]]
        assert right == pytest.approx(history.values(arm), abs=1e-6)
        for seed in own["chosen"]:  # a higher bias never loses an image of the class
            assert sorted(seed, reverse=True) == list(seed)


def test_a_student_on_labels_never_answers_what_it_never_saw(tmp_path):
    config = MissingConfig(**TINY | {"epochs": 30, "seeds": 1}, unseen=(3,), train_limit=200)
    history = StudyHistory(config, run(find("missing"), config, Store(tmp_path)))
    whole = history.exhibits["errors"]
    assert whole["arms"][ALONE]["chosen"] == [whole["chosen_total"]]


def test_a_moved_bias_recalls_the_same_study(trained):
    config, store, history = trained
    events = load_result(find("missing"), config.model_copy(update={"bias": 2.0}), store)
    assert StudyHistory(config, events).exhibits["bias"] == history.exhibits["bias"]


def biased():
    """Biases 0 and 1; of 100 images 10 are threes."""
    history = made("missing", MissingConfig(seeds=3), {})
    each = {"automatic": [1.0] * 3}
    arms = {
        TAUGHT: {
            "errors": [[12, 5], [13, 6], [12, 4]],
            "chosen": [[8, 1], [8, 1], [8, 1]],
            "automatic_errors": [5, 6, 4],
            "automatic_chosen": [1, 1, 1],
            **each,
        },
        ALONE: {
            "errors": [[14, 20]] * 3,
            "chosen": [[10, 7]] * 3,
            "automatic_errors": [20] * 3,
            "automatic_chosen": [7] * 3,
            **each,
        },
    }
    first = {
        a: {m: [s[0] for s in own[m]] for m in ("errors", "chosen")} for a, own in arms.items()
    }
    history.take(
        [
            Exhibit(name="errors", content={"arms": first, "total": 100, "chosen_total": 10}),
            Exhibit(name="bias", content={"biases": [0.0, 1.0], "arms": arms}),
        ]
    )
    return history


def test_findings_tell_what_it_knows_and_what_the_bias_changes():
    knows, alone, repaired = find("missing").findings(biased())
    assert "20 % right as it is, and 90 % with the bias" in knows.text
    assert (knows.holds, knows.gain) == (None, None), "a share alone is no comparison"
    assert "30 % of them right; the distilled student differs from it by +60.0" in alone.text
    assert alone.holds is True
    assert alone.gain.mean == pytest.approx(0.6)
    assert repaired.holds is True
    assert repaired.gain.mean == pytest.approx(0.22 / 3)


def test_what_cannot_be_told_is_not_told_to_be_wrong():
    history = biased()
    history.exhibits["bias"]["arms"][ALONE]["automatic_chosen"] = [0, 1, 2]
    _, alone, _ = find("missing").findings(history)
    assert alone.gain.ci95[0] < 0 < alone.gain.ci95[1]
    assert alone.holds is None
    history.exhibits["bias"]["arms"][ALONE]["automatic_chosen"] = [0, 0, 0]
    assert find("missing").findings(history)[1].holds is False


def test_the_picture_redraws_for_another_bias():
    history = biased()
    before, after = errors(history, 0.0), errors(history, 1.0)
    assert before["data"] == after["data"]
    assert [f["layout"]["shapes"][0]["x0"] for f in (before, after)] == [0.0, 1.0]
    lines = [t for t in before["data"] if t.get("name") == "Distilled"]
    assert [t["y"] for t in lines] == [
        pytest.approx([100 * 37 / 300, 5.0]),
        pytest.approx([80.0, 10.0]),
    ]
    assert standing(history, 0.9)[0] == (
        "Distilled, bias +1.0: 5.0 of 100 test images wrong, 1.0 of the 10 of 3."
    )


def test_before_the_end_there_is_no_curve():
    history = made("missing", MissingConfig(seeds=3), {})
    assert errors(history, 0.0)["data"] == []
    assert standing(history, 0.0) == []
