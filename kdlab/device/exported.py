"""Networks -> files for devices, each of them loaded again and held to the network."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kdlab.data.split import DataSplit, is_text
from kdlab.device import agreement, executorch_file, onnx_file, pocket, quantised, runtime
from kdlab.device.formats import NO_PAGE, Format, has_page
from kdlab.device.network import Network, raw_inputs
from kdlab.errors import ConfigError, ModelError
from kdlab.events import DISTILLED, Event, Progress, Remark
from kdlab.measure import metrics
from kdlab.measure.profiling import timed


@dataclass(frozen=True)
class Exported:
    """A file. ``facts``, as plain numbers: bytes; of the page for a phone the roles of its
    ``networks``; of an ONNX file also difference and alike (from
    :class:`~kdlab.device.agreement.Agreement`), accuracy on so many test examples as ``judged``
    says (of text also bits) and latency_ms {median, low, high, repeats}."""

    name: str
    role: str
    format: str
    content: bytes
    facts: dict[str, Any]


JUDGED = 1000
"""Test inputs that files are judged on at most: a large network on one thread would take minutes
for all of them, in each format."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """What files are made and judged with, raw: ``calibration`` are training inputs, on ``seen``
    files are held to their networks, ``test`` with their ``targets`` are for figures."""

    calibration: NDArray[np.generic]
    seen: NDArray[np.generic]
    test: NDArray[np.generic]
    targets: NDArray[np.int64]
    text: bool

    @classmethod
    def of(cls, split: DataSplit) -> Inputs:
        """Those of a data set: all test examples."""
        parts = (
            split.train.only(slice(0, quantised.CALIBRATION)),
            split.validation.only(slice(0, agreement.INPUTS)),
            split.test,
        )
        calibration, seen, test = (raw_inputs(split, part).numpy() for part in parts)
        return cls(calibration, seen, test, split.test.targets.numpy(), is_text(split.test))

    @classmethod
    def of_images(cls, train: Tensor, test: Tensor, targets: Tensor) -> Inputs:
        """Those of pixels, uint8 (N, C, H, W): where no images are held back, files are held to
        their networks on training images."""
        return cls(
            train[: quantised.CALIBRATION].numpy(),
            train[-agreement.INPUTS :].numpy(),
            test.numpy(),
            targets.numpy(),
            text=False,
        )

    def few(self) -> Inputs:
        """The same with JUDGED test inputs at most, the first ones."""
        return replace(self, test=self.test[:JUDGED], targets=self.targets[:JUDGED])


def all_files(
    networks: Sequence[Network],
    inputs: Inputs,
    formats: Sequence[Format],
    beside: Sequence[str] = (),
) -> Generator[Event, None, list[Exported]]:
    """The files of all ``networks``. On the page for a phone stands the distilled student with
    those ``beside`` it, which are named as their files; where none is called so those that are
    named, or the last network.

    Networks whose answers are no numbers are left out, which is told, and so is the page of a table
    where other files are asked for, too. ConfigError for a name that
    no network has; ModelError where none is left, where the page would be too large, or where a
    file does not say what its network says: none is given then.
    """
    inputs = inputs.few()
    own: dict[Network, NDArray[np.float32]] = {}
    for network in networks:
        said = agreement.by_torch(network, inputs.seen)
        if np.isfinite(said).all():
            own[network] = said
        else:
            yield Remark(text=f"{network.role} is left out: its answers are NaN or infinite.")
    if not own:
        raise ModelError(
            "no network gives finite answers",
            "networks whose training did not diverge",
            "Train them again with a smaller learning rate",
        )
    shown = _shown(list(own), beside)
    wanted = [each for each in formats if not each.page]
    pages = [each for each in formats if each.page]
    if pages and wanted and not has_page(shown[0].shape):
        yield Remark(text=f"{NO_PAGE} The other files are made; leave html out.")
        pages = []
    if pages:  # before all the work
        pocket.check(shown, inputs.test)
    files: list[Exported] = []
    for network in own if wanted else ():
        files += yield from _files_of(network, inputs, wanted, own[network])
    for each in pages:
        yield Progress(stage="writing the page for the phone")
        files.append(_page({network: own[network] for network in shown}, each, inputs))
    return _apart(files)


def _shown(networks: Sequence[Network], beside: Sequence[str]) -> list[Network]:
    """The networks on the page for a phone, first the one that it is about."""
    by_stem = {stem(each.role): each for each in networks}
    unknown = [name for name in beside if stem(name) not in by_stem]
    if unknown:
        raise ConfigError(
            f"the network is {unknown[0][:40]!r}", "some of " + ", ".join(by_stem),
            "Name one of these",
        )  # fmt: skip
    named = [by_stem[stem(name)] for name in beside]
    first = by_stem.get(DISTILLED) or (named or networks[::-1])[0]
    return list(dict.fromkeys([first, *named]))


def _apart(files: list[Exported]) -> list[Exported]:
    """The same, none of which has the name of another: roles may differ in signs alone."""
    taken: set[str] = set()
    found = []
    for each in files:
        start, dot, ending = each.name.partition(".")
        number, name = 1, each.name
        while name in taken:
            number += 1
            name = f"{start}-{number}{dot}{ending}"
        taken.add(name)
        found.append(replace(each, name=name))
    return found


def _files_of(
    network: Network, inputs: Inputs, formats: Sequence[Format], own: NDArray[np.float32]
) -> Generator[Event, None, list[Exported]]:
    """The files of one network, in the order of ``formats``; ``own`` are its logits of
    ``inputs.seen``. ModelError where one does not say the same: none is given then."""
    whole = onnx_file.to_onnx(network)
    found = []
    for each in formats:
        yield Progress(stage=f"writing {network.role} as {each.label}, comparing it with PyTorch")
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
    facts |= judged(says(inputs.test), inputs) | {"judged": len(inputs.test)}
    one = np.ascontiguousarray(inputs.test[:1])
    facts["latency_ms"] = asdict(
        timed(lambda: says(one), repeats=runtime.REPEATS, budget_seconds=runtime.BUDGET_SECONDS)
    )
    name = f"{stem(network.role)}{each.ending}"
    return Exported(name, network.role, each.name, content, facts)


def _asked(each: Format, content: bytes) -> Callable[[NDArray[np.generic]], NDArray[np.float32]]:
    if each.name == "pte":
        return executorch_file.asked(content)
    ready = runtime.session(content)
    return lambda raw: runtime.logits(ready, raw)


def _page(shown: Mapping[Network, NDArray[np.float32]], each: Format, inputs: Inputs) -> Exported:
    """The page for a phone with these networks and their logits of ``inputs.seen``; it is about the
    first. Its steps are those of the ONNX file, by which they are held to PyTorch and judged; that
    a browser does them as written is for the tests of ``kdlab/device/browser``."""
    networks = list(shown)
    noun = "characters" if inputs.text else "examples"
    told = []
    for network, own in shown.items():
        steps = runtime.session(onnx_file.to_onnx(network))
        found = agreement.compare(runtime.logits(steps, inputs.seen), own)
        agreement.check(found, each.kind, network.role)
        figures = judged(runtime.logits(steps, inputs.test), inputs)
        right = f"{100 * figures['accuracy']:.1f} % of {len(inputs.test):,}"
        facts = {f"Right on the test {noun}": right}
        if "bits" in figures:
            facts["Bits per character"] = f"{figures['bits']:.3f}"
        told.append(facts)
    first = networks[0]
    common = {name: first.origin.get(name.lower(), "") for name in ("Dataset", "Run", "Study")}
    rows = one_of_each(inputs.targets)
    examples = pocket.Examples(inputs.test[rows], inputs.targets[rows])
    known = pocket.Facts(told, {name: text for name, text in common.items() if text})
    content = pocket.pocket(networks, examples, known).encode()
    facts_of_file = {"bytes": len(content), "networks": [each.role for each in networks]}
    return Exported(f"student{each.ending}", first.role, each.name, content, facts_of_file)


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


def stem(role: str) -> str:
    """What a network's files are called.

    >>> stem("labels only"), stem("mlp-4, distilled"), stem("蒸留")
    ('labels-only', 'mlp-4-distilled', 'network')
    """
    return re.sub(r"[^a-z0-9]+", "-", role.lower()).strip("-") or "network"
