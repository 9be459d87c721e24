"""What every kind of arm stands on: the loop, first weights, labels, answers, hidden layers."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template

from kdlab.export.arms.cast import has_few
from kdlab.export.source import source
from kdlab.training.arms.arm import Arm

_FIT = Template('''\
def fit(network, batch_loss, size, seed, epochs, learning_rate, batch_size=BATCH_SIZE$beside):
    """Adam under a one-cycle learning rate, in batches of a fresh random order each epoch.

    ``batch_loss(index)`` gives the loss on the examples ``index``, out of ``size``. Returns the
    network in evaluation mode.
    """
    order = torch.Generator().manual_seed(seed)
    steps = $steps
    optimiser = torch.optim.Adam($trained, lr=learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=steps + 1, cycle_momentum=False
    )
    for _ in range(epochs):
        # The last batch of an epoch may be smaller; it is kept.
        for index in torch.randperm(size, generator=order).to(DEVICE).split(batch_size):
            loss = batch_loss(index)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()
''')

_FRESH = '''\
def fresh(seed, make):
    """A student with first weights; 8 apart, so that no two seeds share a number."""
    torch.manual_seed(8 * seed)
    return make().to(DEVICE)
'''

_FRESH_PEER = '''\
def fresh_peer(seed, make):
    """The second of two that learn from each other begins with weights of its own."""
    torch.manual_seed(8 * seed + 6)
    return make().to(DEVICE)
'''

_ANSWERS = '''\
@torch.no_grad()
def answers(network, x):
    """Logits (N, CLASSES), a few images at a time."""
    return torch.cat([network(part) for part in x.split(512)])


def accuracy(network, x, y):
    """Share of right answers, 0 to 1."""
    return (answers(network, x).argmax(1) == y).double().mean().item()
'''

_OUTPUTS = '''\
def outputs(network, points, x):
    """Logits, and what the submodules ``points`` put out on the way."""
    kept = {}
    hooks = [
        network.get_submodule(point).register_forward_hook(
            lambda _module, _inputs, output, point=point: kept.update({point: output})
        )
        for point in points
    ]
    logits = network(x)
    for hook in hooks:
        hook.remove()
    return logits, [kept[point] for point in points]
'''

_OUTPUTS_AND_INPUTS = '''\
def outputs(network, points, x):
    """Logits, and what the submodules ``points`` put out on the way; with ":input" behind the name
    of one: what goes into it."""
    kept = {}

    def keep(point):
        def hook(_module, inputs, output):
            kept[point] = inputs[0] if point.endswith(":input") else output

        return hook

    names = [point.removesuffix(":input") for point in points]
    parts = [network.get_submodule(name) for name in names]
    pairs = zip(parts, points, strict=True)
    hooks = [part.register_forward_hook(keep(point)) for part, point in pairs]
    logits = network(x)
    for hook in hooks:
        hook.remove()
    return logits, [kept[point] for point in points]
'''

_LAYERS_OF = '''\
@torch.no_grad()
def layers_of(teacher, points, x):
    """The layers ``points`` of the teacher on all images, which do not change."""
    each = [outputs(teacher, points, part)[1] for part in x.split(512)]
    return [torch.cat(parts) for parts in zip(*each, strict=True)]
'''

_EVERY_LABEL = '''\
def label_loss(logits, given, index):
    """Cross-entropy with the labels of the examples ``index``."""
    return F.cross_entropy(logits, given[index])
'''

_FEW_LABELS = '''\
def label_loss(logits, given, index):
    """Cross-entropy with the labels that are given.

    Divided by how many of them a batch has on average, so that the mean over batches is right, and
    a batch without any is no division by zero.
    """
    share = (given >= 0).float().mean()
    total = F.cross_entropy(logits, given[index], ignore_index=-1, reduction="sum")
    return total / (len(index) * share)
'''

_GIVEN = Template('''\
def given_labels(seed, y$arguments):
    """The class that each example is said to be of, -1 where the student is not told.

    The same seed always hides the same labels$mistakes.
    """
$body''')
_CHOSEN = """\
    labelled = choose_labelled(y.cpu(), min(labels, len(y)), 8 * seed + 2)
"""
_ALL = """\
    labelled = torch.ones(len(y), dtype=torch.bool)
"""
_WRONG = """\
    named = mislabel(y.cpu(), labelled, noise, CLASSES, 8 * seed + 5)
    return torch.where(labelled, named, -1).to(DEVICE)
"""
_RIGHT = """\
    return torch.where(labelled, y.cpu(), -1).to(DEVICE)
"""

_WITHOUT = '''\
def without(classes, x, y):
    """Images that show none of ``classes``, and what they show."""
    shown = torch.isin(y, torch.tensor(classes, device=y.device), invert=True)
    return x[shown], y[shown]
'''


def loop(arms: Iterable[Arm], *, untrained: bool) -> list[str]:
    """The functions that learners, teachers and the experiment call."""
    arms = list(arms)
    adapted = any(a.fault == "teacher-learns" or _adapted(a) for a in arms)
    steps = "epochs * math.ceil(size / batch_size)"
    fit = _FIT.substitute(
        beside=", beside=()" if adapted else "",
        steps=f"max(1, {steps})" if untrained else steps,
        trained="[*network.parameters(), *beside]" if adapted else "network.parameters()",
    )
    return [fit, _ANSWERS]


def students(arms: Iterable[Arm]) -> list[str]:
    """First weights, labels, and images of some classes."""
    from kdlab.export.arms.learners import kind_of

    arms = list(arms)
    kinds = {kind_of(a) for a in arms}
    found = [_FRESH] + ([_FRESH_PEER] if "with peer" in kinds else [])
    few, wrong = has_few(arms), any(a.label_noise for a in arms)
    names = ["choose_labelled"] * few + ["mislabel"] * wrong
    found += [source("training/labels.py", *names)] if names else []
    if names:
        arguments = ", labels" * few + ", noise" * wrong
        body = (_CHOSEN if few else _ALL) + (_WRONG if wrong else _RIGHT)
        mistakes = " and makes the same mistakes" if wrong else ""
        found.append(_GIVEN.substitute(arguments=arguments, mistakes=mistakes, body=body))
    found.append(_FEW_LABELS if few or wrong else _EVERY_LABEL)
    comparing = [a for a in arms if kind_of(a).startswith("layers")]
    if comparing:
        inputs = any(_compares_embeddings(a) for a in comparing)
        found += [_OUTPUTS_AND_INPUTS if inputs else _OUTPUTS, _LAYERS_OF]
    found += [_WITHOUT] if any(a.unseen for a in arms) else []
    return found


def _compares_embeddings(arm: Arm) -> bool:
    from kdlab.methods import find

    return find(arm.method).layers == "embedding" and not arm.layers


def _adapted(arm: Arm) -> bool:
    from kdlab.methods import find

    return find(arm.method).adapter is not None and arm.alpha > 0
