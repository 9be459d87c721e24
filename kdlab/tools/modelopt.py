"""NVIDIA ModelOpt: one loss for PyTorch with T^2, another for Megatron without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import among_likeliest, cross_entropy, forward_kl
from kdlab.tools.phrases import (
    DATA_ONLY,
    SOFTENS_ALONE,
    SOFTENS_TIMES_T2,
    decimal,
    has_only,
    two_weights,
)
from kdlab.tools.record import Answer, Fit, Knobs, Source, Tool, Values, number, tidy
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor

VERSION = ("PyPI package nvidia-modelopt", "0.47.0", "2026-09")


def _torch_says(wish: Wish) -> Answer:
    return two_weights(
        wish,
        lambda temperature, hard, soft: {"temperature": temperature, "kd_loss_weight": soft},
        'Say reduction="batchmean": by default it is "mean", which divides by the number of '
        "classes too, and the teacher hardly counts. With logits of whole texts (B, S, V) use "
        '"none" and take the mean over the tokens that count.',
        "Its KDTrainer for Hugging Face models has the same temperature and no labels' part: α is "
        "1 there.",
    )


def _torch_snippet(values: Values, wish: Wish) -> str:
    return f"""\
import torch.nn.functional as F

import modelopt.torch.distill as mtd

config = {{
    "teacher_model": teacher,
    "criterion": mtd.LogitsDistillationLoss(
        temperature={decimal(number(values, "temperature"))}, reduction="batchmean"
    ),
    "loss_balancer": mtd.StaticLossBalancer(
        kd_loss_weight={decimal(number(values, "kd_loss_weight"))}  # the labels have the rest
    ),
}}
model = mtd.convert(student, mode=[("kd_loss", config)])
for inputs, labels in loader:
    labels_part = F.cross_entropy(model(inputs), labels)
    loss = model.compute_kd_loss(student_loss=labels_part)
"""


def _torch_loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature, soft = number(values, "temperature"), number(values, "kd_loss_weight")
    found = temperature**2 * forward_kl(student, teacher, temperature)
    return soft * found + (1 - soft) * cross_entropy(student, labels)


TORCH = Tool(
    name="modelopt",
    label="NVIDIA ModelOpt (PyTorch)",
    about="Distils models of any kind, such as those that it has pruned or quantised.",
    defaults='temperature 1.0, reduction "mean", kd_loss_weight 0.5',
    texts="data",
    knobs=Knobs(
        temperature=SOFTENS_TIMES_T2,
        alpha="kd_loss_weight weighs the teacher",
        beta="–",
        own=DATA_ONLY,
    ),
    sources=(
        Source(
            name=VERSION[0],
            version=VERSION[1],
            dated=VERSION[2],
            ran=True,
            files=(
                "modelopt/torch/distill/losses.py",
                "modelopt/torch/distill/loss_balancers.py",
                "modelopt/torch/distill/distillation_model.py",
                "modelopt/torch/distill/plugins/huggingface.py",
            ),
        ),
    ),
    says=_torch_says,
    language="python",
    snippet=_torch_snippet,
    loss=_torch_loss,
)


def _megatron_says(wish: Wish) -> Answer:
    alone = wish.alpha == 1
    values: Values = {
        "logit_kl_temperature": wish.temperature,
        "skip_lm_loss": alone,
        "kd_loss_scale": 1.0 if alone else max(tidy(wish.alpha / (1 - wish.alpha)), 0.01),
        "logit_kl_topk": wish.kept if wish.divergence == "top-k" else None,
        "reverse": wish.divergence == "reverse-kl",
    }
    missing = has_only(wish, "soft-targets", "reverse-kl", "top-k")
    balanced = (
        ""
        if alone
        else "No weight α can be fixed: in every step the teacher's part is first made as large as "
        "the labels' part, and then multiplied by kd_loss_scale."
    )
    plain = wish.temperature == 1
    fit: Fit = "no" if missing or not alone else "exactly" if plain else "factor"
    return Answer(fit=fit, values=values, factor=tidy(wish.temperature**-2)).with_notes(
        missing, balanced
    )


def _megatron_snippet(values: Values, wish: Wish) -> str:
    temperature = decimal(number(values, "logit_kl_temperature"))
    kept = values["logit_kl_topk"]
    names = "DistillationConfig, LogitsKLLoss" if values["reverse"] else "DistillationConfig"
    lines = [
        f"    logit_kl_temperature={temperature},  # no T²",
        f"    skip_lm_loss={values['skip_lm_loss']},",
    ]
    if not values["skip_lm_loss"]:
        lines.append(f"    kd_loss_scale={decimal(number(values, 'kd_loss_scale'))},")
    if kept is not None:
        lines.append(f"    logit_kl_topk={kept},")
    if values["reverse"]:
        lines += [
            "    criterion={",
            '        ("output_layer", "output_layer"): LogitsKLLoss(',
            f"            student_config, temperature={temperature}, reverse=True",
            "        )",
            "    },",
        ]
    return (
        f"from modelopt.torch.distill.plugins.megatron import {names}\n\n"
        "config = DistillationConfig(\n" + "\n".join(lines) + "\n)\n"
    )


def _megatron_loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    hard = cross_entropy(student, labels)
    if values["logit_kl_topk"] is not None:
        student, teacher = among_likeliest(student, teacher, int(number(values, "logit_kl_topk")))
    if values["reverse"]:
        student, teacher = teacher, student
    found = forward_kl(student, teacher, number(values, "logit_kl_temperature"))
    if values["skip_lm_loss"]:
        return found
    # each batch's mean of the one is made as large as the mean of the other
    balance = hard.mean().detach() / found.mean().detach()
    return hard + number(values, "kd_loss_scale") * balance * found


MEGATRON = Tool(
    name="modelopt-megatron",
    label="NVIDIA ModelOpt (Megatron)",
    about="Distils large language models in Megatron; texts are those of the data.",
    defaults="logit_kl_temperature 1.0, skip_lm_loss on, kd_loss_scale 1.0, all tokens",
    texts="data",
    knobs=Knobs(
        temperature=SOFTENS_ALONE,
        alpha="– (kd_loss_scale, balanced anew in each step)",
        beta="–",
        own=DATA_ONLY,
    ),
    sources=(
        Source(
            name=VERSION[0],
            version=VERSION[1],
            dated=VERSION[2],
            ran=True,
            files=("modelopt/torch/distill/plugins/megatron.py",),
        ),
    ),
    says=_megatron_says,
    language="python",
    snippet=_megatron_snippet,
    loss=_megatron_loss,
)
