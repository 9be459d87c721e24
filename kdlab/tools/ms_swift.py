"""ms-swift: GKD with one temperature for sampling and loss, no T^2, and labels beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import among_likeliest, cross_entropy, generalised
from kdlab.tools.phrases import SOFTENS_ALONE, decimal, has_only
from kdlab.tools.record import Answer, Fit, Knobs, Source, Tool, Values, number, tidy
from kdlab.tools.trl import direction, jump
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor

HAS = ("soft-targets", "reverse-kl", "jsd", "top-k")


def _says(wish: Wish) -> Answer:
    # its loss is soft + sft_alpha * CE, without the T^2 of the lab's soft part
    weight = wish.alpha * wish.temperature**2
    values: Values = {
        "beta": direction(wish),
        "temperature": wish.temperature,
        "lmbda": wish.own,
        "sft_alpha": tidy((1 - wish.alpha) / weight) if weight else 0.0,
        "gkd_logits_topk": wish.kept if wish.divergence == "top-k" else None,
    }
    missing = has_only(wish, *HAS)
    notes = [
        "" if wish.temperature == 1 else "The same temperature is used when the student writes.",
        "sft_alpha is how much the labels count beside a teacher's part whose weight is 1."
        if 0 < wish.alpha < 1
        else "",
        "The labels count only in batches that the student has not written."
        if wish.own > 0 and wish.alpha < 1
        else "",
        jump(wish),
    ]
    if wish.alpha == 0:
        why = "The teacher's part cannot be left out: labels alone are its swift sft."
        return Answer(fit="no", values=values).with_notes(why, *notes)
    factor = tidy(1 / weight)
    lost = wish.own > 0 and wish.alpha < 1
    fit: Fit = "no" if missing or lost else "exactly" if factor == 1 else "factor"
    return Answer(fit=fit, values=values, factor=factor).with_notes(missing, *notes)


def _snippet(values: Values, wish: Wish) -> str:
    kept = values["gkd_logits_topk"]
    return f"""\
# swift rlhf gkd.yaml
rlhf_type: gkd
model: your/student
teacher_model: your/teacher
dataset: your/dataset
beta: {decimal(number(values, "beta"))}  # 0: forward KL, 1: reverse KL
temperature: {decimal(number(values, "temperature"))}  # of the loss and of the sampling
lmbda: {decimal(number(values, "lmbda"))}  # chance that the student writes a batch's texts
sft_alpha: {decimal(number(values, "sft_alpha"))}  # weight of the labels
""" + ("" if kept is None else f"gkd_logits_topk: {kept}\n")


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    beta, temperature = number(values, "beta"), number(values, "temperature")
    hard = number(values, "sft_alpha") * cross_entropy(student, labels)
    if values["gkd_logits_topk"] is not None:
        student, teacher = among_likeliest(student, teacher, int(number(values, "gkd_logits_topk")))
    return generalised(student, teacher, temperature, beta) + hard


TOOL = Tool(
    name="ms-swift",
    label="ms-swift (rlhf_type gkd)",
    about="Distils language models on texts of the data, of the student, or both.",
    defaults="beta 0.5, lmbda 0.5, temperature 0.9, sft_alpha 0, all tokens",
    texts="any",
    knobs=Knobs(
        temperature=f"{SOFTENS_ALONE}; sampling too",
        alpha="sft_alpha weighs the labels",
        beta="β: 0 is forward KL, 1 reverse KL",
        own="lmbda: chance that a batch is the student's",
    ),
    sources=(
        Source(
            name="PyPI package ms-swift",
            version="4.6.0",
            dated="2026-10",
            ran=True,
            files=(
                "swift/rlhf_trainers/gkd_loss.py",
                "swift/rlhf_trainers/gkd_trainer.py",
                "swift/arguments/rlhf_args.py",
            ),
        ),
    ),
    says=_says,
    language="yaml",
    snippet=_snippet,
    loss=_loss,
)
