"""Arms whose networks read text: answers, hidden layers, embeddings, starts and peers."""

from __future__ import annotations

import pytest
import torch
from plain_loop import QUICK, fresh, moved, run, teacher_for
from torch.nn.functional import one_hot

from kdlab.data.split import DataSplit, Part
from kdlab.storage.store import Store
from kdlab.training.arms import Arm, Peer
from kdlab.training.arms.context import TrainingContext

WINDOW, SYMBOLS, CLASSES = 5, 6, 4


def part_of(size: int, seed: int) -> Part:
    """Windows of symbols; the next one is told by the last and the one before it."""
    drawn = torch.Generator().manual_seed(seed)
    letters = torch.randint(SYMBOLS, (size, WINDOW), generator=drawn)
    return Part(one_hot(letters, SYMBOLS).float(), (letters[:, -1] + letters[:, -2]) % CLASSES)


@pytest.fixture(scope="module")
def split():
    parts = [part_of(size, seed) for size, seed in ((256, 0), (64, 1), (64, 2))]
    shape, classes = (WINDOW, SYMBOLS), tuple("abcd")
    return DataSplit(classes, shape, *parts, mean=(0.0,), std=(1.0,))


@pytest.fixture(scope="module")
def teachers(split):
    made = {}

    def make(name):
        if name not in made:
            config = QUICK.model_copy(update={"teacher": name, "teacher_learning_rate": 0.01})
            made[name] = teacher_for(config, split)
        return made[name]

    return make


@pytest.mark.parametrize(
    ("teacher", "student"),
    [("gpt-1-16", "gru-8"), ("gru-24", "gpt-2-8"), ("gru-24", "mlp-8"), ("gpt-1-16", "gpt-1-16")],
)
def test_every_way_to_distil_reaches_networks_that_read_text(
    split, teachers, tmp_path, teacher, student
):
    config = QUICK.model_copy(update={"teacher": teacher, "student": student, "epochs": 2})
    store = Store(tmp_path / "home", bundled=None)
    context = TrainingContext(config, split, teachers(teacher), store)
    list(context.prepare(()))
    arms = [
        Arm.baseline(config),
        Arm.of(config, "soft", "Soft targets", method="soft-targets", temperature=3.0),
        Arm.of(config, "hints", "Hints", method="hints", layers=((0, 0),)),
        Arm.of(config, "pkt", "PKT", method="pkt"),
        Arm.of(config, "peer", "Peers", teachers=(Peer(),)),
    ]
    if student == teacher:
        arms.append(Arm.baseline(config, "start", "From the teacher", start="teacher", epochs=0))
    done = run(context, *arms)
    assert done.keys() == {arm.name for arm in arms}
    ends = {name: context.done[name].modules for name in done}
    begins = [fresh(config, split, seed) for seed in context.seeds]
    for name in done.keys() - {"start", "peer"}:
        assert all(moved(a, b) > 0 for a, b in zip(begins, ends[name], strict=True))
    for name in ("soft", "hints", "pkt", "peer"):
        assert moved(ends["labels only"][0], ends[name][0]) > 0, "another loss, another student"
    if student == teacher:
        assert done["start"].fidelity == (1.0, 1.0)
        assert moved(context.teacher.module, ends["start"][0]) == 0
