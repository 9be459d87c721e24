"""Arms that compare hidden layers: as a loop over plain modules would, adapters included."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from plain_loop import fit, fresh, moved, returned, run, same_weights
from torch import nn

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.methods import find
from kdlab.methods.pairing import pair_layers
from kdlab.training import cohort, teachers
from kdlab.training.arms import Arm, Peer, TeacherSpec
from kdlab.training.arms.feature_step import feature_step
from kdlab.training.seeds import Role, stream


def hidden(net, names, x):
    """Logits and the outputs of submodules; the last linear layer's inputs for "embedding"."""
    kept, last = {}, [m for m in net.modules() if isinstance(m, nn.Linear)][-1]
    hooks = [
        (last if n == "embedding" else net.get_submodule(n)).register_forward_hook(
            lambda m, i, o, n=n: kept.__setitem__(n, i[0] if n == "embedding" else o)
        )
        for n in names
    ]
    logits = net(x)
    for hook in hooks:
        hook.remove()
    return logits, [kept[n] for n in names]


@pytest.fixture
def shop_of(make_context, quick_split):
    def make(teacher: str, student: str, **more):
        module = models.build(teacher, quick_split.shape, 10, 5)
        adopted = returned(teachers.freeze_and_predict(module, quick_split))
        changes = {"teacher": teacher, "student": student, "alpha": 0.3, "labels": "all", **more}
        return make_context(adopted, **changes)

    return make


CASES = [
    ("hints", "mlp-12-9", "mlp-7", ()),
    ("hints", "mlp-12-9", "mlp-7-5", ((0, 0), (1, 0))),
    ("hints", "cnn-6-8", "cnn-4", ((0, 1),)),
    ("hints", "cnn-6-8-4", "cnn-4-4-4", ()),
    ("hints", "cnn-6-8", "cnn-4-4", ((1, 0),)),
    ("cc", "cnn-6-8", "cnn-4", ()),
    ("relational", "wrn-16-1", "cnn-4", ()),
    ("pkt", "mlpbn-12", "mlp-7", ()),
    ("pkt", "cnn-6", "mlp-7", ()),
    ("relational", "mlp-12-9", "mlp-7", ((0, 0),)),
    ("vid", "mlp-12-9", "mlp-7-5", ()),
    ("cc", "mlp-12-9", "mlp-7", ()),
    ("similarity", "mlp-12-9", "mlp-7", ()),
    ("attention", "cnn-6-8", "cnn-4-4", ()),
]


@pytest.mark.parametrize(("name", "teacher", "student", "layers"), CASES)
def test_students_are_those_of_a_plain_loop(name, teacher, student, layers, shop_of):
    context = shop_of(teacher, student)
    config, split, method = context.config, context.split, find(name)
    assert method.compare is not None
    arm = Arm.of(config, "arm", "Arm", method=name, layers=layers)
    run(context, arm)
    mine, theirs = ((*models.hint_points(n, split.shape), "embedding") for n in (student, teacher))
    pairs = pair_layers(layers, method.layers, len(mine) - 1, len(theirs) - 1)
    with torch.no_grad():
        _, features = hidden(
            context.teacher.module, [theirs[t] for _, t in pairs], split.train.inputs
        )
    for place, seed in enumerate((0, 1)):
        net = fresh(config, split, seed)
        _, own = hidden(fresh(config, split, 9).eval(), [mine[s] for s, _ in pairs],
                        split.train.inputs[:1])  # fmt: skip
        adapters = []
        for n, (a, b) in enumerate(zip(own, features, strict=True)):
            drawn = torch.Generator().manual_seed(stream(seed, Role.VIEWS) + 7919 * n)
            made = method.adapter(a.shape[1:], b.shape[1:], drawn) if method.adapter else {}
            adapters.append({k: v.requires_grad_() for k, v in made.items()})

        def batch_loss(index, net=net, adapters=adapters):
            logits, own = hidden(net, [mine[s] for s, _ in pairs], split.train.inputs[index])
            compared = [
                method.compare(a, b[index], adapter)
                for a, b, adapter in zip(own, features, adapters, strict=True)
            ]
            hard = F.cross_entropy(logits, split.train.targets[index])
            return 0.7 * hard + 0.3 * method.weight * sum(compared)

        more = [tensor for adapter in adapters for tensor in adapter.values()]
        fit([net], batch_loss, len(split.train.targets), seed, config, more)
        got = context.done["arm"].modules[place]
        same_weights(got, net, atol=1e-3)
        assert moved(got, fresh(config, split, seed)) > 0.01


def test_losses_of_the_pairs_are_told_one_by_one(shop_of):
    from kdlab.events import ArmEpoch
    from kdlab.training.arms import Plan
    from kdlab.training.arms.training import run_arms

    context = shop_of("mlp-12-9", "mlp-7-5")
    arm = Arm.of(context.config, "arm", "Arm", method="hints", layers=((0, 0), (1, 1)))
    told = [e for e in run_arms(Plan((arm,)), context) if isinstance(e, ArmEpoch)]
    assert [len(e.layers) for e in told] == [0, 2, 2]
    assert all(value > 0 for value in told[-1].layers)


def test_low_resolution_students_learn_from_layers_of_the_whole_image(shop_of):
    context = shop_of("mlp-12-9", "mlp-7", epochs=25)
    arms = [
        Arm.of(context.config, str(f), "", method="hints", factor=f, alpha=0.01) for f in (1, 2)
    ]
    done = run(context, *arms)
    assert context.done["2"].modules[0][1].in_features == 16
    assert all(min(one.accuracy) > 0.3 for one in done.values())


def test_looking_at_the_layers_leaves_no_trace_in_the_student(shop_of):
    context = shop_of("resnet8", "resnet8")
    arm = Arm.of(context.config, "arm", "Arm", method="attention")
    first = [fresh(context.config, context.split, seed) for seed in (0, 1)]
    engine = cohort.of_modules("resnet8", context.split.shape, first)
    feature_step(arm, context.part(arm), context.part(arm), context, engine, find("attention"))
    assert all(moved(engine.module(k), first[k]) == 0 for k in range(2))
    assert all(net.training for net in engine.modules)


def test_which_layers_are_compared():
    assert pair_layers(((0, 2),), "every", 2, 3) == ((0, 2),)
    assert pair_layers((), "last", 2, 3) == ((1, 2),)
    assert pair_layers((), "embedding", 2, 3) == ((2, 3),)
    assert [pair_layers((), "middle", n, 3)[0][0] for n in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert [pair_layers((), "middle", 1, n)[0][1] for n in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert pair_layers((), "every", 3, 3) == ((0, 0), (1, 1), (2, 2))
    assert pair_layers((), "every", 1, 3) == ((0, 2),)
    assert pair_layers((), "every", 2, 4) == ((0, 1), (1, 3))
    for student in range(1, 7):
        for teacher in range(1, 7):
            found = pair_layers((), "every", student, teacher)
            assert [s for s, _ in found] == list(range(student))
            assert found[-1][1] == teacher - 1
            assert all(0 <= t < teacher for _, t in found)


@pytest.mark.parametrize(
    ("teacher", "student", "change", "message"),
    [
        ("mlp-9", "mlp-7", {"layers": ((1, 0),)}, "layer 2 of mlp-7 was to learn"),
        ("mlp-9", "mlp-7", {"layers": ((0, 1),)}, "layers 1 to 1 of the student and 1 to 1"),
        ("mlp-9", "mlp-7", {"method": "attention"}, "networks whose layers are maps"),
        ("mlp-9", "cnn-4", {}, "both maps, or both vectors"),
        ("mlp-9", "mlp-7", {"augmentation": "noise"}, "augmentation noise"),
        ("mlp-9", "mlp-7", {"fault": "misaligned"}, "mistake misaligned"),
        ("mlp-9", "mlp-7", {"teachers": (Peer(),)}, "teachers or peers"),
        ("mlp-9", "mlp-7", {"teachers": (TeacherSpec(), TeacherSpec(seed=1))}, "with 2 teachers"),
    ],
)
def test_what_cannot_be_compared_is_refused(teacher, student, change, message, shop_of):
    context = shop_of(teacher, student)
    with pytest.raises(ConfigError, match=message):
        run(context, Arm.of(context.config, "arm", "Arm", **{"method": "hints", **change}))
