"""Scripts of studies: plain PyTorch that stands alone and finds what the lab finds."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.events import ArmDone
from kdlab.export import file_name, study_script
from kdlab.measure.gain import paired_gain
from kdlab.measure.intervals import interval
from kdlab.methods import METHODS
from kdlab.models import weights
from kdlab.storage.store import Store
from kdlab.studies import STUDIES
from kdlab.studies.mistakes.study import MISTAKES, shown_best
from kdlab.training import teachers
from kdlab.training.arms import Arm, ArmStudents, Auxiliary, Peer, Plan, TeacherSpec
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.faults import FAULTS
from kdlab.training.arms.training import run_arms
from tests.patience import PATIENCE

QUICK = DistilConfig(
    teacher="mlp-24-16", teacher_epochs=12, train_limit=200, student="mlp-8-8", labels=60,
    epochs=3, batch_size=64, seeds=2, first_seed=3,
)  # fmt: skip
MAPS = QUICK.model_copy(update={"teacher": "cnn-6-8", "student": "cnn-4-4", "epochs": 2})
LINE = re.compile(r"(.+): ([\d.]+)% \(95 % (\S+)% to (\S+)%\)(?:, gain (\S+) points \(.*\))?")
FEW_IMAGES = 0.0051
WRITTEN = {name: study for name, study in STUDIES.items() if name != "language"}
"""Whose script there is: students that learn on strings that are sampled have none."""
MODES = {"student-in-evaluation-mode", "teacher-in-training-mode"}
"""Mistakes that mean something to networks with batch norm only."""


def arm(name: str, config: DistilConfig = QUICK, **changes) -> Arm:
    return Arm.of(config, name, name.capitalize(), **changes)


def plan_of(*arms: Arm, config: DistilConfig = QUICK, **against: str) -> Plan:
    return Plan((Arm.baseline(config), *arms), against)


PLANS: dict[str, tuple[DistilConfig, Plan]] = {
    "numbers": (QUICK, plan_of(
        arm("cold", temperature=1.0), arm("sure", alpha=1.0), arm("all", labels="all"),
        arm("wrong labels", label_noise=0.4), arm("slow", learning_rate=0.001, epochs=2),
        arm("wide", student="mlp-12"),
    )),
    "every label": (QUICK.model_copy(update={"labels": "all"}), plan_of(
        arm("a", labels="all"), config=QUICK.model_copy(update={"labels": "all"}),
    )),
    "teachers": (QUICK, plan_of(
        arm("two", teachers=(TeacherSpec(), TeacherSpec(seed=1, weight=2.0))),
        arm("logits", teachers=(TeacherSpec(epochs=0), TeacherSpec(architecture="mlp-9")),
            average="logits"),
        arm("experts",
            teachers=(TeacherSpec(classes=(0, 1, 2)), TeacherSpec(classes=(3, 4, 5, 6, 7, 8, 9)))),
        arm("asked", teachers=(TeacherSpec(), TeacherSpec(seed=1)), augmentation="noise"),
        arm("asked logits", teachers=(TeacherSpec(), TeacherSpec(seed=1)), augmentation="flip",
            average="logits"),
    )),
    "chains": (QUICK, plan_of(
        arm("first"), arm("next", teachers=(ArmStudents("first"),)),
        arm("both", teachers=(ArmStudents("next"), TeacherSpec()), alpha=1.0),
        arm("peers", teachers=(Peer(),), temperature=1.0, alpha=0.5),
        arm("tuned", after="first", learns_from="validation", alpha=0.0, labels="all"),
        arm("half", after="first", learns_from="half of validation", labels="all"),
        arm("missing", unseen=(3, 8)),
        arm("as teacher", student="mlp-24-16", start="teacher"),
        arm("some layers", student="mlp-24-16", start="teacher", kept=(0, 2)),
    )),
    "views": (QUICK, plan_of(
        Arm.baseline(QUICK, "base", "Base", augmentation="shift"),
        Arm.baseline(QUICK, "mixed base", "Mixed", augmentation="mixup"),
        arm("same", augmentation="shift"), arm("clean", augmentation="shift", view="clean"),
        arm("mixed", augmentation="mixup"),
        arm("mixed clean", augmentation="mixup", view="clean"),
        arm("small", factor=2),
        arm("small base", factor=2, alpha=0.0),
        arm("small shifted", factor=2, augmentation="shift"),
        arm("grown", teachers=(ArmStudents("small"),), augmentation="flip", factor=4),
        arm("told", method="dkd", augmentation="noise"),
        base="base", same="base", clean="base",
    )),
    "methods": (QUICK, plan_of(
        *(arm(n, method=n, alpha=0.3) for n, m in METHODS.items() if "maps" not in m.needs),
        arm("pairs", method="hints", alpha=0.3, layers=((0, 0), (1, 0))),
        arm("own numbers", method="dkd", parameters=(("others", 2.0),), augmentation="none"),
        arm("small", method="hints", alpha=0.3, factor=2),
    )),
    "maps": (MAPS, plan_of(
        arm("attention", MAPS, method="attention", alpha=0.3),
        arm("hints", MAPS, method="hints", alpha=0.3),
        arm("hints of half", MAPS, method="hints", alpha=0.3, layers=((0, 1),)),
        arm("hints of twice", MAPS, method="hints", alpha=0.3, layers=((1, 0),)),
        arm("similarity", MAPS, method="similarity", alpha=0.3),
        *(arm(n, MAPS, method=n, alpha=0.3) for n in ("relational", "cc")), config=MAPS,
    )),
    "mistakes": (QUICK, plan_of(
        *(arm(f, QUICK.model_copy(update={"student": "mlp-8"}), fault=f)
          for f in sorted(FAULTS - MODES)),
        config=QUICK.model_copy(update={"student": "mlp-8"}),
    )),
    "modes": (QUICK.model_copy(update={"teacher": "mlpbn-16", "student": "mlpbn-8"}), plan_of(
        *(arm(f, QUICK.model_copy(update={"student": "mlpbn-8"}), fault=f) for f in sorted(MODES)),
        config=QUICK.model_copy(update={"student": "mlpbn-8"}),
    )),
    "auxiliary": (QUICK, plan_of(*(
        arm(n, student="mlp-24-16", alpha=1.0, labels="all", auxiliary=Auxiliary(4, **how))
        for n, how in {
            "same": {}, "heads": {"hidden": "own"}, "rows": {"classes": "own"},
            "other": {"hidden": "own", "classes": "own", "head": "own"},
            "images": {"inputs": "images"},
        }.items()
    ), arm("begun", student="mlp-24-16", alpha=0.0, epochs=0, auxiliary=Auxiliary(4)))),
}  # fmt: skip
LOOSE = {"modes": 0.015}
"""Batch norm turns rounding into more. A loss that has gone wrong does, too, and both together
without end, so that no mistake but one of a mode is made with batch norm here."""


def in_the_lab(config: DistilConfig, plan: Plan, home) -> dict[str, ArmDone]:
    *_, split = data.load(config)
    teacher = _returned(
        teachers.freeze_and_predict(_returned(teachers.train_teacher(config, split)), split)
    )
    context = TrainingContext(config, split, teacher, Store(home, bundled=None))
    list(context.prepare(plan.arms))
    return {e.arm: e for e in run_arms(plan, context) if isinstance(e, ArmDone)}


def _returned(generator):
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All plans above, and every study as it stands, as scripts."""
    made = tmp_path_factory.mktemp("scripts")
    for name, (config, plan) in PLANS.items():
        text = study_script(config, plan, f"The plan of {name}")
        (made / f"plan_{name.replace(' ', '_')}.py").write_text(text, encoding="utf-8")
    for name, study in WRITTEN.items():
        config = study.config()
        plan = study.plan(config, data.find(config.dataset).classes)
        text = study_script(config, plan, study.title)
        (made / file_name(config, name)).write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize("name", WRITTEN)
def test_every_study_gives_python_that_stands_without_the_lab(name, folder):
    config = STUDIES[name].config()
    text = (folder / file_name(config, name)).read_text(encoding="utf-8")
    compile(text, name, "exec")
    assert not re.search(r"\b(import|from) kdlab", text)
    assert not re.search(r"[{}]\w+[}]{2}|\$", text)
    plan = STUDIES[name].plan(config, data.find(config.dataset).classes)
    for each in plan.arms:
        assert f'found["{each.name}"].append(' in text


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_gives_a_script(mistake, folder):
    config = shown_best(mistake)
    plan = STUDIES["mistakes"].plan(config, data.find(config.dataset).classes)
    text = study_script(config, plan, "A mistake")
    compile(text, mistake, "exec")
    (folder / f"mistake_{mistake.replace('-', '_')}.py").write_text(text, encoding="utf-8")


def test_scripts_have_no_undefined_or_unused_name_and_are_formatted(folder):
    for command in (["format", "--check"], ["check", "--no-cache", "--select", "E,F,W,I,B"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", "."],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_function_is_called(folder):
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^def (\w+)|^([A-Z_]+) =", text, re.MULTILINE):
            found = name[0] or name[1]
            assert len(re.findall(rf"\b{found}\b", text)) > 1, f"{path.name}: {found}"


@pytest.mark.parametrize("name", PLANS)
def test_a_script_finds_what_the_lab_finds(name, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config, plan = PLANS[name]
    expected = in_the_lab(config, plan, tmp_path)
    capsys.readouterr()
    runpy.run_path(str(folder / f"plan_{name.replace(' ', '_')}.py"), run_name="__main__")
    found = {}
    for line in capsys.readouterr().out.splitlines():
        if match := LINE.fullmatch(line):
            found[match[1]] = match
    assert found.keys() == expected.keys() == {a.name for a in plan.arms}
    near = LOOSE.get(name, FEW_IMAGES)
    for own, match in found.items():
        mean = interval(expected[own].accuracy)[0]
        assert float(match[2]) / 100 == pytest.approx(mean, abs=near), own
        against = plan.reference(own)
        assert (match[5] is None) == (against == own)
        if against != own:
            gain = paired_gain(expected[against].accuracy, expected[own].accuracy).mean
            assert float(match[5]) / 100 == pytest.approx(gain, abs=2 * near), own


@pytest.mark.slow
def test_a_script_runs_by_itself(folder):
    """As its reader would: in its own folder, without the lab in reach; with one seed."""
    config = QUICK.model_copy(update={"seeds": 1, "dataset": "spirals", "points": 300})
    plan = plan_of(arm("taught", config), config=config)
    path = folder / "alone.py"
    path.write_text(study_script(config, plan, "One seed"), encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, path.name], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    teacher, *_, base, taught = done.stdout.splitlines()
    assert re.fullmatch(r"teacher mlp-24-16: [\d.]+% of the test examples", teacher)
    assert re.fullmatch(r"labels only: [\d.]+%", base)
    assert re.fullmatch(r"taught: [\d.]+%, gain [+-][\d.]+ points", taught)


@pytest.mark.parametrize(
    "config",
    [
        QUICK,
        QUICK.model_copy(update={"train_limit": "all"}),
        QUICK.model_copy(update={"dataset": "moons", "points": 400}),
    ],
    ids=["digits-limited", "digits", "moons"],
)
def test_validation_examples_are_the_labs(config, tmp_path):
    own = plan_of(arm("tuned", config, learns_from="validation"), config=config)
    path = tmp_path / "script.py"
    path.write_text(study_script(config, own, "Validation"), encoding="utf-8")
    got = runpy.run_path(str(path), run_name="script")["load_data"]()
    *_, split = data.load(config)
    expected = [
        tensor
        for part in (split.train, split.validation, split.test)
        for tensor in (part.inputs, part.targets)
    ]
    for a, b in zip(got, expected, strict=True):
        assert torch.equal(a, b)


def test_nothing_is_written_that_no_arm_does(folder):
    def text(name):
        return (folder / f"plan_{name}.py").read_text(encoding="utf-8")

    assert "choose_labelled" not in text("every_label")
    assert "mislabel" not in text("teachers")
    assert "validation_x" not in text("numbers")
    assert "students" not in re.sub(r'""".*?"""', "", text("numbers"), flags=re.DOTALL)
    assert "hook" not in text("numbers")
    assert "smaller(" not in text("chains")
    own = re.findall(r"^def (of_\w+)", text("maps"), re.MULTILINE)
    assert own == ["of_labels", "of_layers"]
    assert "asked" not in text("numbers")


def test_a_loaded_teacher_is_read_from_its_file(tmp_path):
    config = QUICK.model_copy(update={"teacher_weights": "0a"})
    own = plan_of(arm("two", config, teachers=(TeacherSpec(), TeacherSpec(seed=1))), config=config)
    text = study_script(config, own, "Loaded")
    assert "teacher = load_teacher(make_mlp_24_16)" in text
    assert "teacher_2 = train_teacher(" in text
    (tmp_path / "script.py").write_text(text, encoding="utf-8")
    from kdlab import models

    module = models.build("mlp-24-16", (1, 8, 8), 10, 5)
    (tmp_path / "teacher.safetensors").write_bytes(
        weights.dump_weights(module, "mlp-24-16", (1, 8, 8), 10)
    )
    names = runpy.run_path(str(tmp_path / "script.py"), run_name="script")
    names["load_teacher"].__globals__["TEACHER_FILE"] = str(tmp_path / "teacher.safetensors")
    loaded = names["load_teacher"](names["make_mlp_24_16"])
    assert torch.equal(loaded[1].weight.cpu(), module[1].weight)


@pytest.mark.parametrize("label", ["two\nimport os", "\u202eturned", "\u2028x = 1", "\ud800"])
def test_the_label_of_an_arm_stays_a_comment(label):
    plain, named = (
        study_script(QUICK, plan_of(Arm.of(QUICK, "warm", text)), "A study")
        for text in ("Of an arm", label)
    )
    named.encode()
    assert "        # Of an arm\n" in plain
    assert ast.dump(ast.parse(named)) == ast.dump(ast.parse(plain))


def test_arms_learn_from_the_validation_part_of_images_of_ones_own_as_well():
    images = QUICK.model_copy(update={"dataset": "images", "folder": "x", "teacher": "cnn-4"})
    tuned = plan_of(arm("tuned", images, learns_from="validation"), config=images)
    text = study_script(images, tuned, "Own images")
    compile(text, "script", "exec")
    assert "read_images()" in text
    assert "of_answers(student, validation_x, " in text


def test_what_a_script_cannot_do_is_said():
    both = plan_of(replace(arm("both", fault="no-square"), augmentation="noise"))
    with pytest.raises(ConfigError, match="has the mistake no-square and augments"):
        study_script(QUICK, both, "Both")
    sampled = plan_of(replace(arm("sampled"), prefixes="teacher"))
    with pytest.raises(ConfigError, match="learns on prefixes of the teacher, which are sampled"):
        study_script(QUICK, sampled, "Sampled")
