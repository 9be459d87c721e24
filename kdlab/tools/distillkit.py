"""DistillKit: a weighted mean of losses, with T^2 in each of the divergences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import (
    cross_entropy,
    forward_kl,
    generalised,
    softened,
    total_variation,
)
from kdlab.tools.phrases import DATA_ONLY, SOFTENS_TIMES_T2, decimal, has_only
from kdlab.tools.record import Answer, Fit, Knobs, Source, Tool, Values, number, tidy
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor

FUNCTIONS = {"soft-targets": "kl", "jsd": "jsd", "total-variation": "tvd"}
SHIFTED = (
    "The teacher's part counts at places whose own token counts, the labels' part at those whose "
    "next one does: where prompts are masked, the first token of an answer has no teacher."
)
NORMALISED = "Only the proportion of the weights counts: the sum is divided by all of them."
RENORMALISED = (
    "With teacher.top_k the teacher's probabilities are made to add up to 1 among those kept, and "
    "the student's are not: neither of the lab's two."
)


def _says(wish: Wish) -> Answer:
    top = wish.divergence.startswith("top-k")
    function = FUNCTIONS.get(wish.divergence, "kl")
    soft = wish.alpha
    if function == "tvd":  # whose T^2 is one T too many
        soft = tidy(wish.alpha / wish.temperature)
    values: Values = {
        "function": function,
        "hard": tidy(1 - wish.alpha),
        "soft": soft,
        "temperature": wish.temperature,
        "top_k": wish.kept if top else None,
    }
    notes = [NORMALISED, RENORMALISED if top else "", SHIFTED]
    missing = "" if top else has_only(wish, *FUNCTIONS)
    if wish.divergence == "jsd" and wish.beta != 0.5:
        missing = "Its Jensen-Shannon divergence has β = 0.5 and no other."
    if function == "tvd":
        notes.append(
            "Its tvd is multiplied by T² and the lab's total variation by T: the weight here is "
            "divided by T."
        )
    if wish.alpha == 0:
        return Answer(fit="exactly", values=values, notes=(NORMALISED,))
    fit: Fit = "no" if missing or top else "factor" if function == "tvd" else "exactly"
    total = tidy(1 - wish.alpha) + soft
    factor = tidy(1 / total) if function == "tvd" else 1.0
    if factor == 1 and fit == "factor":
        fit = "exactly"
    return Answer(fit=fit, values=values, factor=factor).with_notes(missing, *notes)


def _snippet(values: Values, wish: Wish) -> str:
    kept = "" if values["top_k"] is None else f"\n  top_k: {values['top_k']}"
    return f"""\
# distillkit config.yaml
teacher:
  kind: hf
  path: your/teacher{kept}
loss_functions:
  - function: cross_entropy
    weight: {decimal(number(values, "hard"))}
  - function: {values["function"]}
    weight: {decimal(number(values, "soft"))}
    temperature: {decimal(number(values, "temperature"))}
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    hard, soft, temperature = (number(values, n) for n in ("hard", "soft", "temperature"))
    if values["top_k"] is not None:
        found = _kept(student, teacher, temperature, int(number(values, "top_k")))
    elif values["function"] == "jsd":
        found = generalised(student, teacher, temperature, 0.5)
    elif values["function"] == "tvd":
        found = total_variation(student, teacher, temperature)
    else:
        found = forward_kl(student, teacher, temperature)
    both = hard * cross_entropy(student, labels) + soft * temperature**2 * found
    return both / (hard + soft)


def _kept(student: Tensor, teacher: Tensor, temperature: float, count: int) -> Tensor:
    """The sum over the teacher's likeliest classes, where its probabilities add up to 1 and the
    student's do not."""
    log_p, log_q = softened(student, teacher, temperature)
    likeliest = log_p.topk(min(count, log_p.shape[-1]), -1)
    log_p = likeliest.values.log_softmax(-1)
    return (log_p.exp() * (log_p - log_q.gather(-1, likeliest.indices))).sum(-1)


TOOL = Tool(
    name="distillkit",
    label="DistillKit",
    about="Distils language models from a running or a stored teacher, by several losses at once.",
    defaults="0.5 cross_entropy and 0.5 kl at temperature 1.0; its readme advises 2.0",
    texts="data",
    knobs=Knobs(
        temperature=SOFTENS_TIMES_T2,
        alpha="one weight for each loss, labels too",
        beta="β: jsd has 0.5 only",
        own=DATA_ONLY,
    ),
    sources=(
        Source(
            name="arcee-ai/DistillKit",
            version="bf94207",
            dated="",
            files=("distillkit/lossfuncs/kl.py",),
        ),
        Source(
            name="arcee-ai/DistillKit",
            version="b8ed189",
            dated="",
            files=("distillkit/trainer.py",),
        ),
        Source(
            name="arcee-ai/DistillKit",
            version="83a812b",
            dated="",
            files=("distillkit/configuration.py", "distillkit/signals/online.py"),
        ),
        Source(
            name="arcee-ai/DistillKit",
            version="a61c2e7",
            dated="",
            files=("distillkit/lossfuncs/common.py",),
        ),
        Source(
            name="a fork's copy, AliasJeff/alias-distill-kit",
            version="5f12eff",
            dated="",
            files=("distillkit/lossfuncs/tvd.py",),
        ),
        Source(
            name="a fork's copy, zcomputerwiz/DistillKit",
            version="04bbaf6",
            dated="",
            files=("distillkit/lossfuncs/jsd.py",),
        ),
    ),
    says=_says,
    language="yaml",
    snippet=_snippet,
    loss=_loss,
)
