from __future__ import annotations

import json
import math

import pytest

from kdlab import checks
from kdlab.config.brought import BROUGHT
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, ArmEpoch, Exhibit
from kdlab.experiments.study import plainly
from kdlab.experiments.study import report as study_report
from kdlab.experiments.study.predicted import of_study
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS, StudyHistory, find, load_result
from kdlab.studies.language.found import best, cost, said
from kdlab.studies.language.names import ALONE, DIVERGENCES, PREFIXES, arm_name
from kdlab.studies.language.study import LanguageConfig, plan
from pages.ui.charts import arms as study_charts
from pages.ui.study import report
from pages.ui.study.figures import language as figure
from tests.studies.made_histories import COST, made

STUDY = find("language")
TINY = {
    "dataset": "grammar", "train_limit": 200, "window": 4, "teacher": "mlp-16",
    "teacher_epochs": 2, "student": "mlp-4", "labels": 40, "epochs": 2, "batch_size": 64,
    "seeds": 2, "divergences": ("soft-targets", "reverse-kl"), "samples": 30,
}  # fmt: skip


def test_every_divergence_is_crossed_with_every_kind_of_prefix():
    arms = {arm.name: arm for arm in plan(LanguageConfig(beta=0.3, on_policy=0.5), ()).arms}
    assert next(iter(arms)) == ALONE
    assert len(arms) == 1 + 3 * 3
    for whose in PREFIXES:
        for divergence in ("soft-targets", "reverse-kl", "jsd"):
            arm = arms[arm_name(divergence, whose)]
            assert (arm.method, arm.prefixes) == (divergence, whose)
            assert arm.on_policy == (0.5 if whose == "student" else 0)
            assert dict(arm.parameters) == ({"beta": 0.3} if divergence == "jsd" else {})
            assert arm.epochs == arms[ALONE].epochs, "the same number of steps"
    assert len(plan(LanguageConfig(prefixes=("student",)), ()).arms) == 4


def test_settings_are_those_that_the_data_bring():
    names, grammar = LanguageConfig(), LanguageConfig.parse({"dataset": "grammar"})
    for config in (names, grammar):
        brought = {name: getattr(config, name) for name in BROUGHT[config.dataset]}
        assert brought == BROUGHT[config.dataset]
    assert names.to_query() == {}
    assert grammar.to_query() == {"dataset": "grammar"}
    assert LanguageConfig.parse(grammar.to_query()) == grammar


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dataset": "digits"}, "dataset is 'digits': it is not text; texts are names, grammar"),
        ({"divergences": "dkd"}, "divergences has 'dkd'"),
        ({"prefixes": "nobody"}, "prefixes has 'nobody'"),
        ({"prefixes": "data,teacher", "on_policy": 0.5}, "no student samples its prefixes"),
        ({"on_policy": 0}, "on_policy is 0, and prefixes has student"),
    ],
)
def test_what_makes_no_plan_is_refused_in_a_sentence(settings, words):
    with pytest.raises(ConfigError, match=words):
        plan(LanguageConfig.parse(settings), ())


@pytest.mark.parametrize("settings", [{"beta": 1.0}, {"beta": -0.1}, {"on_policy": 1.1}])
def test_numbers_beyond_their_limits_are_refused(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        LanguageConfig.parse(settings)


def test_sampling_is_counted_before_it_begins():
    def students(*whose):
        config = LanguageConfig(**TINY | {"prefixes": whose})
        return of_study(STUDY, config).students

    assert students("data") < students("teacher") < students("student")


# -- a study that was run -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    config = checks.normal(LanguageConfig(**TINY))
    store = Store(tmp_path_factory.mktemp("store"))
    return config, store, StudyHistory(config, run(STUDY, config, store))


def test_what_was_measured_of_what_they_say(trained):
    _, _, history = trained
    content = history.exhibits["language"]
    assert content["exact"]
    assert content["arms"].keys() == history.done.keys()
    for row in (content["teacher"], *content["arms"].values()):
        assert all(0 <= share <= 1 for share in row["covered"] + row["right"])
        assert all(value > 0 for value in row["string_kl"] + row["teacher_bits"])
        assert len(row["said"]) == figure_strings(row)
    for row in content["arms"].values():
        for own, known, bias in zip(row["own_kl"], row["data_kl"], row["exposure"], strict=True):
            assert bias == pytest.approx(own - known, abs=2e-6)
            assert min(own, known) > 0


def figure_strings(row):
    return min(8, TINY["samples"]) if row["said"] else 0


def test_gains_findings_and_the_answer_are_in_bits(trained):
    config, _, history = trained
    assert history.judged.name == "bits"
    name = arm_name("soft-targets", "data")
    gain = history.gain(name)
    pairs = zip(history.done[name].bits, history.done[ALONE].bits, strict=True)
    assert gain.mean == pytest.approx(sum(a - b for a, b in pairs) / config.seeds)
    assert gain.measure.less
    found = STUDY.findings(history)
    assert all(finding.gain is None or finding.gain.measure.less for finding in found)
    assert "bits per" in STUDY.answered(history).text
    told = study_report.as_json(STUDY, config, history)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["teacher_bits"] == pytest.approx(history.teacher_value)
    row = next(arm for arm in told["arms"] if arm["name"] == name)
    assert row["bits"] == list(history.done[name].bits)
    assert row["gain"]["measure"] == "bits"
    assert "bits" in study_report.summary(STUDY, history)
    assert "% (" not in study_report.summary(STUDY, history).split("\n- ")[0]


def test_it_is_kept_and_recalled(trained):
    config, store, history = trained
    again = StudyHistory(config, load_result(STUDY, config, store))
    assert again.exhibits == history.exhibits
    assert again.table().equals(history.table())
    rows = EXPERIMENTS["language"].tables["curves"](again)
    assert {"validation_bits", "test_bits"} <= set(rows.columns)


def test_charts_and_tables_are_in_bits(trained):
    _, _, history = trained
    assert study_charts.curves(history)["layout"]["yaxis"]["title"]["text"].startswith("Bits")
    assert study_charts.results(history)["layout"]["xaxis"]["title"]["text"].startswith("Bits")
    table = report.table(history)
    assert "Gain, bits" in table.columns
    assert table["Bits per test character"][0].startswith(f"{history.mean(ALONE)[0]:.2f}")
    for measure in ("bits", *figure.OF_GRAMMAR):
        drawn = figure.crossed(history, measure)
        json.dumps(drawn, allow_nan=False)
        assert sum(len(t["x"]) == 3 for t in drawn["data"]) == 2, "a line for each divergence"
        assert "nothing" not in figure.describe(history, measure)
    assert list(figure.strings(history)) == [
        "Teacher",
        *(arm["label"] for arm in history.arms),
    ]


# -- what is found --------------------------------------------------------------------------------


def found(bits, exposure=(0.2, 0.2, 0.2), seconds=1.0, **changes):
    """A finished study of names; ``bits[arm]`` one number per seed."""
    config = LanguageConfig(seeds=3, divergences=("soft-targets", "reverse-kl"), **changes)
    history = made("language", config, {})
    events = []
    names = [str(arm["name"]) for arm in history.arms]
    for name in names:
        told = tuple(bits.get(name, (3.5, 3.52, 3.48)))
        own = {"validation": (0.3,) * 3, "fidelity": (0.5,) * 3}
        events.append(
            ArmEpoch(
                arm=name,
                epoch=2,
                epochs=4,
                test=(0.3,) * 3,
                validation_bits=told,
                test_bits=told,
                **own,
            )
        )
        events.append(
            ArmDone(
                arm=name,
                accuracy=(0.3,) * 3,
                ece=(0.1,) * 3,
                bits=told,
                validation_bits=told,
                cost=COST | {"seconds": seconds * (1 + name.endswith("student"))},
                **own,
            )
        )
    each = {
        "teacher_bits": [3.0, 3.1, 3.2], "novel": [0.9, 0.8, 0.85], "said": ["smith", "jones"],
        "own_kl": [0.4] * 3, "data_kl": [0.2] * 3, "exposure": list(exposure),
    }  # fmt: skip
    arms = {name: dict(each) for name in names}
    content = {
        "samples": 500, "exact": False, "arms": arms, "teacher_seconds": 1.25,
        "teacher": {n: each[n] for n in ("teacher_bits", "novel", "said")},
    }  # fmt: skip
    history.take([*events, Exhibit(name="language", content=content)])
    return history


BETTER, WORSE, EVEN = (3.3, 3.31, 3.29), (3.9, 3.91, 3.89), (3.45, 3.53, 3.52)


@pytest.mark.parametrize(
    ("forward", "reverse", "start", "holds"),
    [
        (BETTER, BETTER, "On-policy pays off: ", True),
        (BETTER, EVEN, "On-policy pays off in part: ", None),
        (BETTER, WORSE, "On-policy pays off in part: ", None),
        (WORSE, WORSE, "On-policy does not pay off: ", False),
        (EVEN, EVEN, "No clear answer: ", None),
    ],
)
def test_the_answer_says_whether_on_policy_pays_and_what_it_costs(forward, reverse, start, holds):
    history = found(
        {"soft-targets student": forward, "reverse-kl student": reverse, ALONE: (4.0, 4.1, 4.05)}
    )
    answer = STUDY.answered(history)
    assert answer.text.startswith(start), answer.text
    assert answer.holds is holds
    assert "for 2.0 times the time," in answer.text
    assert "against 4.05 on labels only" in answer.text


def test_the_best_is_chosen_on_validation_strings_and_never_one_of_no_number():
    nan = (math.nan,) * 3
    history = found({"soft-targets data": nan, "reverse-kl teacher": BETTER})
    assert best(history) == "reverse-kl teacher"
    assert cost(history, "student") == pytest.approx(2)


def test_without_a_student_that_samples_the_answer_is_about_the_best():
    history = found({"soft-targets data": BETTER}, prefixes=("data", "teacher"))
    answer = STUDY.answered(history)
    assert answer.text.startswith("Distillation helps: best is “Forward KL")
    assert answer.holds is True


def test_findings_tell_exposure_bias_and_what_the_teacher_thinks():
    history = found({})
    arms = history.exhibits["language"]["arms"]
    arms["reverse-kl student"]["exposure"] = [0.05, 0.06, 0.04]
    texts = {finding.text: finding for finding in STUDY.findings(history)}
    (text,) = [t for t in texts if t.startswith("Exposure bias with Reverse KL")]
    assert "+0.200 where it has learned on prefixes of the data, +0.050 on its own samples" in text
    assert texts[text].holds is True
    assert texts[text].gain.mean == pytest.approx(-0.15)
    assert any("New among the strings" in t and "85 % (" in t for t in texts)
    assert any("Sampling from the teacher takes 1.2 s" in t for t in texts)
    assert said(history, ALONE)["novel"] == [0.9, 0.8, 0.85]


def test_amounts_and_doubts_have_the_unit_of_the_study():
    history = found({"soft-targets data": BETTER, "soft-targets student": EVEN})
    sure, unsure = history.gain("soft-targets data"), history.gain("soft-targets student")
    assert plainly.effects([sure]) == ["saves 0.20 bits per character"]
    assert plainly.doubt([unsure]).endswith("bits per character")
    accuracy = history.gain("soft-targets data", measure="accuracy")
    assert accuracy.amount() == "0.0 points"


def test_a_sign_says_that_fewer_bits_are_better():
    history = found({"soft-targets student": BETTER})
    better = next(f for f in STUDY.findings(history) if f.holds)
    assert report.line(better).startswith(":material/trending_down: (better) ")


def test_names_have_an_axis_of_their_own():
    history = found({})
    drawn = figure.crossed(history, "novel")
    lines = [trace for trace in drawn["data"] if trace["name"] in DIVERGENCES.values()]
    assert [trace["y"] for trace in lines] == [[85.0, 85.0, 85.0]] * 2
    assert drawn["layout"]["xaxis"]["ticktext"] == list(figure.WHOSE.values())
