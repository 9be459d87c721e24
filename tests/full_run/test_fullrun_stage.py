"""A stage against a loop that is written out here, with torch's own optimiser and losses."""

import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_runs import CPU, config, noise, plain
from torch import nn

from kdlab import methods, models
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.answers import Answers
from kdlab.full_run.engine.images import Standard, Views
from kdlab.full_run.engine.layers import layer_teaching
from kdlab.full_run.engine.objective import Objective
from kdlab.full_run.engine.stage import DeviceContext, Epoch, Part, Stage, logits_of

IMAGES, CLASSES, BATCH = 70, 5, 32
"""Two batches of 32 images and one of 6."""
SHAPE = (1, 8, 8)
ASKED = {
    "batch_size": BATCH,
    "momentum": 0.8,
    "weight_decay": 0.01,
    "milestones": (0.5,),
    "decay": 0.3,
    "learning_rate": 0.1,
    "flip": True,
}
RATES = (0.1, 0.1 * 0.3)


def network(name="cnn-4", seed=1):
    return models.build(name, SHAPE, CLASSES, seed)


def made(asked, name="distilled", student="cnn-4", context=None, teaching=None, seed=4):
    """(stage, its images): one that has not begun."""
    data = noise(IMAGES, SHAPE, CLASSES)
    context = context or plain()
    views = Views(data, asked.padding, asked.flip, context.device)
    objective = Objective.distilled(asked) if name == "distilled" else Objective()
    if name == "distilled" and teaching is None:
        teacher = network("resnet8", 2).to(context.device)
        teaching = Answers(teacher, views, CLASSES, context.precision, keep=True)
    stage = Stage(
        name, seed, network(student), objective, asked, asked.epochs, asked.learning_rate,
        asked.warmup, views, context, teaching,
    )  # fmt: skip
    return stage, data


def trained(stage, epochs=2):
    """What its epochs told."""
    told = []
    for _ in range(epochs):
        *parts, last = stage.run_epoch()
        assert all(isinstance(part, Part) for part in parts)
        assert isinstance(last, Epoch)
        told.append(last)
    return told


def seen(data, index, view, padding=1):
    """A view cut out by hand, mirrors included."""
    side = 2 * padding + 1
    place, mirrored = divmod(int(view), 2)
    row, column = divmod(place, side)
    padded = F.pad(data.train.pixels[int(index)], (padding,) * 4)
    cut = padded[:, row : row + 8, column : column + 8] / 255
    cut = cut.flip(2) if mirrored else cut
    return (cut - torch.tensor(data.mean).view(-1, 1, 1)) / torch.tensor(data.std).view(-1, 1, 1)


def by_hand(stage, data, soft_of, hard_weight=1.0, student="cnn-4", teacher="resnet8", layer=None):
    """The same training, written out: (network, means of each epoch). With a ``layer`` it is that
    layer's output which ``soft_of`` compares."""
    module, teacher = network(student), network(teacher, 2).eval()
    seen_there = {}
    for part in (module, teacher) if layer else ():
        part.get_submodule(layer).register_forward_hook(
            lambda _, inputs, output, part=part: seen_there.update({part: output.clone()})
        )
    optimiser = torch.optim.SGD(module.parameters(), lr=1.0, momentum=0.8, weight_decay=0.01)
    means = []
    for epoch, rate in enumerate(RATES, start=1):
        optimiser.param_groups[0]["lr"] = rate
        order, view = stage.drawn(epoch)
        sums = np.zeros(4)
        module.train()
        for start in range(0, IMAGES, BATCH):
            index = order[start : start + BATCH]
            inputs = torch.stack([seen(data, i, view[i]) for i in index])
            targets = data.train.targets[index]
            with torch.no_grad():
                told = teacher(inputs)
            logits = module(inputs)
            hard = F.cross_entropy(logits, targets)
            compared = [seen_there[part] for part in (module, teacher)] if layer else [logits, told]
            soft, weight = soft_of(*compared, targets, epoch)
            loss = hard_weight * hard + weight * soft
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            right = (logits.argmax(1) == targets).float().mean()
            each = torch.stack([hard, soft, loss, right]).detach().double().numpy()
            sums += each * len(index)
        means.append(sums / IMAGES)
    return module, means


def assert_same(stage, told, module, means):
    for epoch, mean, rate in zip(told, means, RATES, strict=True):
        found = (epoch.hard, epoch.soft, epoch.loss, epoch.accuracy)
        assert found == pytest.approx(mean, rel=1e-4, abs=1e-6)
        assert epoch.learning_rate == pytest.approx(rate)
    ours, theirs = stage.module.state_dict(), module.state_dict()
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=1e-3, atol=1e-5, msg=name)


def nothing(logits, told, targets, epoch):
    return torch.zeros(()), 0.0


def kl(student, teacher, temperature):
    """T^2 * KL(teacher || student), a mean over the images."""
    log_p = F.log_softmax(student / temperature, 1)
    p = F.softmax(teacher / temperature, 1)
    return temperature**2 * F.kl_div(log_p, p, reduction="batchmean")


def decoupled(logits, told, targets, temperature, others):
    """DKD as equations 5 to 7 of arXiv:2203.08679 have it."""
    p, q = ((z / temperature).softmax(1) for z in (logits, told))
    hit = F.one_hot(targets, CLASSES).bool()
    b_s, b_t = (torch.stack([z[hit], 1 - z[hit]], 1) for z in (p, q))
    target = F.kl_div(b_s.log(), b_t, reduction="batchmean")
    rest_s, rest_t = (
        (z[~hit].view(len(z), -1) / temperature).log_softmax(1) for z in (logits, told)
    )
    rest = F.kl_div(rest_s, rest_t, reduction="batchmean", log_target=True)
    return temperature**2 * (target + others * rest)


def standard(z):
    return (z - z.mean(1, keepdim=True)) / z.std(1, keepdim=True, unbiased=False)


@pytest.mark.parametrize(("name", "student"), [("teacher", "resnet8"), ("labels only", "cnn-4")])
def test_labels_alone_are_the_loop_written_out(name, student):
    # whatever is asked of the distilled student is nothing to these
    asked = config(**ASKED, alpha=0.9, loss_scale=3.0, warmup=1.0)
    stage, data = made(asked, name, student)
    told = trained(stage)
    assert_same(stage, told, *by_hand(stage, data, nothing, student=student))
    assert all(epoch.answered == 0 for epoch in told)


def test_soft_targets_are_the_loop_written_out():
    stage, data = made(config(**ASKED, method="soft-targets", temperature=3.0, alpha=0.7))

    def soft(logits, told, targets, epoch):
        return kl(logits, told, 3.0), 0.7

    told = trained(stage)
    assert_same(stage, told, *by_hand(stage, data, soft, hard_weight=0.3))


def test_dkd_warms_up_and_is_scaled_as_the_loop_written_out():
    asked = config(
        **ASKED, method="dkd", temperature=4.0, alpha=0.5, loss_scale=2.0, warmup=1.0,
        method_parameters=(1.0, 6.0),
    )  # fmt: skip
    stage, data = made(asked)

    def soft(logits, told, targets, epoch):
        return decoupled(logits, told, targets, 4.0, 6.0), epoch / 2

    assert_same(stage, trained(stage), *by_hand(stage, data, soft))


def test_logit_standardisation_is_the_loop_written_out():
    """The published 0.1 CE + 9 KD, of which the lab's soft part carries 90."""
    stage, data = made(config(**ASKED, recipe="kd-ls"))

    def soft(logits, told, targets, epoch):
        return 90 * kl(standard(logits), standard(told), 2.0), 0.1

    assert_same(stage, trained(stage), *by_hand(stage, data, soft, hard_weight=0.1))


# -- the schedule and what is drawn -----------------------------------------------------------


def test_the_published_schedule():
    stage, _ = made(config(epochs=240, learning_rate=0.05), "labels only")
    rates = [stage.learning_rate(epoch) for epoch in range(1, 241)]
    drops = [n for n in range(2, 241) if rates[n - 1] != rates[n - 2]]
    assert drops == [151, 181, 211]
    assert rates[0] == rates[149] == 0.05
    assert rates[150::30] == pytest.approx([0.005, 0.0005, 0.00005])


def test_each_epoch_shows_each_image_once_and_both_students_the_same():
    asked = config(**ASKED)
    stage, _ = made(asked)
    draws = [stage.drawn(epoch) for epoch in (1, 2)]
    for order, view in draws:
        assert sorted(order) == list(range(IMAGES))
        assert 0 <= view.min() < view.max() < stage._views.count
    assert not np.array_equal(draws[0][0], draws[1][0])
    assert not np.array_equal(draws[0][1], draws[1][1])

    def first(name, seed):
        return made(asked, name, seed=seed)[0].drawn(1)

    for one, other, same in (
        (("labels only", 4), ("distilled", 4), True),
        (("labels only", 4), ("labels only", 5), False),
        (("labels only", 4), ("teacher", 4), False),
    ):
        assert (
            all(np.array_equal(a, b) for a, b in zip(first(*one), first(*other), strict=True))
            is same
        )


# -- going on ---------------------------------------------------------------------------------


def test_a_stage_that_is_restored_goes_on_to_the_last_bit():
    asked = config(**ASKED)
    whole, _ = made(asked, student="resnet8")
    told = trained(whole)
    first, _ = made(asked, student="resnet8")
    trained(first, 1)
    kept = {name: tensor.clone() for name, tensor in first.state().items()}
    resumed, _ = made(asked, student="resnet8")
    resumed.restore(kept, 1)
    (last,) = trained(resumed, 1)
    assert (last.loss, last.accuracy) == (told[1].loss, told[1].accuracy)
    for name, tensor in whole.state().items():
        assert torch.equal(tensor, resumed.state()[name]), name
    other, _ = made(asked, student="cnn-8")
    with pytest.raises((KeyError, RuntimeError)):
        other.restore(kept, 1)


def test_judging_leaves_the_network_as_it_was():
    stage, data = made(config(**ASKED), "teacher", "resnet8")
    trained(stage, 1)
    before = {name: t.clone() for name, t in stage.module.state_dict().items()}
    stage.module.train()
    found = logits_of(stage.module, data.test, Standard(data, CPU), plain())
    assert all(part.training for part in stage.module.modules())
    for name, tensor in stage.module.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    stage.module.eval()
    with torch.no_grad():
        inputs = torch.stack([seen_whole(data, n) for n in range(len(data.test.targets))])
        torch.testing.assert_close(found, stage.module(inputs), rtol=1e-4, atol=1e-5)


def seen_whole(data, n):
    mean, std = (torch.tensor(v).view(-1, 1, 1) for v in (data.mean, data.std))
    return (data.test.pixels[n] / 255 - mean) / std


# -- methods that compare layers --------------------------------------------------------------


def of_layers(method, asked, student="cnn-4"):
    """(stage, its images, how its teacher teaches)"""
    data = noise(IMAGES, SHAPE, CLASSES)
    teacher, module = network("cnn-8", 2), network(student)
    example = Standard(data, CPU)(data.train.pixels[:1])
    teaching = layer_teaching(methods.find(method), teacher, module, ("cnn-8", student), example, 0)
    stage, _ = made(asked, student=student, teaching=teaching)
    return stage, data, teaching


def test_attention_is_the_loop_written_out():
    asked = config(**ASKED, method="attention", alpha=0.5, loss_scale=2.0)
    stage, data, teaching = of_layers("attention", asked)
    ((own, theirs),) = teaching.pairs
    assert own == theirs

    def soft(ours, taught, targets, epoch):
        q, p = (F.normalize(maps.square().mean(1).flatten(1)) for maps in (ours, taught))
        return 1000 * (q - p).square().mean(), 1.0

    found = by_hand(stage, data, soft, teacher="cnn-8", layer=own)
    assert_same(stage, trained(stage), *found)


@pytest.mark.parametrize(
    ("teacher", "student", "width"),
    [("wrn-16-2", "wrn-16-1", 64), ("resnet8", "shufflev2", 1024), ("cnn-8", "mobilenetv2", 1280)],
)
@pytest.mark.parametrize("method", ["relational", "pkt", "cc"])
def test_embeddings_are_what_goes_into_the_last_linear_layer(method, teacher, student, width):
    data = noise(6, (3, 32, 32), CLASSES)
    nets = [models.build(name, (3, 32, 32), CLASSES, 0).eval() for name in (teacher, student)]
    images = Standard(data, CPU)(data.train.pixels)
    teaching = layer_teaching(methods.find(method), *nets, (teacher, student), images[:1], 0)
    ((mine, theirs),) = teaching.pairs
    assert teaching.teacher is nets[0]
    with teaching.watched(nets[1]) as (own, taught), torch.no_grad():
        logits = [net(images) for net in nets]
        for net, found, told in zip(nets, (taught[theirs], own[mine]), logits, strict=True):
            last = [part for part in net.modules() if isinstance(part, nn.Linear)][-1]
            torch.testing.assert_close(found @ last.weight.t() + last.bias, told)
        assert own[mine].shape == (6, width)


@pytest.mark.parametrize(
    ("teacher", "student", "layer"),
    [
        ("resnet8", "wrn-16-1", "layer2"),
        ("resnet50", "vgg8", "layer2"),
        ("vgg8", "mobilenetv2", "layer2"),
        ("cnn-4-4-4", "resnet8", "5"),
    ],
)
def test_hints_are_between_the_second_of_three_or_four_layers(teacher, student, layer):
    nets = [models.build(name, (3, 32, 32), CLASSES, 0).eval() for name in (teacher, student)]
    image = torch.zeros(1, 3, 32, 32)
    teaching = layer_teaching(methods.find("hints"), *nets, (teacher, student), image, 0)
    assert teaching.pairs == (("layer2", layer),)


def test_hints_are_the_loop_written_out_but_for_their_adapter():
    """With an adapter that does not move, taken as the method made it."""
    asked = config(**ASKED, method="hints", method_parameters=(), alpha=0.2)
    stage, data, teaching = of_layers("hints", asked)
    (adapter,) = teaching.adapters
    for tensor in adapter.values():
        tensor.requires_grad_(False)
    stage.steps._optimiser.param_groups[0]["params"] = list(stage.module.parameters())
    compare = methods.find("hints").compare

    def soft(ours, taught, targets, epoch):
        return methods.find("hints").weight * compare(ours, taught, adapter), 0.2

    found = by_hand(stage, data, soft, hard_weight=0.8, teacher="cnn-8", layer=teaching.pairs[0][0])
    assert_same(stage, trained(stage), *found)


@pytest.mark.parametrize(("method", "adapters"), [("hints", True), ("attention", False)])
def test_a_method_of_layers_lowers_its_soft_part(method, adapters):
    asked = config(
        batch_size=BATCH, learning_rate=0.01, method=method, method_parameters=(), alpha=0.9,
        epochs=6, milestones=(),
    )  # fmt: skip
    stage, _, teaching = of_layers(method, asked)
    before = {name: t.clone() for name, t in teaching.teacher.state_dict().items()}
    assert bool(teaching.parameters()) is adapters
    beside = [tensor.detach().clone() for tensor in teaching.parameters()]
    told = trained(stage, 6)
    assert told[-1].soft < 0.8 * told[0].soft
    assert told[0].loss == pytest.approx(0.1 * told[0].hard + 0.9 * told[0].soft, rel=1e-4)
    for was, tensor in zip(beside, teaching.parameters(), strict=True):
        assert not torch.equal(was, tensor)
    stage.steps.close()
    for name, tensor in teaching.teacher.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not teaching.teacher.training
    assert all(p.grad is None for p in teaching.teacher.parameters())
    networks = (stage.module, teaching.teacher)
    assert not any(part._forward_hooks for module in networks for part in module.modules())


def test_a_method_of_layers_is_restored_with_its_adapters():
    asked = config(**ASKED | {"learning_rate": 0.01}, method="hints", method_parameters=())
    whole, _, _ = of_layers("hints", asked)
    told = trained(whole)
    first, _, _ = of_layers("hints", asked)
    trained(first, 1)
    resumed, _, _ = of_layers("hints", asked)
    resumed.restore({name: tensor.clone() for name, tensor in first.state().items()}, 1)
    assert trained(resumed, 1)[0].loss == told[1].loss
    assert any(name.startswith("beside") for name in whole.state())
    for name, tensor in whole.state().items():
        assert torch.equal(tensor, resumed.state()[name]), name


# -- engines ----------------------------------------------------------------------------------


def test_trying_a_step_leaves_no_trace(monkeypatch):
    """A compiler that changes nothing: what stays is what the trial would leave."""
    tried = []
    forward = torch.nn.Module.__call__

    def compiled(module):
        def call(inputs):
            tried.append(len(inputs))
            return forward(module, inputs)

        return call

    monkeypatch.setattr(torch, "compile", compiled)
    asked = config(**ASKED)
    whole, _ = made(asked, student="resnet8")
    stage, _ = made(asked, student="resnet8", context=plain("compile"))
    assert (stage.steps.engine, stage.steps.note, tried) == ("compile", "", [BATCH])
    for name, tensor in stage.state().items():
        assert torch.equal(tensor, whole.state()[name]), name
        if name.startswith("momentum"):
            assert not tensor.any()
    assert trained(stage)[1].loss == trained(whole)[1].loss
    assert len(tried) == 1 + 2 * 3
    for name, tensor in stage.state().items():
        assert torch.equal(tensor, whole.state()[name]), name


def test_trying_a_step_leaves_what_is_trained_beside_the_network(monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda module: module)
    asked = config(**ASKED, method="hints", method_parameters=())
    first, _, teaching = of_layers("hints", asked)
    first.steps.close()
    before = [tensor.detach().clone() for tensor in teaching.parameters()]
    stage, _ = made(asked, context=plain("compile"), teaching=teaching)
    assert stage.steps.engine == "compile"
    for was, tensor in zip(before, teaching.parameters(), strict=True):
        assert torch.equal(was, tensor)


def fails_at_once(module):
    raise RuntimeError("no compiler was found\nand much more")


def fails_in_a_step(module):
    def call(inputs):
        raise ValueError("no compiler was found")

    return call


@pytest.mark.parametrize("broken", [fails_at_once, fails_in_a_step])
def test_without_a_compiler_steps_are_plain_and_say_so(monkeypatch, broken):
    monkeypatch.setattr(torch, "compile", broken)
    asked = config(**ASKED)
    whole, _ = made(asked)
    stage, _ = made(asked, context=plain("compile"))
    assert stage.steps.engine == "plain"
    assert stage.steps.note == "compile failed (no compiler was found): steps are plain"
    assert [e.loss for e in trained(stage)] == [e.loss for e in trained(whole)]


def test_memory_that_runs_out_while_compiling_leaves_plain_steps(monkeypatch):
    def out_of_memory(module):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch, "compile", out_of_memory)
    stage, _ = made(config(**ASKED), context=plain("compile"))
    assert stage.steps.engine == "plain"
    assert "out of memory" in stage.steps.note


def test_a_graph_on_the_cpu_falls_back_to_plain_steps():
    asked = config(**ASKED)
    whole, _ = made(asked)
    stage, _ = made(asked, context=plain("graph"))
    assert (stage.steps.engine, stage.steps.note) == (
        "plain",
        "graph failed (there are no CUDA graphs on cpu): steps are plain",
    )
    assert [e.loss for e in trained(stage)] == [e.loss for e in trained(whole)]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.filterwarnings("default")
def test_compiled_steps_give_the_plain_losses(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    asked = config(**ASKED | {"batch_size": IMAGES // 2})  # one shape: it compiles once
    whole, _ = made(asked, "labels only")
    stage, _ = made(asked, "labels only", context=plain("compile"))
    assert (stage.steps.engine, stage.steps.note) == ("compile", "")
    ours, theirs = trained(stage), trained(whole)
    assert [e.loss for e in ours] == pytest.approx([e.loss for e in theirs], rel=1e-4)
    for name, tensor in stage.module.state_dict().items():
        torch.testing.assert_close(tensor, whole.module.state_dict()[name], rtol=1e-3, atol=1e-4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("method", ["soft-targets", "dkd", "hints"])
def test_a_recorded_step_gives_the_plain_losses(method):
    cuda = torch.device("cuda", 0)
    devices.prepare(cuda)
    asked = config(**ASKED | {"epochs": 3}, method=method, method_parameters=(), warmup=1.0)
    told = {}
    for engine in ("plain", "graph"):
        teaching = None
        if method == "hints":
            data = noise(IMAGES, SHAPE, CLASSES)
            networks = network("resnet8", 2).to(cuda), network("cnn-4").to(cuda)
            example = Standard(data, cuda)(data.train.pixels[:1].to(cuda))
            # the stage trains a network of its own: hints are between layers of the same names
            teaching = layer_teaching(
                methods.find(method), *networks, ("resnet8", "cnn-4"), example, 0
            )
        stage, _ = made(asked, context=DeviceContext(cuda, "fp32", engine), teaching=teaching)
        assert stage.steps.engine == engine, stage.steps.note
        told[engine] = trained(stage, 3)
        stage.steps.close()
    for ours, theirs in zip(told["graph"], told["plain"], strict=True):
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-3)
        assert ours.accuracy == pytest.approx(theirs.accuracy, abs=0.05)
