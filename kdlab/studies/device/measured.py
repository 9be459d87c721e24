"""What becomes of trained networks as files: how large they are, what they still say, how long an
answer takes."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kdlab.config.schema import StudentConfig
from kdlab.data.split import DataSplit, is_text
from kdlab.device import agreement, onnx_file, runtime
from kdlab.device.exported import Inputs, converted
from kdlab.device.network import Network, raw_inputs
from kdlab.device.quantised import LEAST_CALIBRATION
from kdlab.errors import ConfigError, ModelError
from kdlab.events import DISTILLED, LABELS_ONLY, Event, Exhibit, Progress
from kdlab.measure import metrics
from kdlab.measure.intervals import LEVEL
from kdlab.studies.device.names import DEVICE, FULL, PRECISIONS, TEACHER

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from kdlab.training.arms.context import TrainingContext

ROUNDS, LEAST_ROUNDS = 1000, 20
"""In each, every network answers once: what slows the machine down for a while slows all."""
SECONDS = 4.0
"""For all rounds; slow networks take fewer, LEAST_ROUNDS at least."""
WARM_UP = 5
MOST_BITS = 1e6
"""More are told as so many: a student with endless weights is as far off."""

Answers = dict[str, Tensor]
"""Logits (1, classes, N) on "test" and on "validation" examples."""


def exhibits(config: StudentConfig, context: TrainingContext) -> Iterator[Event]:
    """Exhibit ``device``: {networks: teacher, labels only, distilled -> fp32, fp16, int8 -> facts,
    machine}. Facts are ``bytes`` of the file, ``latency`` {median, low, high} of one input in ms
    and ``beside``, the same as a multiple of fp32 in the same round, all of the first network; and
    one number a network: accuracy, validation, ece, entropy and kl in bits, alike; of text also
    bits and validation_bits. A kind of student whose loss always stopped being a number has none.
    Where no file of a precision can be made of one network its numbers are NaN, as where its
    answers are none; a precision in which no file of a kind can be made is left out.
    """
    judge = Judge(context.split)
    kinds: dict[str, Sequence[nn.Module]] = {TEACHER: [context.teacher.module]}
    kinds |= {arm: context.done[arm].modules for arm in (LABELS_ONLY, DISTILLED)}
    networks = [(role, module) for role, modules in kinds.items() for module in modules]
    total = len(networks)
    told: dict[str, list[dict[str, dict[str, float]]]] = {role: [] for role in kinds}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    asked: dict[tuple[str, str], InferenceSession] = {}
    for done, (role, module) in enumerate(networks):
        yield Progress(stage=f"writing and asking the files of {role}", done=done, total=total)
        if not finite(module):
            told[role].append({})
            continue
        network = network_of(role, module, config, context.split)
        files = files_of(network, judge.inputs)
        sessions = {name: runtime.session(content) for name, content in files.items()}
        told[role].append(judge.of_network(network, sessions))
        for name, session in sessions.items():
            if name not in found.setdefault(role, {}):
                found[role][name] = {"bytes": len(files[name])}
                asked[role, name] = session
    yield Progress(stage="timing all files side by side", done=total, total=total)
    times = side_by_side(list(asked.values()), judge.inputs.test)
    rows = dict(zip(asked, times, strict=True))
    for (role, name), row in rows.items():
        found[role][name] |= _each(told[role], name)
        found[role][name]["latency"] = _spread(row)
        found[role][name]["beside"] = _median(row / rows[role, FULL])
    yield Exhibit(name=DEVICE, content={"networks": found, "machine": runtime.machine()})


def enough(split: DataSplit) -> None:
    """ConfigError where there are too few training examples to measure the ranges of int8 on."""
    if (count := len(split.train.targets)) < LEAST_CALIBRATION:
        raise ConfigError(
            f"there are {count} training examples",
            f"at least {LEAST_CALIBRATION}, on which the ranges of int8 are measured",
            "Use more training examples",
        )


def network_of(role: str, module: nn.Module, config: StudentConfig, split: DataSplit) -> Network:
    """A network of the study with what a device has to know of it."""
    name = config.teacher if role == TEACHER else config.student
    origin = {"dataset": config.dataset, "study": config.fingerprint()}
    return Network.of(role, name, module, split, **origin)


def files_of(network: Network, inputs: Inputs) -> dict[str, bytes]:
    """Precision -> the ONNX file. 16 bits and int8 are left out where they cannot be made: weights
    are too large, or what flows through the network is no number."""
    whole = onnx_file.to_onnx(network)
    found = {FULL: whole}
    for name in PRECISIONS:
        with contextlib.suppress(ConfigError, ModelError):
            found[name] = converted(whole, name, inputs)
    return found


class Judge:
    """What files say of the test and of the validation examples of ``split``."""

    def __init__(self, split: DataSplit) -> None:
        self.inputs = Inputs.of(split)
        self.text = is_text(split.test)
        self._raw = {
            "test": self.inputs.test,
            "validation": raw_inputs(split, split.validation).numpy(),
        }
        self._targets = {"test": split.test.targets, "validation": split.validation.targets}

    def of_network(
        self, network: Network, sessions: Mapping[str, InferenceSession]
    ) -> dict[str, dict[str, float]]:
        """Precision -> what :func:`exhibits` has of each network; ``alike`` is the share of answers
        that are the network's own, ``kl`` how far its 32-bit probabilities are from those. All are
        NaN of a file that answers with what is no number."""
        own = agreement.by_torch(network, self._raw["test"]).argmax(1)
        answers = {name: self._answers(session) for name, session in sessions.items()}
        exact = answers[FULL]["test"].double().log_softmax(1)
        return {name: self._told(each, own, exact) for name, each in answers.items()}

    def _answers(self, session: InferenceSession) -> Answers:
        return {
            part: torch.from_numpy(runtime.logits(session, raw)).t()[None]
            for part, raw in self._raw.items()
        }

    def _told(self, answers: Answers, own: NDArray[np.int64], exact: Tensor) -> dict[str, float]:
        test, targets = answers["test"], self._targets
        said = test.double().log_softmax(1)
        found = {
            "accuracy": metrics.accuracy(test, targets["test"])[0],
            "validation": metrics.accuracy(answers["validation"], targets["validation"])[0],
            "ece": metrics.calibration_error(test, targets["test"])[0],
            "entropy": _bits(said, said),
            "kl": _within(_bits(exact, said) - _bits(exact, exact)),
            "alike": float((test[0].argmax(0).numpy() == own).mean()),
        }
        if self.text:
            found["bits"] = _within(metrics.bits(test, targets["test"])[0])
            seen = metrics.bits(answers["validation"], targets["validation"])
            found["validation_bits"] = _within(seen[0])
        if not all(bool(logits.isfinite().all()) for logits in answers.values()):
            return dict.fromkeys(found, math.nan)
        return found


def _within(value: float) -> float:
    """Bits at least 0, below which only rounding gets, and at most MOST_BITS; what is no number
    stays none."""
    return value if math.isnan(value) else min(max(0.0, value), MOST_BITS)


def _bits(weights: Tensor, said: Tensor) -> float:
    """The mean cross-entropy of log probabilities (1, C, N), to the base 2. What has no
    probability at all weighs nothing."""
    shares = weights.exp()
    products = torch.where(shares > 0, shares * said, torch.zeros_like(said))
    return -float(products.sum(1).mean()) / math.log(2)


def side_by_side(
    sessions: Sequence[InferenceSession],
    raw: NDArray[np.generic],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> NDArray[np.float64]:
    """Milliseconds for the first of the ``raw`` inputs alone, (sessions, rounds): in each round
    every session is timed once, so that two of a round can be compared."""
    one = np.ascontiguousarray(raw[:1])
    calls = [(session, {session.get_inputs()[0].name: one}) for session in sessions]
    for session, given in calls * WARM_UP:
        session.run(None, given)
    begin = clock()
    rounds: list[list[float]] = []
    while len(rounds) < ROUNDS and (len(rounds) < LEAST_ROUNDS or clock() - begin < SECONDS):
        row = []
        for session, given in calls:
            session.run(None, given)  # what the others have left in the caches is not its fault
            start = clock()
            session.run(None, given)
            row.append(1000 * (clock() - start))
        rounds.append(row)
    return np.array(rounds).T


def _spread(values: NDArray[np.float64]) -> dict[str, float]:
    """The median, the 10th and the 90th percentile."""
    low, median, high = np.percentile(values, (10, 50, 90))
    return {"median": float(median), "low": float(low), "high": float(high)}


def _median(values: NDArray[np.float64]) -> dict[str, float]:
    """The median with its 95 % interval, whatever the values are spread like: as many of n values
    lie below it as heads fall in n throws of a coin."""
    from scipy.special import bdtrik

    n = len(values)
    below = max(0, math.floor(bdtrik(LEVEL / 2, n, 0.5)))
    ordered = np.sort(values)
    low, high = ordered[below], ordered[n - 1 - below]
    return {"median": float(np.median(values)), "low": float(low), "high": float(high)}


def _each(told: Sequence[dict[str, dict[str, float]]], name: str) -> dict[str, list[float]]:
    """Of every measure one number a network, NaN for those that came to none."""
    measures = next(each for each in told if name in each)[name]
    return {m: [each[name][m] if name in each else math.nan for each in told] for m in measures}


def finite(module: nn.Module) -> bool:
    """Whether all its numbers are some: those of a student whose loss stopped being one are not."""
    return all(bool(tensor.isfinite().all()) for tensor in module.state_dict().values())
