"""Which divergence, whose prefixes: what a student of a language model is compared by, and on what.

A student that has learned on the prefixes of the data meets its own when it speaks, and its own
mistakes in them: exposure bias. On-policy distillation lets it meet them before (Agarwal et al.
2024, GKD, arXiv:2306.13649); sequence-level distillation lets it read what the teacher writes (Kim
and Rush 2016, arXiv:1606.07947). Here every divergence is crossed with every kind of prefix, all
beside the same student on labels only, after as many steps.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from kdlab.config.base import override_field
from kdlab.config.brought import BROUGHT
from kdlab.config.schema import Count, DataConfig, StudentConfig, TeacherConfig
from kdlab.data import DATASETS
from kdlab.errors import ConfigError
from kdlab.experiments.study.record import Study, StudyConfig, setting
from kdlab.experiments.study.values import SEVERAL
from kdlab.studies.language.found import answer, findings
from kdlab.studies.language.measured import exhibits
from kdlab.studies.language.names import DIVERGENCES, PREFIXES, arm_name
from kdlab.training.arms.arm import Arm, Plan

OWN = BROUGHT["names"]
Name = Annotated[str, Field(max_length=40)]
TEXTS = tuple(name for name, record in DATASETS.items() if record.kind == "text")


class LanguageConfig(StudyConfig):
    """Which divergences, whose prefixes, and how many strings are sampled to judge students."""

    dataset: str = override_field(DataConfig, "dataset", default="names")
    teacher: str = override_field(TeacherConfig, "teacher", default=OWN["teacher"])
    teacher_epochs: int = override_field(
        TeacherConfig, "teacher_epochs", default=OWN["teacher_epochs"]
    )
    student: str = override_field(StudentConfig, "student", default=OWN["student"])
    temperature: float = override_field(StudentConfig, "temperature", default=OWN["temperature"])
    labels: Count = override_field(StudentConfig, "labels", default=OWN["labels"])
    epochs: int = override_field(StudentConfig, "epochs", default=OWN["epochs"])
    batch_size: int = override_field(StudentConfig, "batch_size", default=256)
    seeds: int = override_field(StudentConfig, "seeds", default=4)
    divergences: Annotated[tuple[Name, ...], *SEVERAL] = setting(
        ("soft-targets", "reverse-kl", "jsd"),
        "Divergences",
        "How the student is compared with its teacher; forward KL is soft targets.",
        min_length=1,
        max_length=len(DIVERGENCES),
        options=tuple(DIVERGENCES),
        words=DIVERGENCES,
    )
    prefixes: Annotated[tuple[Name, ...], *SEVERAL] = setting(
        ("data", "teacher", "student"),
        "Prefixes of",
        "Whose beginnings of strings the student is compared on: those of the data, of what the "
        "teacher has sampled once, or of what the student samples as it learns. The labels are "
        "those of the data in any case.",
        min_length=1,
        max_length=len(PREFIXES),
        options=tuple(PREFIXES),
        words=PREFIXES,
    )
    on_policy: float = setting(
        1.0,
        "On-policy share λ",
        "Where the student samples: for which share of the batches; the others have the prefixes "
        "of the data.",
        ge=0,
        le=1,
        step=0.1,
    )
    beta: float = setting(
        0.5,
        "Mixture β of JSD",
        "The teacher's share of the mixture that both are compared with.",
        ge=0.01,
        le=0.99,
        step=0.05,
    )
    samples: int = setting(
        500,
        "Strings sampled to judge",
        "Strings that each trained student samples: how likely its teacher finds them, and how "
        "many are new.",
        ge=20,
        le=2000,
        unit="strings",
        low=100,
        step=100,
    )

    @field_validator("dataset")
    @classmethod
    def _of_text(cls, name: str) -> str:
        """Refused here already: settings that text brings would be refused before, one by one."""
        if name in DATASETS and name not in TEXTS:
            raise ValueError(f"it is not text; texts are {', '.join(TEXTS)}")
        return name


def plan(config: LanguageConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, and every divergence on every kind of prefix; ConfigError for a name that is
    none, and for a share λ of nothing."""
    for what, known in (("divergences", DIVERGENCES), ("prefixes", PREFIXES)):
        unknown = [name for name in getattr(config, what) if name not in known]
        if unknown:
            raise ConfigError(f"{what} has {unknown[0]!r}", ", ".join(known), "Choose among these")
    if "student" not in config.prefixes and config.on_policy != 1:
        raise ConfigError(
            f"on_policy is {config.on_policy:g}, and no student samples its prefixes",
            "a share λ where prefixes has student",
            "Include student in prefixes, or leave on_policy out",
        )
    if "student" in config.prefixes and config.on_policy == 0:
        raise ConfigError(
            "on_policy is 0, and prefixes has student",
            "a share λ above 0: with 0 the prefixes are those of the data",
            "Raise on_policy, or leave student out",
        )
    arms = [
        Arm.of(
            config,
            arm_name(divergence, whose),
            f"{DIVERGENCES[divergence]}, {PREFIXES[whose]}",
            method=divergence,
            parameters=(("beta", config.beta),) if divergence == "jsd" else (),
            prefixes=whose,
            on_policy=config.on_policy if whose == "student" else 0.0,
        )
        for whose in config.prefixes
        for divergence in config.divergences
    ]
    return Plan((Arm.baseline(config), *arms))


STUDY = Study(
    name="language",
    title="Which divergence, whose prefixes?",
    question="By which divergence should a student of a language model learn, and on whose "
    "prefixes?",
    config=LanguageConfig,
    network="write text",
    plan=plan,
    exhibits=exhibits,
    findings=findings,
    answer=answer,
    unused=frozenset({"method", "method_parameters"}),
)
