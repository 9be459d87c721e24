"""A run on text: judged by bits, which all that reads it tells."""

from __future__ import annotations

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.events import (
    Confusion,
    RunFinished,
    RunStarted,
    Sampled,
    StudentsEpoch,
    TeacherEpoch,
    TeacherReady,
    from_json,
    whole,
)
from kdlab.experiments.run import report
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import fold
from kdlab.experiments.run.language import LANGUAGE, Language, codes_before
from kdlab.experiments.run.run import run
from kdlab.experiments.sweep import SweepConfig, SweepHistory
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.measure.gain import Gain
from kdlab.measure.measures import BITS
from kdlab.storage.store import Store
from pages.ui.charts import language as charts
from pages.ui.charts import sweep as map_charts

QUICK = {
    "dataset": "names",
    "train_limit": 3000,
    "teacher": "mlp-32",
    "teacher_epochs": 6,
    "student": "mlp-8",
    "labels": 150,
    "epochs": 4,
    "seeds": 3,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("home"), bundled=None)


@pytest.fixture(scope="module")
def events(store):
    return list(run(DistilConfig.parse(QUICK), store))


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def test_bits_are_told_of_everybody(events):
    history = fold(events)
    assert history.judged is BITS
    assert history.noun == "characters"
    assert all(e.bits for e in of(events, TeacherEpoch))
    (ready,) = of(events, TeacherReady)
    assert ready.validation_bits == pytest.approx(of(events, TeacherEpoch)[-1].bits, abs=1e-5)
    assert all(len(e.bits) == 6 for e in of(events, StudentsEpoch))
    (finished,) = of(events, RunFinished)
    gain = Gain.of(finished.gain)
    assert gain.measure is BITS
    differences = [
        b - a for a, b in zip(*(group["bits"] for group in finished.groups), strict=True)
    ]
    assert gain.mean == pytest.approx(sum(differences) / 3)
    assert gain.verdict == "helped", "150 letters are few"
    first = of(events, StudentsEpoch)[0].bits
    assert 4 < min(first) < max(first) < 6, "nobody knows anything yet: log2 27 is 4.75"


def test_all_draw_with_the_same_luck_and_known_strings_are_marked(events):
    started, sampled = of(events, RunStarted)[0], of(events, Sampled)
    assert [e.epoch for e in sampled] == [0, 1, 2, 3, 4]
    for event in sampled:
        assert event.samples.keys() == {"teacher", "labels only", "distilled"}
        assert all(len(made) == 10 for made in event.samples.values())
        assert event.samples["teacher"] == sampled[0].samples["teacher"], "it stands still"
        for one in (one for made in event.samples.values() for one in made):
            assert set(one["text"]) <= {*started.classes[1:], "…"}
    first, last = sampled[0].samples, sampled[-1].samples
    assert first["labels only"] == first["distilled"], "they begin with the same weights"
    assert last["labels only"] != last["distilled"]


def test_of_a_string_that_is_cut_off_it_is_told_whether_one_begins_so(tmp_path):
    """Memorised text is not called new because it is long."""
    rules = f"S -> {'ab' * 20}"
    small = {"teacher": "mlp-16", "teacher_epochs": 2, "student": "mlp-4", "epochs": 1, "seeds": 1}
    config = DistilConfig.parse({"dataset": "grammar", "grammar": rules, "labels": 50, **small})
    told = of(list(run(config, Store(tmp_path, bundled=None))), Sampled)[-1].samples["teacher"]
    cut = [one for one in told if one["text"].endswith("…")]
    assert cut
    for one in told:  # a window of six cannot count to forty: some strings end too early
        assert one["known"] is (one in cut)
        assert set(one["text"]) <= set("ab…")


def test_where_they_differ_is_told_as_text(events):
    last = of(events, Confusion)[-1]
    assert not last.matrices
    assert last.differ
    for item in last.differ:
        assert len(item["before"]) == 6
        assert "image" not in item


def test_what_was_kept_is_checked_and_read_again(events, store):
    known = [from_json(event.to_json()) for event in store.load_run(DistilConfig.parse(QUICK))]
    whole.check(known)
    assert fold(known).finished == fold(events).finished
    broken = [e for e in known if not isinstance(e, StudentsEpoch)]
    one = of(known, StudentsEpoch)[0]
    with pytest.raises(ValueError, match="fit together"):
        whole.check([*broken[:-1], from_json(one.to_json().replace('"bits": [', '"bits": [1.0, '))])


def test_the_command_tells_bits_beside_accuracy(events):
    config, history = DistilConfig.parse(QUICK), fold(events)
    told = report.as_json(config, history)
    assert [len(group["bits"]) for group in told["groups"]] == [3, 3]
    assert all(0 <= value <= 1 for group in told["groups"] for value in group["accuracy"])
    assert told["gain"]["measure"] == "bits"
    assert told["gain"]["mean"] < 0
    assert 2 < told["teacher"]["bits"] < 5
    words = report.summary(history)
    assert "bits per test character" in words
    assert "Distillation helped with this teacher: −" in words
    rows = history.results()
    assert (rows["test_bits"] > 0).all()
    assert "bits" in history.students


def test_the_chart_shows_bits_and_the_perplexity(events):
    figure = charts.bits(fold(events))
    assert "lower is better" in figure["layout"]["title"]["text"]
    lines = [t for t in figure["data"] if t.get("hovertemplate")]
    assert len(lines) == 3
    for trace in lines:
        for bits, perplexity in zip(trace["y"], trace["customdata"], strict=True):
            assert perplexity == pytest.approx(2**bits, rel=1e-3)


def test_the_page_of_language_models_has_the_same_run(store):
    config = Language.parse({**QUICK, "prefix": "Sch", "shown_temperature": 4.0})
    assert LANGUAGE.normal(config).fingerprint() == DISTILL.normal(config.run()).fingerprint()
    assert LANGUAGE.load_result(config, store)
    assert [chr(96 + code) for code in codes_before(config)] == ["s", "c", "h"]
    assert Language().dataset == "names"
    assert Language().run() == DistilConfig.parse({"dataset": "names"})


def test_of_a_grammar_the_exact_distance_to_the_truth_is_told(tmp_path):
    rules = "S -> 3 aB | b; B -> a | 3 b"
    small = {"teacher": "mlp-16", "teacher_epochs": 3, "student": "mlp-4", "epochs": 1, "seeds": 2}
    config = DistilConfig.parse({"dataset": "grammar", "grammar": rules, "labels": 20, **small})
    known = list(run(config, Store(tmp_path, bundled=None)))
    whole.check(known)
    told = of(known, RunFinished)[0].truth
    assert {name: len(each["kl"]) for name, each in told.items()} == {
        "teacher": 1,
        "labels only": 2,
        "distilled": 2,
    }
    assert told["teacher"]["coverage"] == [1.0], "it has read three strings a thousand times each"
    assert 0 <= told["teacher"]["kl"][0] < min(told["labels only"]["kl"])
    assert report.as_json(config, fold(known))["truth"] == told


def test_a_map_on_text_is_judged_by_bits(store):
    config = SweepConfig.parse({**QUICK, "temperatures": "1,4", "alphas": "0,0.9", "seeds": 2})
    history = SweepHistory(SWEEP.normal(config), SWEEP.run(config, store))
    assert history.judged is BITS
    values = history.values("test")
    assert ((values > 2) & (values < 6)).all()
    best = history.best
    means = history.values("validation").mean(1)
    assert means[best] == means.min(), "lower is better"
    gain = history.gain(best)
    assert gain.measure is BITS
    assert gain.mean < 0
    told = SWEEP.as_json(config, history)
    assert {"bits", "accuracy"} <= told["grid"][0].keys()
    assert told["labels_only"].keys() == {"bits"}
    assert "bits" in SWEEP.summary(history)
    figure = map_charts.gains(history, None)
    assert "bits" in figure["layout"]["title"]["text"].lower()
    z = [v for row in figure["data"][0]["z"] for v in row if v is not None]
    assert max(z) > 0, "what saves bits is drawn as better"
    found = history.results()
    assert (found["test_bits"] > 0).all()
    assert (found["test_accuracy"] <= 1).all()
