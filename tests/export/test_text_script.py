"""Scripts for text: the same strings, windows, labels and numbers as in the lab, without it."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
import torch

from kdlab import data, models
from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.data.text import grammar, names
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, RunFinished
from kdlab.experiments.run.run import run
from kdlab.experiments.study.experiment import script
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.export import data as export_data
from kdlab.export import stand_alone, study_script
from kdlab.export.parts import labels, report_in_bits, training
from kdlab.measure import metrics
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.intervals import interval, interval_over
from kdlab.measure.measures import BITS
from kdlab.storage.store import Store
from kdlab.studies import STUDIES
from kdlab.training import single_run, teachers
from kdlab.training.arms import Arm, ArmStudents, Plan
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.training import run_arms
from kdlab.training.labels import labelled_strings, mislabel
from kdlab.training.seeds import Role, stream
from tests.export.alike import collect, trained_alike

RULES = "S -> 2 aB | 3 C C; B -> c | 0.5 d a; C -> a | b 1"
SMALL = {
    "train_limit": 1200, "teacher": "mlp-24", "teacher_epochs": 4, "student": "mlp-8",
    "epochs": 3, "labels": 150, "seeds": 3, "first_seed": 2,
}  # fmt: skip
CONFIGS = {
    "names": DistilConfig(dataset="names"),
    "names-all-labels-one-seed": DistilConfig(dataset="names", labels="all", seeds=1, window=3),
    "names-wrong-labels": DistilConfig(dataset="names", label_noise=0.2, method="dkd"),
    "names-scheduled": DistilConfig(dataset="names", schedule="0:2:0.9,2:1:0.5"),
    "names-loaded-teacher": DistilConfig(dataset="names", teacher_weights="0a"),
    "grammar": DistilConfig(dataset="grammar"),
    "grammar-own": DistilConfig(dataset="grammar", grammar=RULES, teacher="mlpbn-8", window=2),
    "grammar-one-seed": DistilConfig(dataset="grammar", seeds=1),
}
SEED = re.compile(
    r"seed (\d+): labels only ([\d.]+) bits \(([\d.]+)% right\), "
    r"distilled ([\d.]+) bits \(([\d.]+)% right\), gain (\S+) bits per character"
)
MEAN = re.compile(
    r"mean gain over (\d+) seeds: (\S+) bits per character, 95 % interval (\S+) to (\S+)"
)
ARM = re.compile(
    r"(.+): ([\d.]+) bits per character \(95 % (\S+) to (\S+)\), ([\d.]+)% right"
    r"(?:, gain (\S+) bits per character \(95 % (\S+) to (\S+)\))?"
)
NEAR = 0.002
"""Bits. Lab and script agree to seven digits on settings as small as these; three are printed."""
FEW = 0.004
"""Of accuracies: a handful of the test characters."""


def load(config: DistilConfig) -> DataSplit:
    *_, split = data.load(config)
    return split


def names_of(text: str, folder, run_name: str = "script") -> dict:
    """What a script defines, or with ``__main__`` what it leaves behind when it has run."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return runpy.run_path(str(path), run_name=run_name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("scripts")
    for name, config in CONFIGS.items():
        (made / f"{name}.py").write_text(stand_alone(config), encoding="utf-8")
    for name, (config, plan) in PLANS.items():
        text = study_script(config, plan, f"The plan of {name}", 2 if name == "teachers" else 1)
        (made / f"plan_{name}.py").write_text(text, encoding="utf-8")
    return made


def plan_of(config: DistilConfig, *arms: Arm, **against: str) -> Plan:
    return Plan((Arm.baseline(config), *arms), against)


NAMES = DistilConfig(dataset="names", **SMALL)
GRAMMAR = DistilConfig(dataset="grammar", **SMALL)
PLANS = {
    "labels": (NAMES, plan_of(
        NAMES,
        Arm.of(NAMES, "few", "Few", labels=40),
        Arm.of(NAMES, "wrong", "Wrong", label_noise=0.3),
        Arm.of(NAMES, "all wrong", "All", label_noise=0.3, labels="all"),
        Arm.of(NAMES, "unseen", "Unseen", unseen=(5,)),
        Arm.of(NAMES, "endless", "Endless", unseen=(0, 7)),
        Arm.of(NAMES, "next", "Next", teachers=(ArmStudents("few"),)),
        Arm.of(NAMES, "half", "Half", learns_from="half of validation", alpha=0.5),
        Arm.of(NAMES, "tuned", "Tuned", after="few", learns_from="validation", alpha=0.0),
    )),
    "grammar": (GRAMMAR, plan_of(
        GRAMMAR,
        Arm.of(GRAMMAR, "hints", "Hints", method="hints", alpha=0.3),
        Arm.of(GRAMMAR, "noisy", "Noisy", augmentation="noise"),
        Arm.of(GRAMMAR, "mixed", "Mixed", augmentation="mixup"),
        Arm.of(GRAMMAR, "reverse", "Reverse", method="reverse-kl"),
    )),
    "teachers": (GRAMMAR, plan_of(GRAMMAR, Arm.of(GRAMMAR, "warm", "Warm"))),
}  # fmt: skip


# -- what is written ------------------------------------------------------------------------------


def test_every_script_is_python_that_stands_without_the_lab(folder):
    files = list(folder.glob("*.py"))
    assert len(files) == len(CONFIGS) + len(PLANS)
    for path in files:
        text = path.read_text(encoding="utf-8")
        compile(text, path.name, "exec")
        assert not re.search(r"\b(import|from) kdlab", text)
        assert "ConfigError" not in text
        assert "images" not in text.partition("import")[0], "text has none"


def test_scripts_have_no_undefined_or_unused_name_and_are_formatted(folder):
    for command in (["format", "--check"], ["check", "--no-cache", "--select", "E,F,W,I,B"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", "."],
            cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_function_is_called(folder):
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        counts = Counter(re.findall(r"\w+", text))
        for name in re.findall(r"^(?:def |class )?(\w+)(?:\(| =)", text, re.MULTILINE):
            assert counts[name] > 1, f"{path.name}: {name}"


def test_the_names_stand_where_they_do_not_bother_a_reader(folder):
    text = (folder / "names.py").read_text(encoding="utf-8")
    held = re.findall(r'^SURNAMES = """\n(.+?)\n"""$', text, re.MULTILINE | re.DOTALL)
    assert held[0].split() == names.surnames()
    assert text.index("SURNAMES = ") > text.index("def load_data()")
    assert re.match(r"\n+# Networks -", text[text.index(held[0]) + len(held[0]) + 4 :])
    assert "smith" not in (folder / "grammar.py").read_text(encoding="utf-8")


def test_the_rules_are_a_constant_at_the_top(folder):
    for name, rules in (("grammar", grammar.HARMONY), ("grammar-own", RULES)):
        top, _, code = (folder / f"{name}.py").read_text(encoding="utf-8").partition("# Usage -")
        (value,) = re.findall(r"^GRAMMAR = (\(.+?^\)|.+?$)", top, re.MULTILINE | re.DOTALL)
        assert grammar.parsed(ast.literal_eval(value)) == grammar.parsed(rules)
        assert "def expanded(" in code
        assert "lru_cache" not in code
    assert "small letters, digits and spaces stay" in " ".join(top.replace("#", " ").split())


@pytest.mark.parametrize(
    "rules",
    [
        "S->a", "\n S -> a  a | b\t|\tc ;;\r\n\n", "S -> 1 1 | 2  2x",
        "S -> " + " | ".join("abc"[k % 3] * (k % 7 + 1) for k in range(120)),
        "S -> " + "a" * 900, *(f"S -> {'ab ' * 20}{'c' * k}" for k in range(16, 36)),
    ],
)  # fmt: skip
def test_rules_of_any_length_are_python_text_in_lines_that_fit(rules, tmp_path):
    text = f"GRAMMAR = {export_data._rules(rules)}\n"
    assert grammar.parsed(ast.literal_eval(text.removeprefix("GRAMMAR = "))) == grammar.parsed(
        rules
    )
    assert max(map(len, text.splitlines())) <= 100


def test_a_map_s_cell_and_a_search_s_best_have_a_script_too():
    config = SweepConfig(dataset="names", **{k: SMALL[k] for k in ("train_limit", "labels")})
    cell = config.cell(1)
    assert (cell.dataset, cell.train_limit) == ("names", 1200)
    assert "SURNAMES" in stand_alone(cell)
    best = DistilConfig.parse(CONFIGS["grammar-own"].model_dump(mode="json"))
    assert stand_alone(best) == stand_alone(CONFIGS["grammar-own"])


def test_a_studys_script_has_the_grammar_and_a_study_of_images_refuses_it():
    text = script(
        STUDIES["temperature"],
        STUDIES["temperature"].config(dataset="grammar", grammar=RULES),
        None,
    )
    line = next(line for line in text.splitlines() if line.startswith("GRAMMAR = "))
    assert grammar.parsed(ast.literal_eval(line.removeprefix("GRAMMAR = "))) == grammar.parsed(
        RULES
    )
    missing = STUDIES["missing"]
    with pytest.raises(ConfigError, match="which is text"):
        script(missing, missing.config(dataset="grammar", grammar=RULES, unseen=(4,)), None)


# -- what it does ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config",
    [
        NAMES, GRAMMAR,
        DistilConfig(dataset="names", window=2, train_limit=5000),
        DistilConfig(dataset="grammar"),
        DistilConfig(dataset="grammar", grammar=RULES, window=9, train_limit=700),
    ],
    ids=["names-limited", "grammar-limited", "window", "grammar", "own-rules"],
)  # fmt: skip
def test_the_cut_is_the_labs(config, tmp_path):
    made = names_of(stand_alone(config), tmp_path)
    split = load(config)
    parts = (split.train, split.validation, split.test)
    expected = [tensor for part in parts for tensor in (part.inputs, part.targets)]
    for a, b in zip(made["load_data"](), expected, strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)
    assert made["ALPHABET"] == split.classes
    assert made["CLASSES"] == len(split.classes)


@pytest.mark.slow
def test_the_cut_of_all_names_is_the_labs(tmp_path):
    test_the_cut_is_the_labs(DistilConfig(dataset="names"), tmp_path)


@pytest.mark.parametrize("config", [NAMES, GRAMMAR], ids=["names", "grammar"])
def test_whole_strings_are_given_as_in_the_lab(config, monkeypatch):
    monkeypatch.setattr(labels, "DEVICE", "cpu")
    part, classes = load(config).train, len(load(config).classes)
    monkeypatch.setattr(labels, "CLASSES", classes)
    strings = labels.strings_of(part.targets)
    assert torch.equal(strings, part.strings)
    for count, seed in ((1, 0), (100, 3), (10**6, 1)):
        most = min(count, len(strings))
        labelled = labelled_strings(part.strings, most, stream(seed, Role.LABELS))
        given = labels.given_labels_of_strings(seed, part.targets, strings, count)
        assert torch.equal(given, torch.where(labelled, part.targets, -1))
        wrong = mislabel(part.targets, labelled, 0.5, classes, stream(seed, Role.NOISE))
        given = labels.mistaken_labels_of_strings(seed, part.targets, strings, count, 0.5)
        assert torch.equal(given, torch.where(labelled, wrong, -1))


def test_bits_are_those_of_the_lab():
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(700, 5, generator=generator), torch.randint(4, (700,), generator=generator)
    network = torch.nn.Linear(5, 4)
    bits, right = training.bits_and_accuracy(network, x, y)
    logits = network(x).detach().t()[None]
    assert bits == pytest.approx(metrics.bits(logits, y)[0], rel=1e-6)
    assert right == metrics.accuracy(logits, y)[0]


@pytest.mark.parametrize(
    "config",
    [
        NAMES, GRAMMAR,
        NAMES.model_copy(update={"label_noise": 0.4, "window": 3}),
        GRAMMAR.model_copy(update={"labels": "all", "method": "dkd"}),
        GRAMMAR.model_copy(update={"grammar": RULES, "teacher": "mlpbn-24"}),
    ],
    ids=["names", "grammar", "wrong-labels", "all-labels-dkd", "own-rules"],
)  # fmt: skip
def test_students_get_the_weights_that_they_get_in_the_lab(config, tmp_path, monkeypatch):
    config = config.model_copy(update={"seeds": 1})
    split = load(config)
    module = models.build(config.teacher, split.shape, len(split.classes), 0)
    *_, teacher = collect(teachers.freeze_and_predict(module, split))
    *_, trained = collect(single_run.train_students(config, split, teacher))
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    judged = []  # by the script's main: the teacher and both students, in this order
    made = names_of(stand_alone(config), tmp_path)["main"].__globals__
    made["train_teacher"] = lambda *_: module.eval()
    made["bits_and_accuracy"] = lambda network, x, y: judged.append(network) or (1.0, 0.5)
    made["main"]()
    assert judged[0] is module
    trained_alike(config, split, trained.students, judged[1:])


@pytest.mark.parametrize("config", [NAMES, GRAMMAR], ids=["names", "grammar"])
def test_a_run_comes_to_what_the_lab_comes_to(config, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    *_, done = run(config, Store(tmp_path, bundled=None))
    assert isinstance(done, RunFinished)
    capsys.readouterr()
    names_of(stand_alone(config), tmp_path, "__main__")
    teacher, *seeds, mean, less = capsys.readouterr().out.splitlines()
    told = re.fullmatch(
        r"teacher mlp-24: (.+) bits per character, (.+)% right \(test characters\)", teacher
    )
    assert float(told[1]) == pytest.approx(done.teacher_bits, abs=NEAR)
    assert float(told[2]) / 100 == pytest.approx(done.teacher_accuracy, abs=FEW)
    plain, distilled = done.groups
    for n, line in enumerate(seeds):
        found = [float(number) for number in SEED.fullmatch(line).groups()]
        a, b = plain["bits"][n], distilled["bits"][n]
        assert found[0] == config.first_seed + n
        assert found[1::2] == pytest.approx([a, b, b - a], abs=2 * NEAR)
        rights = [plain["accuracy"][n], distilled["accuracy"][n]]
        assert [found[2] / 100, found[4] / 100] == pytest.approx(rights, abs=FEW)
    gain = Gain.of(done.gain)
    assert gain.measure is BITS
    assert len(seeds) == gain.seeds
    numbers = [float(number) for number in MEAN.fullmatch(mean).groups()]
    assert numbers == pytest.approx([3, gain.mean, *gain.ci95], abs=4 * NEAR)
    assert less == report_in_bits.LESS_IS_BETTER


def in_the_lab(config: DistilConfig, plan: Plan, home) -> dict[str, ArmDone]:
    split = load(config)
    *_, module = collect(teachers.train_teacher(config, split))
    *_, teacher = collect(teachers.freeze_and_predict(module, split))
    context = TrainingContext(config, split, teacher, Store(home, bundled=None))
    list(context.prepare(plan.arms))
    return {e.arm: e for e in run_arms(plan, context) if isinstance(e, ArmDone)}


def told_of_arms(path, capsys) -> dict[str, re.Match]:
    capsys.readouterr()
    runpy.run_path(str(path), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == report_in_bits.LESS_IS_BETTER
    return {found[1]: found for line in lines if (found := ARM.fullmatch(line))}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["labels", "grammar"])
def test_a_study_comes_to_what_the_lab_comes_to(name, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config, plan = PLANS[name]
    expected = in_the_lab(config, plan, tmp_path)
    found = told_of_arms(folder / f"plan_{name}.py", capsys)
    assert found.keys() == expected.keys() == {arm.name for arm in plan.arms}
    for own, match in found.items():
        numbers = [float(match[place]) for place in (2, 3, 4)]
        assert numbers == pytest.approx(interval(expected[own].bits), abs=4 * NEAR), own
        right = interval(expected[own].accuracy)[0]
        assert float(match[5]) / 100 == pytest.approx(right, abs=FEW), own
        against = plan.reference(own)
        assert (match[6] is None) == (against == own)
        if against != own:
            gain = paired_gain(expected[against].bits, expected[own].bits, measure=BITS)
            assert float(match[6]) == pytest.approx(gain.mean, abs=2 * NEAR), own


@pytest.mark.slow
def test_a_study_over_teachers_trains_as_many(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config, plan = PLANS["teachers"]
    bits: dict[str, list[float]] = {arm.name: [] for arm in plan.arms}
    for place in range(2):
        own = config.model_copy(
            update={
                "teacher_seed": config.teacher_seed + place,
                "first_seed": config.first_seed + place * config.seeds,
            }
        )
        arms = Plan(tuple(replace(arm) for arm in plan.arms))
        for name, done in in_the_lab(own, arms, tmp_path / str(place)).items():
            bits[name] += done.bits
    found = told_of_arms(folder / "plan_teachers.py", capsys)
    assert float(found["warm"][2]) == pytest.approx(interval_over(bits["warm"], 2)[0], abs=NEAR)
    gain = paired_gain(bits["labels only"], bits["warm"], groups=2, measure=BITS)
    assert float(found["warm"][6]) == pytest.approx(gain.mean, abs=2 * NEAR)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("S -> A", "GRAMMAR does not say what A becomes"),
        ("S = a", "GRAMMAR has the rule 'S = a'"),
        ("", "GRAMMAR is empty"),
        ("S -> aS", "GRAMMAR never comes to an end"),
    ],
)
def test_rules_that_a_reader_has_broken_are_a_sentence(rules, why, tmp_path):
    config = CONFIGS["grammar-own"]
    text = stand_alone(config)
    line = f'GRAMMAR = "{RULES}"'
    assert line in text
    with pytest.raises(SystemExit) as ended:
        names_of(text.replace(line, f'GRAMMAR = "{rules}"'), tmp_path)
    assert str(ended.value).startswith(why)
    assert str(ended.value).endswith("see the rules above it.")


def test_other_rules_make_other_networks(tmp_path):
    """Who changes the grammar has other characters, and so other inputs and outputs."""
    text = stand_alone(CONFIGS["grammar-own"])
    made = names_of(text.replace(f'"{RULES}"', '"S -> xy | z"'), tmp_path)
    assert made["ALPHABET"] == ("end", "x", "y", "z")
    x, *_ = made["load_data"]()
    assert made["make_mlpbn_8"]()(x[:5]).shape == (5, 4)


# -- what it prints -------------------------------------------------------------------------------

FOUND = {
    "base": [(3.5, 0.1), (3.6, 0.2), (3.55, 0.3), (3.45, 0.2)],
    "taught": [(3.4, 0.2), (3.6, 0.2), (3.3, 0.3), (3.4, 0.3)],
}
AGAINST = {"base": "base", "taught": "base"}
BASE, TAUGHT = ([bits for bits, _ in FOUND[name]] for name in AGAINST)
GAINS = [b - a for a, b in zip(BASE, TAUGHT, strict=True)]


def line(name, own, right, gain=None):
    text = f"{name}: {own[0]:.3f} bits per character (95 % {own[1]:.3f} to {own[2]:.3f}), "
    text += f"{right:.2%} right"
    if gain is not None:
        ends = f"(95 % {gain[1]:+.3f} to {gain[2]:+.3f})"
        text += f", gain {gain[0]:+.3f} bits per character {ends}"
    return text


def test_the_report_over_seeds(capsys):
    report_in_bits.report_in_bits(FOUND, AGAINST)
    assert capsys.readouterr().out.splitlines() == [
        line("base", interval(BASE), 0.2),
        line("taught", interval(TAUGHT), 0.25, interval(GAINS)),
        report_in_bits.LESS_IS_BETTER,
    ]


def test_the_report_over_teachers_counts_teachers_where_one_is_involved(capsys, monkeypatch):
    monkeypatch.setattr(report_in_bits, "TEACHERS", 2)
    report_in_bits.report_over_teachers_in_bits(FOUND, AGAINST, {"taught"})
    assert capsys.readouterr().out.splitlines() == [
        line("base", interval(BASE), 0.2),
        line("taught", interval_over(TAUGHT, 2), 0.25, interval_over(GAINS, 2)),
        report_in_bits.LESS_IS_BETTER,
    ]


def test_the_lines_of_a_run(capsys):
    report_in_bits.tell_in_bits("mlp-9", (3.25, 0.3))
    report_in_bits.tell_pair_in_bits(3, FOUND)
    report_in_bits.report_pair_in_bits(FOUND["base"][:2], FOUND["taught"][:2])
    report_in_bits.report_one_pair_in_bits(FOUND["base"], FOUND["taught"])
    report_in_bits.report_one_seed_in_bits(FOUND, AGAINST)
    mean, low, high = interval([-0.1, 0.0])
    ends = f"95 % interval {low:+.3f} to {high:+.3f}"
    assert capsys.readouterr().out.splitlines() == [
        "teacher mlp-9: 3.250 bits per character, 30.00% right (test characters)",
        "seed 3: labels only 3.450 bits (20.00% right), distilled 3.400 bits (30.00% right), "
        "gain -0.050 bits per character",
        f"mean gain over 2 seeds: {mean:+.3f} bits per character, {ends}",
        report_in_bits.LESS_IS_BETTER,
        "gain with one seed: -0.100 bits per character (a negative one is better); an interval "
        "needs more seeds",
        "base: 3.500 bits per character, 10.00% right",
        "taught: 3.400 bits per character, 20.00% right, gain -0.100 bits per character",
        report_in_bits.LESS_IS_BETTER,
    ]
