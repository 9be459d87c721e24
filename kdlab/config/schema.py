"""The configuration: everything that a user can set, with its range, unit and help in the field.

Sliders, the command line, links and error messages all read these fields; nothing about a setting
is written twice. A configuration is frozen and hashable; the same configuration gives the same
numbers, so its fingerprint names its results.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from kdlab.config import schedule as schedules
from kdlab.config.base import split_commas, widget
from kdlab.config.data import DataConfig as DataConfig
from kdlab.config.examples import Count as Count
from kdlab.config.examples import count_or_word as count_or_word
from kdlab.config.schedule import MOST_EPOCHS
from kdlab.config.schedule import T_MAX as T_MAX
from kdlab.config.schedule import T_MIN as T_MIN
from kdlab.config.schedule import Turn as Turn

T_LOW, T_HIGH = 0.5, 50
"""Between what a slider moves it; beyond it, a distribution hardly changes any more."""
Temperature = Annotated[float, Field(ge=T_MIN, le=T_MAX)]

MethodNumbers = Annotated[
    tuple[Annotated[float, Field(ge=0, le=1000)], ...], BeforeValidator(split_commas)
]


_NETWORK = "a name like mlp-512-512, of small letters, digits and hyphens"


class TeacherConfig(DataConfig):
    """A teacher: data, architecture, budget, seed. Its fingerprint names its weights."""

    teacher: str = Field(
        "mlp-512-512",
        max_length=40,
        pattern=r"^[a-z0-9-]+$",
        title="Teacher",
        description="Architecture of the teacher (articles also say: hot model, large model). "
        "mlp-512-512 has two hidden layers of 512 units, cnn-16-32 two of 16 and 32 channels. "
        "forest-300 is not a network but 300 trees, boosting-200 is trees from 200 steps, and "
        "answers is a file with the answers of a teacher of any kind.",
        json_schema_extra=widget("teacher", form=_NETWORK),
    )
    teacher_epochs: int = Field(
        60,
        ge=0,
        le=1000,
        title="Teacher's epochs",
        description="How many times the teacher sees all training examples. 0: it is not trained.",
        json_schema_extra=widget("teacher", unit="epochs", high=200),
    )
    teacher_learning_rate: float = Field(
        0.003,
        ge=1e-5,
        le=1,
        title="Teacher's learning rate",
        description="How large the teacher's training steps are: the peak of a rate that rises "
        "and then falls (one-cycle schedule, Adam).",
        json_schema_extra=widget("teacher", scale="log", low=1e-4, high=0.1),
    )
    teacher_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Teacher's seed",
        description="Random start of the teacher: its first weights and the order of its batches. "
        "One teacher serves all students of a run.",
        json_schema_extra=widget("teacher"),
    )
    teacher_weights: str = Field(
        "",
        max_length=64,
        pattern=r"^[0-9a-f]*$",
        title="Loaded weights",
        description="Fingerprint of weights that were loaded from a file; empty: the teacher is "
        "trained here.",
        json_schema_extra=widget("teacher", form="digits 0-9 and letters a-f"),
    )
    teacher_file: str = Field(
        "",
        max_length=1000,
        title="The teacher's answers",
        description="Teacher 'answers' only: a .csv, .tsv, .parquet or .npz file with a "
        "probability or a logit of every class for each row or image. Empty: they are in "
        "columns of the table itself. upload:... is a file that was loaded through the page.",
        json_schema_extra=widget("teacher", later=True),
    )
    teacher_columns: str = Field(
        "",
        max_length=4000,
        title="Columns of the teacher's answers",
        description="Teacher 'answers' only: the columns with the answers, separated by commas, "
        "in the order of the classes. Empty: they are recognised by the names of the classes.",
        json_schema_extra=widget("teacher", later=True),
    )
    teacher_id: str = Field(
        "",
        max_length=200,
        title="Column that names the rows",
        description="Teacher 'answers' only: a column in both the table and the file of answers "
        "that identifies each row. Empty: a column that is in both and differs in every row is "
        "used, or else the order of the rows.",
        json_schema_extra=widget("teacher", later=True),
    )


class StudentConfig(TeacherConfig):
    """A teacher and its students: what runs, maps, searches and studies have in common."""

    student: str = Field(
        "mlp-16",
        max_length=40,
        pattern=r"^[a-z0-9-]+$",
        title="Student",
        description="Architecture of the student (articles also say: cold model, small model).",
        json_schema_extra=widget("student", form=_NETWORK),
    )
    method: str = Field(
        "soft-targets",
        max_length=40,
        title="Method",
        description="What the student learns from the teacher's answers: which loss compares the "
        "two.",
        json_schema_extra=widget("distillation"),
    )
    method_parameters: MethodNumbers = Field(
        (),
        min_length=0,
        max_length=4,
        title="Numbers of the method",
        description="The method's own numbers besides T and α, in its order; none: the "
        "published ones.",
        json_schema_extra=widget("distillation", later=True),
    )
    temperature: float = Field(
        4.0,
        ge=T_MIN,
        le=T_MAX,
        title="Temperature T",
        description="Softens the answers of teacher and student alike: softmax(z / T). T = 1 "
        "leaves them as they are; a larger T makes their small probabilities visible, so that the "
        "student learns from them too.",
        json_schema_extra=widget("distillation", scale="log", low=T_LOW, high=T_HIGH),
    )
    alpha: float = Field(
        0.9,
        ge=0,
        le=1,
        title="Weight α",
        description="How much the teacher counts beside the labels. 0: labels only, 1: the "
        "teacher only. The loss is (1 − α) CE(y, z_s) + α T² KL(softmax(z_t/T) ‖ softmax(z_s/T)): "
        "CE (cross-entropy) says how far the student is from the labels, KL how far from the "
        "teacher. In links and files it is called alpha.",
        json_schema_extra=widget("distillation", step=0.05),
    )
    labels: Count = Field(
        100,
        title="Labels the student sees",
        description="How many training examples the student gets labels for, in proportion to the "
        "classes; in text they are characters, of whole strings. The distilled student also learns "
        "from the teacher's answers to all other training examples.",
        json_schema_extra=widget("student", unit="labels"),
    )
    label_noise: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Wrong labels",
        description="Share of the student's labels that name a wrong class, each wrong class "
        "equally often. The teacher learns from the right labels.",
        json_schema_extra=widget("student", unit="share", step=0.05, later=True),
    )
    epochs: int = Field(
        100,
        ge=1,
        le=MOST_EPOCHS,
        title="Epochs",
        description="How long students train. An epoch has as many steps as it takes to go through "
        "all training examples once; both kinds of student train equally long.",
        json_schema_extra=widget("student", unit="epochs", low=5, high=300),
    )
    batch_size: int = Field(
        128,
        ge=8,
        le=4096,
        title="Batch size",
        description="How many examples each training step uses.",
        json_schema_extra=widget("student", unit="examples", low=16, high=512, step=16),
    )
    learning_rate: float = Field(
        0.01,
        ge=1e-5,
        le=1,
        title="Learning rate",
        description="How large the training steps of both kinds of student are: the peak of a "
        "rate that rises and then falls (one-cycle schedule, Adam).",
        json_schema_extra=widget("student", scale="log", low=1e-4, high=0.1),
    )
    seeds: int = Field(
        5,
        ge=1,
        le=64,
        title="Seeds",
        description="How many students of each kind. A seed is a random start: it decides the "
        "first weights, the batches and which labels are seen. With several seeds, bands show "
        "95 % intervals.",
        json_schema_extra=widget("student", unit="seeds", high=20),
    )
    first_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1000,
        title="First seed",
        description="The seeds are this number and those that follow it.",
        json_schema_extra=widget("student"),
    )

    @model_validator(mode="before")
    @classmethod
    def _without_a_schedule(cls, values: Any) -> Any:
        """A run's settings, as its page exports them, are read by all that share them."""
        if "schedule" in cls.model_fields or not isinstance(values, Mapping):
            return values
        empty = values.get("schedule", False) in ((), [], "")
        return {n: v for n, v in values.items() if n != "schedule" or not empty}

    def teacher_config(self) -> TeacherConfig:
        """The part that decides the teacher."""
        return TeacherConfig(**{n: getattr(self, n) for n in TeacherConfig.model_fields})


class DistilConfig(StudentConfig):
    """One run: a teacher, and students on labels alone and distilled, over several seeds.

    The loss of every student is (1 - alpha) * CE(labels) + alpha * soft part, where the soft part
    of ``method`` soft-targets is T^2 * KL(softmax(z_t / T) || softmax(z_s / T)) (Hinton, Vinyals
    and Dean 2015, section 2). Labels-only students have alpha = 0 and the same budget: the same
    number of steps, whatever changes on the way.
    """

    schedule: Annotated[tuple[Turn, ...], BeforeValidator(schedules.read)] = Field(
        (),
        title="Schedule of T and α",
        description="Changes T and α during training, as epoch:T:α. 60:14.1:0.9 means: after "
        "epoch 60, T is 14.1 and α is 0.9, until the next entry. An entry at epoch 0 replaces T "
        "and α above; students on labels alone have neither.",
        json_schema_extra=widget("distillation", later=True, form=schedules.FORM),
    )
