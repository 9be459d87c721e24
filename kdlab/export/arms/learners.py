"""One function for each kind of arm: how its students learn.

A text has tokens like {alpha}. Where all arms of a kind agree, the value stands in the text; where
they differ, it becomes an argument. So nothing can be set that this study does not vary.
"""

from __future__ import annotations

from kdlab.export.arms.cast import call
from kdlab.methods import find
from kdlab.training.arms.arm import Arm, Peer

NUMBERS = ("alpha", "temperature", "loss", "weight", "factor", "compare", "adapter", "epochs",
           "learning_rate")  # fmt: skip

_HARD = "        hard = label_loss(logits, given, index)\n"
_BOTH = "        return (1 - {alpha}) * hard + {alpha} * {weight}soft\n"
_END = (
    "\n    return fit(student, batch_loss, len(x), 8 * seed + 1, {epochs}, {learning_rate}"
    "{beside})\n"
)
_BATCH = "\n    def batch_loss(index):\n"
_VIEWS = "    views = torch.Generator().manual_seed(8 * seed + 7)\n"
_ASKED = "        with torch.no_grad():\n            said = teacher({shown})\n"
_SOFT = "        soft = {loss}(logits, {said}, {temperature}{labels}).mean()\n"

_MIXED = """\
        share = torch.rand(1, generator=views).to(DEVICE)
        partner = index[torch.randperm(len(index), generator=views).to(DEVICE)]
        seen = share * x[index] + (1 - share) * x[partner]
        logits = student({small})
"""

_MIXED_LOSS = """
        def loss_on(examples):
            hard = label_loss(logits, given, examples)
            soft = {loss}(logits, {said}, {temperature}{labels}).mean()
            return (1 - {alpha}) * hard + {alpha} * {weight}soft

        # The loss is linear in the targets: each of the two counts in its share.
        return share * loss_on(index) + (1 - share) * loss_on(partner)
"""

_MIXED_LABELS = """
        # The loss is linear in the targets: each of the two counts in its share.
        both = (label_loss(logits, given, examples) for examples in (index, partner))
        return share * next(both) + (1 - share) * next(both)
"""

_PEERS = """
    def batch_loss(index):
        answers = student(x[index]), peer(x[index])
        total = 0.0
        for logits, other in (answers, answers[::-1]):
            hard = label_loss(logits, given, index)
            soft = {loss}(logits, other.detach(), {temperature}{labels}).mean()
            total = total + (1 - {alpha}) * hard + {alpha} * {weight}soft
        return total

    both = nn.ModuleList([student, peer])
    return fit(both, batch_loss, len(x), 8 * seed + 1, {epochs}, {learning_rate})[0]
"""

_ADAPTERS = """\
    student.eval()
    with torch.no_grad():
        _, first = outputs(student, points, x[:1])
    adapters = []  # what the method trains beside the student, one for each pair of layers
    for place, (own, theirs) in enumerate(zip(first, taught, strict=True)):
        drawn = torch.Generator().manual_seed(8 * seed + 7 + 7919 * place)
        made = {adapter}(own.shape[1:], theirs.shape[1:], drawn)
        adapters.append({{name: w.to(DEVICE).requires_grad_() for name, w in made.items()}})
    beside = [w for adapter in adapters for w in adapter.values()]
"""

_LAYERS = """\
        logits, own = outputs(student, points, x[index])
        hard = label_loss(logits, given, index)
        pairs = zip(own, taught, adapters, strict=True)
        soft = sum({compare}(a, b[index], adapter) for a, b, adapter in pairs)
"""

_LAYERS_BARE = """\
        logits, own = outputs(student, points, x[index])
        hard = label_loss(logits, given, index)
        pairs = zip(own, taught, strict=True)
        soft = sum({compare}(a, b[index], {{}}) for a, b in pairs)
"""

_TAUGHT_BACK = """\
    taught = copy.deepcopy(teacher).requires_grad_(True)
    beside = list(taught.parameters())
"""

_LEAK = """\
        # The mistake: nothing keeps the gradient from the teacher, and the optimiser has it, too.
        soft = {loss}(logits, taught({clean}), {temperature}).mean()
"""


def kind_of(arm: Arm) -> str:
    """The kind of ``arm``, in words: arms of one kind share a function."""
    if Peer() in arm.teachers:
        return "with peer"
    view = arm.augmentation
    if arm.alpha == 0 and arm.plain:
        return "labels"
    method = find(arm.method)
    if arm.fault in ("softmax-twice", "misaligned", "teacher-learns", "teacher-in-training-mode",
                     "student-in-evaluation-mode"):  # fmt: skip
        return arm.fault
    if method.compare is not None:
        return "layers, adapted" if method.adapter else "layers"
    if view != "none" and arm.alpha == 0:
        return f"labels, {view}"
    also = ", told labels" if "labels" in method.needs else ""
    if view == "none":
        return f"answers{also}"
    return f"answers, {view}, {'asked' if arm.view == 'same' else 'known'}{also}"


def name_of(kind: str) -> str:
    """The name of the function of a kind."""
    return "learn_" + kind.replace(",", "").replace(" ", "_").replace("-", "_")


def arguments_of(kind: str) -> tuple[str, ...]:
    """What the function takes after the seed and the student."""
    first: tuple[str, ...] = ("x", "given")
    if kind == "with peer":
        return ("peer", *first)
    if kind.startswith("labels"):
        return first
    if kind.startswith("layers"):
        return (*first, "taught", "points")
    if kind in ("teacher-learns", "teacher-in-training-mode"):
        return (*first, "teacher", "whole")
    return (*first, "teacher" if "asked" in kind else "told")


def _about(kind: str) -> str:
    if kind == "labels":
        return "Labels alone teach."
    if kind == "with peer":
        return "Two students teach each other, without a teacher; the first one is given back."
    if kind.startswith("layers"):
        return "Hidden layers are compared, pair by pair; ``taught`` are the teacher's."
    faults = {
        "softmax-twice": "The mistake: the student gives probabilities, and the loss another "
        "softmax.",
        "misaligned": "The mistake: the answers are those of other images.",
        "teacher-learns": "The mistake: the gradient of the loss reaches the teacher.",
        "teacher-in-training-mode": "The mistake: nobody called teacher.eval().",
        "student-in-evaluation-mode": "The mistake: nobody called student.train().",
    }
    if kind in faults:
        return faults[kind]
    parts = kind.split(", ")
    if parts[0] == "labels":
        return f"Labels alone teach; images under {parts[1]}."
    if len(parts) > 1 and parts[1] != "told labels":
        how = "looks at what the student sees" if "asked" in parts else "knows the clean images"
        return f"Answers teach; images under {parts[1]}, and the teacher {how}."
    return "``told`` are the teacher's logits on all of ``x``."


def text_of(kind: str, *, small: bool) -> str:
    """The function of ``kind``, with tokens; ``small``: some of its students see small images."""
    shown = "smaller(seen, {factor})" if small else "seen"
    labels = ", labels=given[index]" if "told labels" in kind else ""
    view = next((v for v in ("shift", "flip", "noise", "mixup") if v in kind), "")
    mode = "eval()  # the mistake" if kind == "student-in-evaluation-mode" else "train()"
    start = f"    student.{mode}\n"
    if view == "mixup":
        said = "said" if "asked" in kind else "told[examples]"
        ask = _ASKED.replace("{shown}", "seen") if "asked" in kind else ""
        loss = _MIXED_LABELS if kind.startswith("labels") else _MIXED_LOSS
        loss = loss.replace("{said}", said).replace("{labels}", labels.replace("index", "examples"))
        return start + _VIEWS + _BATCH + _MIXED.replace("{small}", shown) + ask + loss + _END
    if kind == "with peer":
        return "    student.train()\n    peer.train()\n" + _PEERS.replace("{labels}", labels)
    if kind.startswith("layers"):
        adapted = "adapted" in kind
        body = (_ADAPTERS if adapted else "") + start + _BATCH
        body += (_LAYERS if adapted else _LAYERS_BARE) + _BOTH + _END
        return body.replace("{beside}", ", beside=beside" if adapted else "")
    seen = "x[index]"
    if view:
        start += _VIEWS
        seen = shown
    batch = _BATCH + (f"        seen = {view}(x[index], views)\n" if view else "")
    twice = ".softmax(1)  # the mistake" if kind == "softmax-twice" else ""
    batch += f"        logits = student({seen}){twice}\n"
    if kind.startswith("labels"):
        return start + batch + "        return label_loss(logits, given, index)\n" + _END
    said = "told[index]"
    if "asked" in kind:
        batch += _ASKED.replace("{shown}", "seen")
        said = "said"
    if kind == "misaligned":
        start += _VIEWS
        batch += "        other = torch.randperm(len(x), generator=views)[: len(index)]\n"
        said = "told[other]"
    if kind == "teacher-in-training-mode":
        start += "    noisy = copy.deepcopy(teacher).train()  # the mistake\n"
        batch += "        with torch.no_grad():\n            said = noisy(whole[index])\n"
        said = "said"
    if kind == "teacher-learns":
        start += _TAUGHT_BACK
        body = start + batch + _HARD + _LEAK.replace("{clean}", "whole[index]") + _BOTH + _END
        return body.replace("{beside}", ", beside=beside")
    soft = _SOFT.replace("{said}", said).replace("{labels}", labels)
    return start + batch + _HARD + soft + _BOTH + _END


def function(kind: str, arms: list[Arm], values: dict[str, dict[str, str]]) -> str:
    """The text of the function of ``kind``; ``values`` has, for each of its ``arms``, what stands
    for each token: see :func:`varying`."""
    text = text_of(kind, small=any(arm.factor > 1 for arm in arms)).replace("{beside}", "")
    vary = varying(kind, arms, values)
    first = values[arms[0].name]
    for token in NUMBERS:
        own = token if token in vary else first[token]
        if token == "weight":
            own = "" if own in ("1.0", "1") else f"{own} * "
        text = text.replace(f"{{{token}}}", own)
    text = text.replace("{{", "{").replace("}}", "}")
    usual = {token: default(token, arms, values) for token in vary}
    needed = [token for token in vary if not usual[token]]
    optional = [f"{token}={usual[token]}" for token in vary if usual[token]]
    arguments = ["seed", "student", *arguments_of(kind), *needed, *optional]
    head = f"{call('', f'def {name_of(kind)}', arguments, 0)}:"
    if "\n" not in head and len(head) > 100:
        head = f"def {name_of(kind)}(\n    {', '.join(arguments)}\n):"
    return f'{head}\n    """{_about(kind)}"""\n{text.rstrip()}\n'


def default(token: str, arms: list[Arm], values: dict[str, dict[str, str]]) -> str:
    """What an argument is where a call does not say it: the configuration's constant, if an arm has
    it, else nothing."""
    found = (values[arm.name][token] for arm in arms)
    return next((value for value in found if value == token.upper()), "")


def varying(kind: str, arms: list[Arm], values: dict[str, dict[str, str]]) -> list[str]:
    """The tokens of ``kind`` in which its arms differ, which are arguments of its function."""
    text = text_of(kind, small=any(arm.factor > 1 for arm in arms))
    return [
        token
        for token in NUMBERS
        if f"{{{token}}}" in text and len({values[arm.name][token] for arm in arms}) > 1
    ]
