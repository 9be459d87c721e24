"""Networks -> files for devices, each of them loaded again and held to the network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kdlab.data.split import DataSplit, is_text
from kdlab.device import agreement, executorch_file, onnx_file, pocket, quantised, runtime
from kdlab.device.formats import Format
from kdlab.device.network import Network, raw_inputs
from kdlab.events import DISTILLED, Event, Progress
from kdlab.measure import metrics
from kdlab.measure.profiling import timed


@dataclass(frozen=True)
class Exported:
    """A file. ``facts``, as plain numbers: bytes; of an ONNX file also difference and alike (from
    :class:`~kdlab.device.agreement.Agreement`), accuracy on test examples (of text also bits) and
    latency_ms {median, low, high, repeats}."""

    name: str
    role: str
    format: str
    content: bytes
    facts: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What files are made and judged with, raw: ``calibration`` are training inputs, ``seen``
    validation inputs, ``test`` with their ``targets``."""

    calibration: NDArray[np.generic]
    seen: NDArray[np.generic]
    test: NDArray[np.generic]
    targets: NDArray[np.int64]
    text: bool

    @classmethod
    def of(cls, split: DataSplit) -> Inputs:
        """Those of a data set."""
        parts = (
            split.train.only(slice(0, quantised.CALIBRATION)),
            split.validation.only(slice(0, agreement.INPUTS)),
            split.test,
        )
        calibration, seen, test = (raw_inputs(split, part).numpy() for part in parts)
        return cls(calibration, seen, test, split.test.targets.numpy(), is_text(split.test))

    @classmethod
    def of_images(cls, train: Tensor, seen: Tensor, test: Tensor, targets: Tensor) -> Inputs:
        """Those of pixels, uint8 (N, C, H, W)."""
        return cls(
            train[: quantised.CALIBRATION].numpy(),
            seen[: agreement.INPUTS].numpy(),
            test.numpy(),
            targets.numpy(),
            text=False,
        )


def all_files(
    networks: Sequence[Network],
    inputs: Inputs,
    formats: Sequence[Format],
    beside: Sequence[str] = (),
) -> Generator[Event, None, list[Exported]]:
    """The files of all ``networks``. On the page for a phone stands the distilled student, or the
    last network where none is called so, with those ``beside`` it. Errors as :func:`files_of`."""
    files: list[Exported] = []
    for network in networks:
        files += yield from files_of(network, inputs, formats)
    for each in (each for each in formats if each.page):
        yield Progress(stage="writing the page for the phone")
        first = next((n for n in networks if n.role.lower() == DISTILLED), networks[-1])
        others = [
            n for name in beside for n in networks if n.role.lower() == name and n is not first
        ]
        files.append(page([first, *dict.fromkeys(others)], each, inputs))
    return _apart(files)


def _apart(files: list[Exported]) -> list[Exported]:
    """The same, none of which has the name of another: roles may differ in signs alone."""
    seen: Counter[str] = Counter()
    found = []
    for each in files:
        seen[each.name] += 1
        stem, dot, ending = each.name.partition(".")
        number = f"-{seen[each.name]}" if seen[each.name] > 1 else ""
        found.append(replace(each, name=f"{stem}{number}{dot}{ending}"))
    return found


def files_of(
    network: Network, inputs: Inputs, formats: Sequence[Format]
) -> Generator[Event, None, list[Exported]]:
    """The files of one network, in the order of ``formats``. ModelError where one does not say what
    the network says: none is given then."""
    wanted = [each for each in formats if not each.page]
    if not wanted:
        return []
    yield Progress(stage=f"writing {network.role} as ONNX")
    whole = onnx_file.to_onnx(network)
    own = agreement.by_torch(network, inputs.seen)
    found = []
    for each in wanted:
        yield Progress(stage=f"comparing {network.role}, {each.label}, with PyTorch")
        if each.name == "pte":
            content = executorch_file.to_pte(network)
        else:
            content = converted(whole, each.name, inputs)
        found.append(_judged(network, each, content, inputs, own))
    return found


def converted(whole: bytes, name: str, inputs: Inputs) -> bytes:
    """A 32-bit ONNX file in the format ``name``."""
    if name == "fp16":
        return quantised.to_fp16(whole)
    if name == "int8":
        return quantised.to_int8(whole, inputs.calibration, text=inputs.text)
    return whole


def _judged(
    network: Network,
    each: Format,
    content: bytes,
    inputs: Inputs,
    own: NDArray[np.float32],
) -> Exported:
    says = _asked(each, content)
    found = agreement.compare(says(inputs.seen), own)
    agreement.check(found, each.kind, network.role)
    facts: dict[str, Any] = {
        "bytes": len(content), "difference": found.difference, "alike": found.alike
    }  # fmt: skip
    facts |= judged(says(inputs.test), inputs)
    one = np.ascontiguousarray(inputs.test[:1])
    facts["latency_ms"] = asdict(
        timed(lambda: says(one), repeats=runtime.REPEATS, budget_seconds=runtime.BUDGET_SECONDS)
    )
    return Exported(file_name(network.role, each), network.role, each.name, content, facts)


def _asked(each: Format, content: bytes) -> Callable[[NDArray[np.generic]], NDArray[np.float32]]:
    if each.name == "pte":
        return executorch_file.asked(content)
    ready = runtime.session(content)
    return lambda raw: runtime.logits(ready, raw)


def page(networks: Sequence[Network], each: Format, inputs: Inputs) -> Exported:
    """The page for a phone with these networks, the first of which gives it its name."""
    noun = "characters" if inputs.text else "examples"
    told = []
    for network in networks:
        found = judged(agreement.by_torch(network, inputs.test), inputs)
        right = f"{100 * found['accuracy']:.1f} % of {len(inputs.test):,}"
        facts = {f"Right on the test {noun}": right}
        if "bits" in found:
            facts["Bits per character"] = f"{found['bits']:.3f}"
        told.append(facts)
    first = networks[0]
    common = {"Data": first.origin.get("dataset", ""), "Run": first.origin.get("run", "")}
    rows = one_of_each(inputs.targets)
    examples = pocket.Examples(inputs.test[rows], inputs.targets[rows])
    known = pocket.Facts(told, {name: text for name, text in common.items() if text})
    content = pocket.pocket(networks, examples, known).encode()
    return Exported(
        file_name(first.role, each), first.role, each.name, content, {"bytes": len(content)}
    )


def one_of_each(targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the first example of each class, by class; then the others as they come."""
    firsts = np.unique(targets, return_index=True)[1]
    return np.concatenate([firsts, np.setdiff1d(np.arange(len(targets)), firsts)])


def judged(logits: NDArray[np.float32], inputs: Inputs) -> dict[str, float]:
    """{accuracy} of logits (N, classes) of the test inputs; of text also {bits}."""
    by_class = torch.from_numpy(np.ascontiguousarray(logits.T))[None]
    targets = torch.from_numpy(inputs.targets)
    found = {"accuracy": metrics.accuracy(by_class, targets)[0]}
    if inputs.text:
        found["bits"] = metrics.bits(by_class, targets)[0]
    return found


def file_name(role: str, each: Format) -> str:
    """``labels-only-int8.onnx``; the page for the phone is called after what is in it."""
    name = "student" if each.page else re.sub(r"[^a-z0-9]+", "-", role.lower()).strip("-")
    return f"{name or 'network'}{each.ending}"
