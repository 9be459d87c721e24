"""A network of torchvision's that somebody has trained on classes of their own, as it is.

Its file is a state dict of torchvision's network with another last layer, or a teacher that this
lab has trained. It is given images as torchvision's networks are: see ``pretrained_net.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kdlab.errors import ModelError
from kdlab.full_run.recipe import pretrained, teacher_file
from kdlab.full_run.recipe.pretrained import Record
from kdlab.full_run.recipe.pretrained_net import Pretrained, whole
from kdlab.models import class_names, foreign, header, misfit, weights
from kdlab.models.matching import Shapes

if TYPE_CHECKING:
    from kdlab.full_run.engine.images import FullData


def load(path: Path, name: str, data: FullData) -> tuple[Pretrained, tuple[str, ...]]:
    """The teacher in the file, its outputs in the order of ``data.classes``, and what is to be told
    of it. ModelError where it is another network, or for other classes."""
    record = pretrained.find(name)
    content, told = weights.contents(path, 8 * record.count(100_000) + header.MAX_BYTES)
    known = class_names.read(told.texts, teacher_file.head_rows(told, record))
    if known is not None:
        class_names.order(known, data.classes)
    state, notes = states(content, told, record, len(data.classes))
    module = Pretrained(record, len(data.classes), data.mean, data.std)
    head = f"{record.head}."
    module.backbone.load_state_dict({k: t for k, t in state.items() if not k.startswith(head)})
    own = {k.removeprefix(head): t for k, t in state.items() if k.startswith(head)}
    module.head.load_state_dict(own)
    notes.append(
        f"The last layer in the file has an output for each of the {len(data.classes)} classes: "
        f"the network is the teacher as it is. Images reach it with {record.side} x {record.side} "
        "pixels and in the units of ImageNet."
    )
    return module.eval(), (*notes, *class_names.arrange(module, known, data.classes))


def check(content: bytes, name: str, file_name: str) -> tuple[int, list[str]]:
    """(Number of classes, what was done to read it) of a file's bytes; ModelError where it is not
    ``name`` with a last layer of somebody's own."""
    record = pretrained.find(name)
    told = header.read(content, file_name)
    classes = teacher_file.head_rows(told, record) or 0
    class_names.read(told.texts, classes)
    return classes, states(content, told, record, classes)[1]


def states(
    content: bytes, told: header.Tensors, record: Record, classes: int
) -> tuple[dict[str, Tensor], list[str]]:
    """The state of torchvision's network with ``classes`` outputs, in 32 bits, and what was done
    to read it; ModelError where it is another network."""
    found = _plainly_named(told.shapes, record)
    own = _shapes(record, classes)
    renamed = foreign.recognise({own_name: told.shapes[k] for own_name, k in found.items()}, own)
    if not renamed.fits:
        rows = teacher_file.head_rows(told, record)
        nearest = {name: told.shapes[found[key]] for name, key in renamed.names.items()}
        raise ModelError(
            f"the file does not hold a {record.label}: "
            + misfit.sentence(nearest, own, record.torchvision)
            if rows in (None, classes)
            else f"the last layer in the file has {rows} outputs",
            f"weights of torchvision's {record.torchvision} with {classes} outputs, one per class",
            "Choose the network and the data with which it was trained, or another file",
        )
    tensors = weights.read_tensors(content)
    return weights.under_names({n: tensors[k] for n, k in found.items()}, renamed, own)


def _shapes(record: Record, classes: int) -> dict[str, tuple[int, ...]]:
    """Those of torchvision's network with that many outputs."""
    with torch.device("meta"):
        module = whole(record)
        parent, _, leaf = record.head.rpartition(".")
        setattr(module.get_submodule(parent), leaf, nn.Linear(record.features, max(1, classes)))
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def _plainly_named(shapes: Shapes, record: Record) -> dict[str, str]:
    """torchvision's name of each tensor -> that in the file. This lab's own files call the last
    layer ``head`` and keep the units of the images beside it; others put a dropout before it."""
    ours = "head.weight" in shapes and record.head != "head"
    found = {}
    for name in shapes:
        if ours and name in ("mean", "std"):
            continue
        part = teacher_file.head_part(name, record)
        plain = name.removeprefix("backbone.") if ours else name
        if part and ours:
            plain = f"{record.head}.{part}"
        elif part:
            before = name.removesuffix(f".{part}").rpartition(record.head)[0]
            plain = f"{before}{record.head}.{part}"
        found[plain] = name
    return found
