"""The experiment of a study's script: teachers, then every arm for each seed, then the report."""

from __future__ import annotations

import re

from kdlab.export.arms.cast import Cast, call, constant, maker_name
from kdlab.export.arms.learners import arguments_of, default, kind_of, name_of, varying
from kdlab.export.arms.pieces import loss_name
from kdlab.export.source import source
from kdlab.export.text import quoted, remark
from kdlab.methods import find
from kdlab.models import embedding_point, hint_points
from kdlab.training.arms.arm import Arm, Plan

_TELL = '''\
def tell(name, network, x, y):
    """How good a teacher is."""
    print(f"teacher {name}: {accuracy(network, x, y):.2%} of the test examples")
'''

_REPORT = '''\
def report(found, examples):
    """Means over seeds with their 95 % intervals, and gains paired by seed, in points."""
    step = 1 / examples  # ties are not certainty: an accuracy comes in steps
    for name, values in found.items():
        mean, low, high = interval(values, resolution=step)
        line = f"{name}: {mean:.2%} (95 % {low:.2%} to {high:.2%})"
        if AGAINST[name] != name:
            pairs = zip(found[AGAINST[name]], values, strict=True)
            gain, low, high = interval([b - a for a, b in pairs], resolution=step)
            line += f", gain {100 * gain:+.2f} points (95 % {100 * low:+.2f} to {100 * high:+.2f})"
        print(line)
'''

_REPORT_ONE = '''\
def report(found, examples):
    """Accuracies and gains; how sure they are takes more seeds to see."""
    for name, values in found.items():
        line = f"{name}: {values[0]:.2%}"
        if AGAINST[name] != name:
            line += f", gain {100 * (values[0] - found[AGAINST[name]][0]):+.2f} points"
        print(line)
'''


_REPORT_OVER_TEACHERS = '''\
def report(found, examples):
    """Means with their 95 % intervals, and gains paired by seed, in points. The units are teachers
    where one reaches the arm, else seeds."""
    step = 1 / examples  # ties are not certainty: an accuracy comes in steps
    for name, values in found.items():
        mean, low, high = interval_over(values, TEACHERS if name in TAUGHT else 1, step)
        line = f"{name}: {mean:.2%} (95 % {low:.2%} to {high:.2%})"
        if AGAINST[name] != name:
            units = TEACHERS if TAUGHT & {name, AGAINST[name]} else 1
            pairs = zip(found[AGAINST[name]], values, strict=True)
            gain, low, high = interval_over([b - a for a, b in pairs], units, step)
            line += f", gain {100 * gain:+.2f} points (95 % {100 * low:+.2f} to {100 * high:+.2f})"
        print(line)
'''


def values_of(arm: Arm, cast: Cast) -> dict[str, str]:
    """What stands for each token of :mod:`kdlab.export.arms.learners`."""
    own, method = cast.config, find(arm.method)
    named = loss_name(arm)
    numbers = "".join(f", {name}={value:g}" for name, value in arm.parameters)

    def with_numbers(name: str) -> str:
        return f"partial({name}{numbers})" if numbers else name

    return {
        "alpha": constant(arm.alpha, "ALPHA", own.alpha),
        "temperature": constant(arm.temperature, "TEMPERATURE", own.temperature),
        "loss": with_numbers(named),
        "weight": f"{method.weight:g}",
        "factor": str(arm.factor),
        "compare": with_numbers(f"compare_{named}"),
        "adapter": f"make_{named}",
        "epochs": constant(arm.epochs, "EPOCHS", own.epochs),
        "learning_rate": constant(arm.learning_rate, "LEARNING_RATE", own.learning_rate),
    }


def in_order(arms: tuple[Arm, ...]) -> list[Arm]:
    """``arms`` so that whoever needs another comes after it."""
    waiting, found = list(arms), list[Arm]()
    while waiting:
        done = {a.name for a in found}
        ready = next(a for a in waiting if a.needs <= done)
        found.append(ready)
        waiting.remove(ready)
    return found


def experiment(
    plan: Plan,
    cast: Cast,
    groups: dict[str, list[Arm]],
    shape: tuple[int, ...],
    teachers: int = 1,
) -> tuple[str, str]:
    """The dictionary of arms, and the functions that run and report them; with several
    ``teachers`` one that does it for each of them."""
    values = {a.name: values_of(a, cast) for a in plan.arms}
    kept = {name for a in plan.arms for name in a.needs}
    body: list[str] = []
    for arm in in_order(plan.arms):
        line = _line(arm, cast, groups, values, shape)
        body += ["", f"        # {remark(arm.label)}", *cast.taken(), line]
        if arm.name in kept:
            body.append(f"        students[{quoted(arm.name)}] = student")
        tested = cast.small("test_x", arm.factor)
        measured = f"accuracy(student, {tested}, test_y)"
        body.append(f"        found[{quoted(arm.name)}].append({measured})")
    against = "".join(
        f"    {quoted(a.name)}: {quoted(plan.reference(a.name))},\n" for a in plan.arms
    )
    parts = ["train"] + ["validation"] * any(a.learns_from != "train" for a in plan.arms)
    names = ", ".join(f"{part}_x, {part}_y" for part in [*parts, "test"])
    load = f"    {names} = (part.to(DEVICE) for part in load_data())"
    if len(load) > 100:
        load = f"    parts = (part.to(DEVICE) for part in load_data())\n    {names} = parts"
    of_seeds = [
        *(["        students = {}"] if kept else []),
        *(body if kept else body[1:]),
        '        print(f"seed {seed} is done")',
    ]
    arms = f"# Every arm, and beside which one it is judged.\nAGAINST = {{\n{against}}}\n"
    tell = [_TELL] if cast.networks else []
    if teachers > 1:
        own = _for_each_teacher(names, cast.before, of_seeds)
        taught = ", ".join(quoted(a.name) for a in plan.arms if a.name in plan.taught)
        taught = f"{{{taught}}}" if taught else "set()"
        arms += f"# Arms that something of a teacher reaches.\nTAUGHT = {taught}\n"
        report = [
            _plain_interval(),
            source("measure/intervals.py", "interval_over"),
            _REPORT_OVER_TEACHERS,
        ]
        report = [text.replace("Sequence[float]", "list[float]") for text in report]
    else:
        own = [
            "def main():",
            load,
            *cast.before,
            "    found = {name: [] for name in AGAINST}",
            "    for seed in SEEDS:",
            *of_seeds,
            "    report(found, len(test_y))",
        ]
        report = [_plain_interval(), _REPORT] if cast.config.seeds > 1 else [_REPORT_ONE]
    main = "\n".join(own) + '\n\n\nif __name__ == "__main__":\n    main()\n'
    return arms, "\n\n".join([*tell, *report, main])


def _for_each_teacher(names: str, before: list[str], of_seeds: list[str]) -> list[str]:
    """A function that trains one teacher and its students, and the one that calls it for all."""
    return [
        "def with_teacher(teacher_seed, seeds, parts, found):",
        '    """Train one teacher, and every arm for each seed of its students."""',
        f"    {names} = parts",
        *(re.sub(r"\bTEACHER_SEED\b", "teacher_seed", line) for line in before),
        "    for seed in seeds:",
        *of_seeds,
        "",
        "",
        "def main():",
        "    parts = [part.to(DEVICE) for part in load_data()]",
        "    found = {name: [] for name in AGAINST}",
        "    for n in range(TEACHERS):",
        "        seeds = SEEDS[n * STUDENTS : (n + 1) * STUDENTS]",
        "        with_teacher(TEACHER_SEED + n, seeds, parts, found)",
        "    report(found, len(parts[-1]))",
    ]


def _plain_interval() -> str:
    text = source("measure/intervals.py", "interval").replace("Sequence[float]", "list[float]")
    return re.sub(r" +# stdtrit is .*\n", "", text)


def _line(
    arm: Arm,
    cast: Cast,
    groups: dict[str, list[Arm]],
    values: dict[str, dict[str, str]],
    shape: tuple[int, ...],
) -> str:
    """The call that trains one student of ``arm``."""
    kind = kind_of(arm)
    whole, _ = cast.images(arm)
    shifted = any(v in kind for v in ("shift", "flip", "noise", "mixup"))
    own = {
        "x": whole if shifted else cast.small(whole, arm.factor),
        "given": cast.given(arm),
        "whole": whole,
    }
    needed = arguments_of(kind)
    if "told" in needed:
        own["told"] = cast.told(arm)
        if arm.fault == "temperature-on-probabilities":
            own["told"] += ".softmax(1)"
            cast.within.append("        # The mistake: probabilities in the place of logits.")
    if "teacher" in needed:
        own["teacher"] = cast.teacher(arm)
    if "peer" in needed:
        own["peer"] = f"fresh_peer(seed, {maker_name(arm.student, arm.factor)})"
    if "taught" in needed:
        own |= _layers(arm, cast, whole, shape)
    arguments = ["seed", _student(arm, cast), *(own[name] for name in needed)]
    for token in varying(kind, groups[kind], values):
        if (said := values[arm.name][token]) != default(token, groups[kind], values):
            arguments.append(f"{token}={said}")
    return call("student = ", name_of(kind), arguments, 8)


def _student(arm: Arm, cast: Cast) -> str:
    if arm.after:
        return f"copy.deepcopy(students[{quoted(arm.after)}])"
    fresh = f"fresh(seed, {maker_name(arm.student, arm.factor)})"
    if arm.start == "fresh":
        return fresh
    from kdlab.training.arms.arm import DEFAULT_TEACHER

    teacher = cast.network(DEFAULT_TEACHER)
    if not arm.kept:
        return f"take_all({fresh}, {teacher})"
    return f"take_over({fresh}, {teacher}, {arm.kept!r})"


def _layers(arm: Arm, cast: Cast, whole: str, shape: tuple[int, ...]) -> dict[str, str]:
    """The teacher's layers, and the names of the student's."""
    from kdlab.methods.pairing import pair_layers
    from kdlab.training.arms.arm import DEFAULT_TEACHER

    seen = shape
    if arm.factor > 1:
        seen = (*shape[:-2], shape[-2] // arm.factor, shape[-1] // arm.factor)
    mine, theirs = hint_points(arm.student, seen), hint_points(cast.config.teacher, shape)
    pairs = pair_layers(arm.layers, find(arm.method).layers, len(mine), len(theirs))
    mine = (*mine, embedding_point(arm.student, seen))
    theirs = (*theirs, embedding_point(cast.config.teacher, shape))
    points = repr(tuple(theirs[t] for _, t in pairs)).replace("'", '"')
    taught = cast.once("taught", "layers_of", [cast.network(DEFAULT_TEACHER), points, whole])
    return {"taught": taught, "points": repr(tuple(mine[s] for s, _ in pairs)).replace("'", '"')}
