"""The main of a script: teachers, then every arm for each seed, then the report."""

from __future__ import annotations

import re

from kdlab.export.arm import arm_lines
from kdlab.export.text import quoted, remark
from kdlab.export.variables import Variables
from kdlab.training.arms.arm import Arm, Plan

_THREADS = "    torch.set_num_threads(THREADS)"
_RUN = '\n\n\nif __name__ == "__main__":\n    main()\n'


def in_order(arms: tuple[Arm, ...]) -> list[Arm]:
    """``arms`` so that whoever needs another comes after it."""
    found: dict[str, Arm] = {}
    while len(found) < len(arms):
        ready = next(a for a in arms if a.name not in found and a.needs <= found.keys())
        found[ready.name] = ready
    return list(found.values())


def experiment(plan: Plan, names: Variables, teachers: int = 1, *, pair: bool = False) -> str:
    """What arms there are, and main; with several ``teachers`` a function that is called for each.
    With ``pair`` the two arms of a run, whose gain is told seed by seed."""
    if pair:
        names.network()  # a run tells of its teacher whatever comes of it
    train = _of_seeds(plan, names)
    tuned = any(a.learns_from != "train" for a in plan.arms)
    validation = "validation_x, validation_y" if tuned else "_, _"
    load = "    parts = [part.to(DEVICE) for part in load_data()]"
    unpack = f"    train_x, train_y, {validation}, test_x, test_y = parts"
    done = '        print(f"seed {seed} is done")'
    begin = "    found = {name: [] for name in AGAINST}"
    one = names.config.seeds == 1
    by = "_in_bits" if names.in_bits else ""
    if pair:
        report = f"    report_{'one_' * one}pair{by}(*found.values())"
        begin = f"    found = {{{', '.join(f'{quoted(a.name)}: []' for a in plan.arms)}}}"
        loop = ["    for seed in SEEDS:", *train, f"        tell_pair{by}(seed, found)"]
        own = [_THREADS, load, unpack, *_enough_labels(names), *names.before, begin]
        return "\n".join(["def main():", *own, *loop, report]) + _RUN
    against = "".join(
        f"    {quoted(a.name)}: {quoted(plan.reference(a.name))},\n" for a in plan.arms
    )
    top = f"# Every arm, and beside which one it is judged.\nAGAINST = {{\n{against}}}\n"
    if teachers == 1:
        steps = [] if names.in_bits or one else ["len(test_y)"]
        arguments = ", ".join(["found", "AGAINST", *steps])
        report = f"report{'_one_seed' * one}{by}({arguments})"
        loop = ["    for seed in SEEDS:", *train, done, f"    {report}"]
        own = ["def main():", _THREADS, load, unpack, *names.before, begin, *loop]
        return f"{top}\n\n" + "\n".join(own) + _RUN
    taught = ", ".join(quoted(a.name) for a in plan.arms if a.name in plan.taught)
    arguments = "found, AGAINST, TAUGHT" + ", len(parts[-1])" * (not names.in_bits)
    top += f"# Arms that a teacher influences.\nTAUGHT = {f'{{{taught}}}' * bool(taught)}"
    lines = [
        "def with_teacher(teacher_seed, seeds, parts, found):",
        '    """Train one teacher, and every arm for each seed of its students."""',
        unpack,
        *(_of_this_teacher(line) for line in names.before),
        "    for seed in seeds:",
        *train,
        f"{done}\n\n",
        "def main():",
        _THREADS,
        load,
        begin,
        "    for n in range(TEACHERS):",
        "        seeds = SEEDS[n * STUDENTS : (n + 1) * STUDENTS]",
        "        with_teacher(TEACHER_SEED + n, seeds, parts, found)",
        f"    report_over_teachers{by}({arguments})",
    ]
    return top + "set()" * (not taught) + "\n\n\n" + "\n".join(lines) + _RUN


def _of_seeds(plan: Plan, names: Variables) -> list[str]:
    """The lines that train and judge every arm for one seed."""
    kept = {name for a in plan.arms for name in a.needs}
    body: list[str] = ["        students = {}"] if kept else []
    for arm in in_order(plan.arms):
        lines = arm_lines(arm, names)
        body += [""] * bool(body) + [f"        # {remark(arm.label)}", *names.taken(), *lines]
        if arm.name in kept:
            body.append(f"        students[{quoted(arm.name)}] = student")
        measured = names.judged("student", names.small("test_x", arm.factor))
        body.append(f"        found[{quoted(arm.name)}].append({measured})")
    return body


def _enough_labels(names: Variables) -> list[str]:
    """For a run on data whose number of examples is known when they are read."""
    if names.config.labels == "all":
        return []
    known, what = "len(train_y)", "training examples"
    lines = []
    if names.unlabelled:
        known, what = "labelled", "training examples whose class is known"
        lines = [f"    {known} = int((train_y >= 0).sum())"]
    return [*lines, f'    assert LABELS <= {known}, f"there are only {{{known}}} {what}"']


def _of_this_teacher(line: str) -> str:
    """A line with the seeds that a function is given, of one teacher and of its students."""
    return re.sub(r"\bSEEDS\b", "seeds", re.sub(r"\bTEACHER_SEED\b", "teacher_seed", line))
