"""Mistakes with language models: what differs between right and wrong, and what is said of it."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import get_args

import pytest

from kdlab import data
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, Exhibit, StudyFinished, StudyStarted
from kdlab.experiments.study import exhibits
from kdlab.experiments.study.plainly import known
from kdlab.experiments.study.predicted import of_study
from kdlab.experiments.study.run import load_result, run
from kdlab.measure.measures import BITS
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS, STUDIES, StudyHistory
from kdlab.studies.language_mistakes import heard as heard_of
from kdlab.studies.language_mistakes import study as language_mistakes
from kdlab.studies.language_mistakes.records import (
    EXACT,
    LANGUAGE_MISTAKES,
    TRAINED,
    ExactName,
    TrainedName,
)
from kdlab.studies.language_mistakes.study import (
    ENDLESS,
    LanguageMistakesConfig,
    answer,
    findings,
    plan,
    suits,
)
from kdlab.training.arms import text_faults
from kdlab.training.arms.text_faults import padding_count
from tests.snippets import function

TEXT = Path(__file__).parents[2] / "assets/text/en/studies/language-mistakes.md"
CLASSES = ("end", *"abcdefghijklmnopqrstuvwxyz")
STUDY = STUDIES["language-mistakes"]
THREADS = {
    "padding": ("peremartra/optipfair#34",),
    "off-by-one": ("huggingface/trl#2058", "modelscope/ms-swift#8436"),
    "pad-is-end": ("huggingface/trl#6357", "huggingface/trl#976"),
    "vocabulary-order": ("meta-pytorch/torchtune#2119", "huggingface/trl#3028"),
    "other-prompt": ("thinking-machines-lab/tinker-cookbook#796",),
    "log-mixture": ("huggingface/trl#2204", "huggingface/trl#3043"),
    "denominators": ("huggingface/trl#6006", "huggingface/trl#4105", "huggingface/trl#6478"),
    "fast-path": ("huggingface/trl#5731",),
    "ignored-mask": ("linkedin/Liger-Kernel#974",),
    "beta": ("modelscope/ms-swift#10078", "verl-project/verl-recipe#151"),
    "sampled-kl": ("OpenRLHF/OpenRLHF#1309",),
    "top-k": ("verl-project/verl#7856", "verl-project/verl#5041"),
}
"""Typed from the threads themselves, not from the records."""
SMALL = {
    "dataset": "grammar", "train_limit": 300, "teacher": "mlp-16", "teacher_epochs": 60,
    "student": "mlp-4", "labels": 60, "epochs": 30, "seeds": 2,
}  # fmt: skip
COSTLY = {"off-by-one": 0.5, "vocabulary-order": 0.5, "other-prompt": 0.05}
"""Bits per character that hearing of another place, symbol or text costs at that size, at least:
with other seeds it was 1.1 and more, and 0.14 and more."""


def settings(name, **changes):
    return LanguageMistakesConfig.parse({"mistake": name, **changes})


def history(config, bits, heard=None):
    """A finished study: bits per test character of each arm, one number a seed."""
    made = plan(config, CLASSES)
    seeds = tuple(range(len(next(iter(bits.values())))))
    started = StudyStarted(
        fingerprint="x", study=STUDY.name, dataset=config.dataset, classes=CLASSES,
        input_shape=(6, 27), train_size=1000, validation_size=300, test_size=400, seeds=seeds,
        arms=[
            {"name": a.name, "label": a.label, "student": a.student, "teacher": "t",
             "against": made.reference(a.name)} for a in made.arms
        ],
        teacher_accuracy=0.3, machine="m",
    )  # fmt: skip
    events = [started]
    for name, values in bits.items():
        same = (0.2,) * len(seeds)
        events.append(
            ArmDone(arm=name, accuracy=same, validation=same, fidelity=same, ece=same,
                    cost={"parameters": 1}, bits=values, validation_bits=values)
        )  # fmt: skip
    if heard is not None:
        events.append(Exhibit(name="heard", content=heard))
    events.append(StudyFinished(teachers=[], seconds={"total": 1.0}))
    return StudyHistory(config, events)


def heard(name, seeds=3):
    extra = [(ENDLESS, 0.0, 1.4)] if name == "pad-is-end" else []
    arms = {
        name: {"end": [end] * seeds, "others": [3.2] * seeds, "padded": [padded] * seeds}
        for name, end, padded in (("labels only", 0.4, 2.1), ("right", 0.5, 1.9),
                                  ("wrong", 0.001, 1.5), *extra)
    }  # fmt: skip
    return {"teacher": {"right": 3.24, "wrong": 7.5}, "padding": 0.46, "arms": arms}


GOOD, BAD, ALONE = (3.30, 3.32, 3.31), (3.90, 3.95, 3.91), (3.7, 3.72, 3.71)


def test_every_mistake_has_a_record_two_functions_a_text_and_its_threads():
    assert list(TRAINED) == list(get_args(TrainedName))
    assert list(EXACT) == list(get_args(ExactName))
    assert len(LANGUAGE_MISTAKES) == 12
    sections = re.findall(r"^## (.+)$", TEXT.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(sections) == {"try", "more", "computed", "all", "needs", *LANGUAGE_MISTAKES}
    assert {name: record.threads for name, record in LANGUAGE_MISTAKES.items()} == THREADS
    for record in LANGUAGE_MISTAKES.values():
        assert record.wrong != record.right
        functions = [function(record.wrong), function(record.right)]
        assert functions[0].__name__ == functions[1].__name__
        names = [f.__code__.co_varnames[: f.__code__.co_argcount] for f in functions]
        assert names[0] == names[1], "they are called in the same way"
        for code in (record.wrong, record.right):
            assert len(code.splitlines()) <= 5
            assert max(map(len, code.splitlines())) <= 88


def test_every_text_says_what_to_look_for_and_how_it_is_put_right():
    text = TEXT.read_text(encoding="utf-8")
    for name in LANGUAGE_MISTAKES:
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert section.strip().startswith("**Look for** "), name
        assert "\n**Put right** by " in section, name


@pytest.mark.parametrize("name", TRAINED)
def test_right_and_wrong_differ_in_the_mistake_and_in_nothing_else(name):
    arms = {arm.name: arm for arm in plan(settings(name), CLASSES).arms}
    right, wrong = arms["right"], arms["wrong"]
    own = {f for f in right.__slots__ if getattr(right, f) != getattr(wrong, f)}
    changed = {"unseen"} if name == "pad-is-end" else {"fault"}
    assert own == {"name", "label"} | changed
    assert wrong.fault == ("" if name == "pad-is-end" else name)
    assert arms["labels only"].alpha == 0


def test_only_text_and_soft_targets_have_these_mistakes():
    with pytest.raises(ConfigError, match=r"dataset is 'digits'.*names"):
        plan(LanguageMistakesConfig.parse({"dataset": "digits"}), CLASSES)
    with pytest.raises(ConfigError, match="method is 'jsd'"):
        plan(settings("padding", method="jsd"), CLASSES)


def test_links_and_what_is_only_looked_at():
    config, problems = LanguageMistakesConfig.from_query({"mistake": "padding", "exact": "top-k"})
    assert (config.mistake, config.exact, config.dataset, problems) == (
        "padding", "top-k", "names", [],
    )  # fmt: skip
    assert LanguageMistakesConfig.from_query(config.to_query())[0] == config
    grammar = LanguageMistakesConfig.from_query({"dataset": "grammar"})[0]
    assert grammar.student == "mlp-4", "the data set brings its own"
    with pytest.raises(ConfigError, match="mistake is 'typing'"):
        LanguageMistakesConfig.parse({"mistake": "typing"})


def test_the_answer_is_in_bits_and_less_is_better():
    told = history(settings("padding"), {"labels only": ALONE, "right": GOOD, "wrong": BAD})
    found = known(told, "wrong", "right")
    assert found.measure is BITS
    assert found.mean == pytest.approx(0.61)
    said = answer(told)
    assert said.holds is False
    assert said.text == (
        "This mistake costs 0.61 bits per character: 3.92 instead of 3.31, where labels only need "
        "3.71."
    )
    better = history(settings("padding"), {"labels only": ALONE, "right": BAD, "wrong": GOOD})
    assert answer(better).text.startswith("This mistake saves 0.61 bits per character")
    assert answer(better).holds is True


def test_what_cannot_be_told_says_how_large_it_could_be():
    apart = {"labels only": ALONE, "right": GOOD, "wrong": (3.1, 3.5, 3.4)}
    found = answer(history(settings("padding"), apart))
    assert found.holds is None
    assert re.search(
        r"if there is one, is probably below 0\.\d\d bits per character\.$", found.text
    )
    alone = {name: values[:1] for name, values in apart.items()}
    assert "one seed" in answer(history(settings("padding"), alone)).text


def test_a_loss_that_is_no_number_is_said():
    lost = {"labels only": ALONE, "right": GOOD, "wrong": (float("nan"), 3.9, 3.9)}
    told = history(settings("off-by-one"), lost)
    assert "becomes NaN" in answer(told).text
    (found,) = findings(told)
    assert found.holds is False


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pad-is-end", "Probability of the end where a string ends: 0.001 with the mistake, 0.500"),
        ("pad-is-end", "on labels only 0.000 with the mistake, 0.400 with the right code."),
        ("padding", "46 % of the places are padding. Reported with them, bits per place: 1.50"),
        ("off-by-one", "they give the next character 3.24 bits, with the mistake 7.50."),
        ("other-prompt", "they give the next character 3.24 bits, with the mistake 7.50."),
    ],
)
def test_findings_compare_and_name_what_gives_the_mistake_away(name, said):
    bits = {"labels only": ALONE, "right": GOOD, "wrong": BAD}
    bits |= {ENDLESS: BAD} if name == "pad-is-end" else {}
    told = history(settings(name), bits, heard(name))
    exhibits.check(told)
    found = findings(told)
    assert [f.holds for f in found[:3]] == [False, False, True]
    assert "“With the mistake” is worse than “Right” with this teacher: +0.61 bits" in found[0].text
    assert any(said in f.text for f in found[3:])


def test_an_exhibit_that_lacks_an_arm_is_none():
    bits = {"labels only": ALONE, "right": GOOD, "wrong": BAD}
    lacking = heard("padding")
    del lacking["arms"]["wrong"]
    with pytest.raises(ValueError, match="does not fit together"):
        exhibits.check(history(settings("padding"), bits, lacking))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("off-by-one", "told.roll(-1, 0)"),
        ("vocabulary-order", "told.roll(-1, 1)"),
        ("other-prompt", "answers(teacher, with_prompt(train_x))"),
        ("padding", "of_answers_and_padding("),
    ],
)
def test_a_script_makes_the_mistake_too(name, written):
    text = EXPERIMENTS[STUDY.name].script(settings(name), None)
    compile(text, name, "exec")
    (line,) = [n for n in text.splitlines() if written in n and "def " not in n]
    assert ("def with_prompt(" in text) == (name == "other-prompt")
    assert ("def padding_of(" in text) == (name == "padding")
    assert line.strip()


@pytest.mark.parametrize("name", TRAINED)
def test_a_small_run(name, tmp_path):
    config = settings(name, **SMALL)
    told = StudyHistory(config, run(STUDY, config, Store(tmp_path, bundled=None)))
    assert told.finished, told.failed
    more = {ENDLESS} if name == "pad-is-end" else set()
    assert set(told.done) == {"labels only", "right", "wrong"} | more
    exhibits.check(told)
    content = told.exhibits["heard"]
    assert 0 < content["padding"] < 1
    assert {"padded" in arm for arm in content["arms"].values()} == {name == "padding"}
    cost = known(told, "wrong", "right").mean
    assert cost != 0
    assert len(findings(told)) >= 4
    if name in COSTLY:
        assert content["teacher"]["wrong"] > content["teacher"]["right"]
        assert cost > COSTLY[name], "what it hears is about another place, symbol or text"


LONG = "a" * 900
"""A line that makes padding of all others."""


def texts(tmp_path, *lines, **settings):
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(lines))
    return settings_of_text(path, **settings)


def settings_of_text(path, name="padding"):
    own = {"dataset": "text", "folder": str(path), "teacher": "mlp-8", "student": "mlp-4",
           "teacher_epochs": 1, "epochs": 1, "labels": 50, "seeds": 2}  # fmt: skip
    return settings(name, **own)


def split_of(config):
    return next(item for item in data.load(config) if isinstance(item, data.DataSplit))


def test_padding_that_would_fill_the_memory_is_refused_before_it_is_made(tmp_path, monkeypatch):
    draw = random.Random(0)
    lines = ["".join(draw.choices("abcdefgh", k=8)) for _ in range(300)]
    config = texts(tmp_path, *lines, *(LONG + str(n) for n in range(10)))
    split = split_of(config)
    count = padding_count(split.train.targets)
    assert count > 2 * len(split.train.targets)
    suits(config, split)
    monkeypatch.setattr(language_mistakes, "MOST_MEMORY", 10**6)
    monkeypatch.setattr(text_faults, "padding_of", None)
    with pytest.raises(ConfigError, match=r"MB of padding.*at most 1 MB.*longest lines"):
        suits(config, split)
    with pytest.raises(ConfigError, match="MB of padding"):
        list(run(STUDY, config, Store(tmp_path / "home", bundled=None)))
    suits(config.model_copy(update={"mistake": "off-by-one"}), split)


def test_other_mistakes_make_no_padding_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(heard_of, "padding_of", None)
    config = settings("off-by-one", **{**SMALL, "epochs": 1, "teacher_epochs": 1})
    told = StudyHistory(config, run(STUDY, config, Store(tmp_path, bundled=None)))
    assert told.finished, told.failed


def test_an_exhibit_of_padding_tells_of_it():
    bits = {"labels only": ALONE, "right": GOOD, "wrong": BAD}
    lacking = heard("padding")
    del lacking["arms"]["wrong"]["padded"]
    with pytest.raises(ValueError, match="does not fit together"):
        exhibits.check(history(settings("padding"), bits, lacking))
    exhibits.check(history(settings("off-by-one"), bits, lacking))


def test_what_padding_costs_is_predicted(tmp_path):
    """Of a text with one long line the padding is nearly all that students meet."""
    lines = [f"{chr(97 + n % 26)}{chr(97 + n // 26)}bc" for n in range(400)]
    for more, least, most in (((), 0.8, 1.3), (tuple(LONG + str(n) for n in range(9)), 4, 200)):
        config = texts(tmp_path, *lines, *more)
        split = split_of(config)
        assert data.text_padding(config) == padding_count(split.train.targets)
        work = [
            of_study(STUDY, c).students
            for c in (config, settings_of_text(config.folder, "off-by-one"))
        ]
        assert least < work[0] / work[1] < most


def stored(name):
    config = LanguageMistakesConfig(mistake=name)
    events = load_result(STUDY, config, Store(Path("/nowhere")), bundled=True)
    assert events, f"not stored: python -m kdlab record studies ({name})"
    return StudyHistory(config, events)


def told(name):
    """Bits of the arms of a stored study, and what it exhibits of them, as texts round them."""
    found = stored(name)
    content = found.exhibits["heard"]
    bits = {arm: f"{found.mean(arm)[0]:.2f}" for arm in ("labels only", "right", "wrong")}
    heard = {
        arm: {measure: sum(each) / len(each) for measure, each in own.items()}
        for arm, own in content["arms"].items()
    }
    return bits, heard, content


def test_all_that_are_trained_come_with_the_lab():
    configs = {STUDY.config(), *STUDY.recorded.values()}
    assert configs == {LanguageMistakesConfig(mistake=name) for name in TRAINED}
    for name in TRAINED:
        assert answer(stored(name)).holds is False, "each costs bits, and surely"


def test_the_figures_of_the_text_are_those_of_the_stored_studies():
    text = " ".join(TEXT.read_text(encoding="utf-8").replace("  > ", "").split())
    bits, heard, _ = told("pad-is-end")
    assert f"{bits['wrong']} bits per character instead of {bits['right']}. Where a name" in text
    given = [heard[arm]["end"] for arm in ("wrong", "right", ENDLESS, "labels only")]
    assert f"gives the end {given[0]:.2f} instead of {given[1]:.2f}" in text
    assert f"({given[2]:.3f} instead of {given[3]:.3f})" in text
    bits, _, content = told("off-by-one")
    assert f"{bits['wrong']} bits per character instead of {bits['right']}, and worse than" in text
    assert f"worse than labels only ({bits['labels only']})" in text
    teacher = content["teacher"]
    assert f"{teacher['wrong']:.2f} bits instead of {teacher['right']:.2f}" in text
    bits, heard, content = told("padding")
    padded = [f"{heard[arm]['padded']:.2f}" for arm in ("right", "labels only", "wrong")]
    assert f"{100 * content['padding']:.0f} % of the places are padding" in text
    assert f"needs {bits['right']} bits per character and labels only {bits['labels only']}" in text
    assert f"the two are reported as {padded[0]} and {padded[1]}, almost alike" in text
    assert f"({bits['wrong']}), and is reported as {padded[2]}" in text
    assert "costs 0.02 bits here" in text
    assert known(stored("padding"), "wrong", "right").number() == "+0.02"
