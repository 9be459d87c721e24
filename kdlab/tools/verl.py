"""verl: divergences of sampled tokens, or of the teacher's k likeliest, on the student's texts.

With r = log q - log p of the sampled token, k1 = r, k2 = r^2 / 2 and k3 = exp(-r) - 1 + r. As
numbers k1 and k3 have the mean KL(q || p), and k2 is near it. Their gradients are others: on
average that of k1 is 0, of k2 that of reverse KL, and of k3 that of forward KL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import chosen, softened
from kdlab.tools.phrases import OWN_ONLY, has_only, no_labels, text
from kdlab.tools.record import Answer, Fit, Knobs, Source, Tool, Values, number
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor

COLD = (
    "Its temperature is that of the sampling, and divides the student's logits alone: the teacher "
    "stays at T = 1. Above or below 1 the two are no longer compared alike, so the snippet has 1."
)
ESTIMATED = (
    "Estimated from the sampled tokens: each step sees one token a place, and the gradient is that "
    "of reverse KL on average. k1 with use_policy_gradient has the same at the first step."
)
NOT_K3 = (
    "Its default loss_mode k3 estimates reverse KL, but without policy gradient it pulls, on "
    "average, as forward KL does."
)


def _says(wish: Wish) -> Answer:
    reverse = wish.divergence == "reverse-kl"
    values: Values = {
        "loss_mode": "k2" if reverse else "forward_kl_topk",
        "topk": wish.kept,
        "temperature": 1.0,
    }
    labels = no_labels(
        wish,
        "What it has beside the teacher is a task's reward: distillation_loss_coef weighs the "
        "teacher against that.",
    )
    fit: Fit = "average" if reverse and not labels and wish.temperature == 1 else "no"
    why: tuple[str, ...]
    if reverse:
        why = (ESTIMATED, NOT_K3)
    elif wish.divergence == "soft-targets":
        why = (
            "Forward KL is taken over the teacher's topk likeliest tokens, without dividing by "
            "what they have: what the lab calls truncated. It is forward KL where topk is the "
            "whole vocabulary.",
            NOT_K3,
        )
    elif wish.divergence == "top-k-truncated":
        why = (
            "Nearly: where the sum of a place is negative, verl takes 0, and nothing is learned "
            "from that place.",
        )
    else:
        missing = has_only(wish, "top-k-truncated", "reverse-kl")
        why = (missing,)
    return Answer(fit=fit, values=values).with_notes(
        *why, labels, "" if wish.temperature == 1 else COLD
    )


def _snippet(values: Values, wish: Wish) -> str:
    return f"""\
# overrides of verl's distillation.yaml
distillation:
  enabled: true
  distillation_loss:
    loss_mode: {values["loss_mode"]}
    topk: {values["topk"]}  # of forward_kl_topk
    use_task_rewards: false
    use_policy_gradient: false
    loss_max_clamp: null
    log_prob_min_clamp: null
  teacher_models:
    teacher_model:
      key: your_data_source
      model_path: your/teacher
actor_rollout_ref:
  rollout:
    temperature: {text(number(values, "temperature"))}
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    student = student / number(values, "temperature")
    log_p, log_q = softened(student, teacher, 1.0)
    if values["loss_mode"] == "forward_kl_topk":
        likeliest = log_p.topk(min(int(number(values, "topk")), log_p.shape[-1]), -1)
        log_p, log_q = likeliest.values, log_q.gather(-1, likeliest.indices)
        return (log_p.exp() * (log_p - log_q)).sum(-1).clamp_min(0)
    ratio = chosen(log_q, labels) - chosen(log_p, labels)
    if values["loss_mode"] == "k2":
        return ratio.square() / 2
    less = (-ratio).clamp(-20, 20)
    return (less.exp() - less - 1).clamp(-10, 10)


TOOL = Tool(
    name="verl",
    label="verl (on-policy distillation)",
    about="Distils language models on the student's own texts, beside or instead of a reward.",
    defaults="loss_mode k3, topk 32, use_policy_gradient off, use_task_rewards on (in its yaml)",
    texts="own",
    knobs=Knobs(
        temperature="sampling, and the student's logits alone",
        alpha="– (distillation_loss_coef: against a reward)",
        beta="–",
        own=OWN_ONLY,
    ),
    sources=(
        Source(
            name="PyPI package verl",
            version="0.9.1",
            dated="2026-09",
            ran=True,
            files=(
                "verl/trainer/distillation/losses.py",
                "verl/trainer/distillation/fsdp/losses.py",
                "verl/trainer/ppo/core_algos.py",
                "verl/trainer/config/distillation/distillation.yaml",
                "verl/workers/config/distillation.py",
                "verl/workers/engine/fsdp/transformer_impl.py",
                "verl/experimental/teacher_loop/teacher_manager.py",
            ),
        ),
    ),
    says=_says,
    language="yaml",
    snippet=_snippet,
    loss=_loss,
)
