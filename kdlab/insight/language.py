"""What a model of a language says: strings sampled from it, and how probable strings are to it.

A model is an *answer*: a function from windows, whole numbers (..., W) as
:mod:`kdlab.data.text.windows` has them, to logits (..., V) of what comes next. Strings are sampled
character by character, each from the model's own distribution at T = 1 (ancestral sampling), with
numbers that were drawn before: models that are given the same numbers have the same luck, so that
what differs between their strings is what differs between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kdlab.data.text.windows import END, positions, window_of

Answer = Callable[[Tensor], Tensor]
"""Windows (..., W) of whole numbers -> logits (..., V)."""
CHUNK = 4096
"""Windows that a network is asked at once."""
A_TENTH = 0.1
"""Of a string's true probability: a model that gives it less does not cover it."""


def answer_of(module: nn.Module, classes: int) -> Answer:
    """``module``, which reads one-hot windows (N, W, V), as an answer, (..., W) -> (..., V); in
    evaluation mode, without a gradient."""

    def answer(windows: Tensor) -> Tensor:
        rows = windows.reshape(-1, windows.shape[-1])
        with torch.no_grad():
            told = [module(F.one_hot(part, classes).float()) for part in rows.split(CHUNK)]
        return torch.cat(told).view(*windows.shape[:-1], classes)

    module.eval()
    return answer


class Remembered:
    """``answer`` that is asked each window once, of at most 256 different characters: beginnings of
    strings come again and again. After ``most`` windows it forgets them all."""

    def __init__(self, answer: Answer, most: int = 400_000) -> None:
        self._answer, self._most = answer, most
        self._place: dict[bytes, int] = {}
        self._told: Tensor | None = None

    def __call__(self, windows: Tensor) -> Tensor:
        """Windows (..., W) -> logits (..., V)."""
        rows = windows.reshape(-1, windows.shape[-1]).cpu().to(torch.uint8).numpy()
        width, whole = rows.shape[1], rows.tobytes()
        keys = [whole[start : start + width] for start in range(0, len(whole), width)]
        missing = dict.fromkeys(key for key in keys if key not in self._place)
        if len(self._place) + len(missing) > self._most:
            self._place, self._told, missing = {}, None, dict.fromkeys(keys)
        if missing:
            asked = np.frombuffer(b"".join(missing), dtype=np.uint8).reshape(-1, width)
            found = self._answer(torch.from_numpy(asked.astype(np.int64)).to(windows.device))
            self._keep(list(missing), found)
        assert self._told is not None, "there is at least one window"
        places = torch.tensor([self._place[key] for key in keys], device=self._told.device)
        return self._told[places].view(*windows.shape[:-1], -1)

    def _keep(self, keys: Sequence[bytes], found: Tensor) -> None:
        """In a buffer that doubles when it is full."""
        used = len(self._place)
        if self._told is None or used + len(keys) > len(self._told):
            grown = found.new_empty(2 * (used + len(keys)), found.shape[-1])
            if self._told is not None:
                grown[:used] = self._told[:used]
            self._told = grown
        self._told[used : used + len(keys)] = found
        self._place.update((key, used + n) for n, key in enumerate(keys))


@dataclass(frozen=True)
class Sampled:
    """Strings that were sampled, place by place; ``...`` is their order, such as (N,), and L the
    most characters that one may have.

    ``windows`` (..., L, W): what stood before each place; ``codes`` (..., L): what was drawn
    there; ``there`` (..., L): whether the place belongs to the string, which ends with its first
    END. One that has none was cut off.
    """

    windows: Tensor
    codes: Tensor
    there: Tensor

    @property
    def ended(self) -> Tensor:
        """Which strings came to their end, (...)."""
        return (self.there & (self.codes == END)).any(-1)

    @property
    def places(self) -> tuple[Tensor, Tensor]:
        """All places of all strings, (M, W) windows and (M,) what was drawn."""
        return self.windows[self.there], self.codes[self.there]

    def strings(self) -> list[tuple[int, ...]]:
        """Each as its codes without the end, those of all orders in one row."""
        width = self.codes.shape[-1]
        lengths = (self.there & (self.codes != END)).sum(-1).reshape(-1).tolist()
        rows = self.codes.reshape(-1, width).tolist()
        return [tuple(row[:length]) for row, length in zip(rows, lengths, strict=True)]


def sample_strings(
    answer: Answer,
    count: int,
    width: int,
    noise: Tensor,
    longest: int,
    beginning: Sequence[int] = (),
) -> Sampled:
    """``count`` strings under windows of ``width``, of at most ``longest`` characters each.

    ``noise`` is uniform in 0 .. 1, (at least count, at least longest): number [n, t] decides the
    character t of string n. ``beginning`` stands before all of them and is not told again.
    """
    if len(noise) < count or noise.shape[1] < longest:
        raise ValueError(
            f"noise has the shape {tuple(noise.shape)} for {count} strings of up to {longest}"
        )
    return sampled(answer, noise[:count, :longest], width, beginning)


def sampled(answer: Answer, noise: Tensor, width: int, beginning: Sequence[int] = ()) -> Sampled:
    """A string for each row of ``noise``, (..., L) uniform in 0 .. 1, in lock-step: one answer a
    place for all of them, until all have ended."""
    first = torch.tensor(window_of(beginning, width), device=noise.device)
    window = first.expand(*noise.shape[:-1], width)
    alive = torch.ones(noise.shape[:-1], dtype=torch.bool, device=noise.device)
    windows, codes, there = [], [], []
    for place in range(noise.shape[-1]):
        drawn = drawn_from(answer(window), noise[..., place])
        windows.append(window)
        there.append(alive)
        codes.append(torch.where(alive, drawn, END))
        alive = alive & (drawn != END)
        if not bool(alive.any()):
            break
        window = torch.cat([window[..., 1:], codes[-1].unsqueeze(-1)], -1)
    missing = noise.shape[-1] - len(codes)
    all_codes, all_there = torch.stack(codes, -1), torch.stack(there, -1)
    return Sampled(
        F.pad(torch.stack(windows, -2), (0, 0, 0, missing), value=END),
        F.pad(all_codes, (0, missing), value=END),
        F.pad(all_there, (0, missing), value=False),
    )


def drawn_from(logits: Tensor, noise: Tensor) -> Tensor:
    """A class from softmax(logits), (..., V), for each number (...) in 0 .. 1: the one whose part
    of the cumulative distribution holds it. A class of no probability is never drawn."""
    shares = logits.contiguous().softmax(-1)
    found = (shares.cumsum(-1) <= noise.to(shares.dtype).unsqueeze(-1)).sum(-1)
    beyond = found == shares.shape[-1]  # the parts may add up to a little less than 1
    if bool(beyond.any()):
        possible = (shares > 0) * torch.arange(shares.shape[-1], device=shares.device)
        found = torch.where(beyond, possible.amax(-1), found)
    return found


@dataclass(frozen=True)
class Places:
    """All places of N strings, for models to be asked one after the other: the different
    ``windows`` (M, W), and of each place which of these stands before it, the class that comes
    there, and the number of its string."""

    windows: Tensor
    window: Tensor
    targets: Tensor
    strings: Tensor
    count: int

    @classmethod
    def of(cls, strings: Sequence[Sequence[int]], width: int) -> Places:
        """Of ``strings``, codes without the end, which is counted."""
        known = positions(strings, width)
        rows, inverse = np.unique(known.windows, axis=0, return_inverse=True)
        return cls(
            windows=torch.from_numpy(rows.astype(np.int64)),
            window=torch.from_numpy(inverse.reshape(-1)),
            targets=torch.from_numpy(known.targets),
            strings=torch.from_numpy(known.strings),
            count=len(strings),
        )

    def log_probabilities(self, answer: Answer) -> Tensor:
        """log p of each string: float64 (N,), in nats."""
        log_p = answer(self.windows).double().log_softmax(-1).cpu()
        each = log_p[self.window, self.targets]
        return torch.zeros(self.count, dtype=torch.float64).index_add_(0, self.strings, each)


def log_probabilities(answer: Answer, strings: Sequence[Sequence[int]], width: int) -> Tensor:
    """log p of each of the N ``strings``, codes without the end, which is counted: float64 (N,), in
    nats. What stands behind the same window is asked once."""
    return Places.of(strings, width).log_probabilities(answer)


def bits_of(answer: Answer, found: Sampled) -> float:
    """Bits per character of these strings to the model ``answer``, their ends counted. Of strings
    that another model has sampled: what it thinks of them."""
    windows, codes = found.places
    log_p = answer(windows).double().log_softmax(-1)
    return float(-log_p.gather(-1, codes.unsqueeze(-1)).mean() / math.log(2))


def divergence(teacher_logits: Tensor, student_logits: Tensor) -> float:
    """Mean KL(teacher || student) over windows, in bits: logits (N, V) each. The cross-entropy with
    the teacher's answers less what no student could avoid."""
    log_p, log_q = (z.double().log_softmax(-1) for z in (teacher_logits, student_logits))
    # a class that the teacher excludes counts nothing, whatever the student says of it
    each = torch.where(log_p == -math.inf, 0.0, log_p.exp() * (log_p - log_q))
    return float(each.sum(-1).mean() / math.log(2))


def coverage(log_p: Tensor, truth: Tensor) -> float:
    """The share of the language's strings to which a model gives at least A_TENTH of their true
    probability: log-probabilities (N,), and ``truth`` (N,), probabilities above 0. Every string
    counts once, so that the many rare ones decide."""
    return float((log_p >= truth.double().log() + math.log(A_TENTH)).double().mean())


def string_divergence(log_p: Tensor, truth: Tensor) -> float:
    """KL(truth || model) in bits per string, exact: over all strings of the language."""
    p = truth.double()
    return float((p * (p.log() - log_p)).sum() / math.log(2))


def novelty(strings: Sequence[tuple[int, ...]], known: Collection[tuple[int, ...]]) -> float:
    """The share of ``strings`` that are new: not among those ``known``, each counted once. A model
    that says one new string again and again is not inventive."""
    return len(set(strings) - set(known)) / len(strings) if strings else math.nan
