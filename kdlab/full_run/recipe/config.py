"""What a full run can set. A published pair and a recipe bring their settings; everything else
overrides them, on the page, in a link and on the command line alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from kdlab.config.base import PresetSettings, override_field, setting, split_commas
from kdlab.config.schema import DataConfig, MethodNumbers, StudentConfig, count_or_word
from kdlab.data import input_shape
from kdlab.errors import KdlabError
from kdlab.full_run.recipe import published
from kdlab.methods import METHODS
from kdlab.methods.pairing import pair_layers
from kdlab.models import hint_points

SAME = "same"

Epochs = Annotated[int, Field(ge=1, le=2000)]
Shares = Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], BeforeValidator(split_commas)]


class FullTeacherConfig(DataConfig):
    """A teacher of full runs: data, network, budget. Its fingerprint names its weights."""

    dataset: str = override_field(DataConfig, "dataset", default=published.DATASET)
    teacher: str = setting(
        "resnet56",
        "Teacher",
        "Architecture of the teacher. torchvision-resnet18 and the like are networks trained on "
        "ImageNet whose last layer is retrained.",
        group="pair",
        max_length=60,
        pattern=r"^[a-z0-9-]+$",
        form="a name like resnet56, of small letters, digits and hyphens",
    )
    teacher_file: str = setting(
        "",
        "Teacher's weights",
        "A safetensors file with a trained teacher, or torchvision's file for one of its networks. "
        "Empty: the teacher is trained here, or downloaded.",
        group="pair",
        max_length=1000,
    )
    teacher_epochs: Annotated[Epochs | Literal["same"], BeforeValidator(count_or_word)] = setting(
        SAME,
        "Teacher's epochs",
        "How many times the teacher sees all training images; 'same': as many times as the "
        "student.",
        group="pair",
        unit="epochs",
    )
    teacher_learning_rate: float = setting(
        0.05,
        "Teacher's learning rate",
        "How large the teacher's steps are (SGD), until the first drop.",
        group="training",
        ge=1e-5,
        le=10,
        scale="log",
        low=1e-3,
        high=1.0,
    )
    teacher_seed: int = setting(
        0,
        "Teacher's seed",
        "First weights, batches and views of the teacher. One teacher serves all students.",
        group="seeds",
        ge=0,
        le=2**31 - 1,
    )
    validation: bool = setting(
        False,
        "Hold validation images back",
        "The curves show accuracy on images that are held back from training, so that settings can "
        "be tuned; the test images are used once, at the end. Off, as in the papers: all "
        "images are trained on, and the curves show the test images.",
        group="data",
    )
    batch_size: int = setting(
        64,
        "Batch size",
        "Images per step, on all GPUs together.",
        group="training",
        ge=8,
        le=8192,
        unit="images",
        low=16,
        high=1024,
        step=16,
    )
    momentum: float = setting(
        0.9,
        "Momentum",
        "How much of the previous steps carries over to the next (SGD).",
        group="training",
        ge=0,
        le=0.999,
        step=0.05,
        high=0.99,
    )
    weight_decay: float = setting(
        5e-4,
        "Weight decay",
        "How strongly all weights are pulled towards zero (SGD).",
        group="training",
        ge=0,
        le=0.1,
        high=0.01,
    )
    milestones: Shares = setting(
        (0.625, 0.75, 0.875),
        "Drops of the learning rate",
        "After these shares of the epochs the learning rate is multiplied by the decay: 150, 180 "
        "and 210 of 240 epochs.",
        group="training",
        min_length=0,
        max_length=8,
    )
    decay: float = setting(
        0.1,
        "Decay",
        "Factor by which the learning rate is multiplied at each drop.",
        group="training",
        ge=0.001,
        le=1,
    )
    padding: int = setting(
        4,
        "Shift",
        "Images are padded with this many black pixels on every side, then cropped at random: 4 "
        "gives 81 crops.",
        group="views",
        ge=0,
        le=16,
        unit="px",
        high=8,
    )
    flip: bool = setting(
        True, "Mirror", "Half of the images are mirrored, at random. Not for digits.", group="views"
    )
    precision: Literal["auto", "bf16", "fp32"] = setting(
        "auto",
        "Precision",
        "bf16: matrix products and convolutions in 16 bits (autocast); fp32: all in 32 bits. auto: "
        "bf16 where the device is fast in it.",
        group="machine",
    )


class FullRunConfig(PresetSettings, FullTeacherConfig):
    """A published experiment, run in full: a teacher, then students on labels alone and distilled,
    with the same budget, over several seeds.

    The loss of the distilled student is ``loss_scale * ((1 - alpha) * CE + alpha * soft)``, where
    soft is the method's part with its published weight; the labels-only student has the
    cross-entropy alone. Training is SGD with momentum and a stepwise learning rate, on random
    crops.
    """

    pair: str = setting(
        "resnet56-resnet20",
        "Published pair",
        "Sets the teacher, the student and the training as in the papers. 'own': two networks "
        "of your own, with the settings as they are.",
        group="pair",
        max_length=60,
    )
    recipe: str = setting(
        "kd",
        "Recipe",
        "How the student was taught: the column of the published table. Sets method, T and α.",
        group="pair",
        max_length=20,
    )
    student: str = setting(
        "resnet20",
        "Student",
        "Architecture of the student.",
        group="pair",
        max_length=60,
        pattern=r"^[a-z0-9-]+$",
        form="a name like resnet20, of small letters, digits and hyphens",
    )
    method: str = override_field(StudentConfig, "method")
    method_parameters: MethodNumbers = override_field(StudentConfig, "method_parameters")
    temperature: float = override_field(StudentConfig, "temperature")
    alpha: float = override_field(StudentConfig, "alpha")
    loss_scale: float = setting(
        1.0,
        "Scale of the loss",
        "Factor of the distilled student's whole loss: with α = 0.5 and a scale of 2 both parts "
        "have the weight 1.",
        group="distillation",
        ge=0.01,
        le=100,
        low=0.1,
        high=10.0,
        scale="log",
    )
    warmup: float = setting(
        0.0,
        "Warm-up of the soft part",
        "Over this share of the epochs the soft part's weight rises linearly to its full value.",
        group="distillation",
        ge=0,
        le=1,
        step=0.01,
        unit="share",
    )
    epochs: Epochs = setting(
        240,
        "Epochs",
        "How many times the student sees all training images, the same for both kinds of student. "
        "Published: 240.",
        group="training",
        unit="epochs",
        ge=1,
        le=2000,
        high=480,
    )
    learning_rate: float = setting(
        0.05,
        "Learning rate",
        "How large the students' steps are (SGD), until the first drop.",
        group="training",
        ge=1e-5,
        le=10,
        scale="log",
        low=1e-3,
        high=1.0,
    )
    view_cache: Literal["auto", "on", "off"] = setting(
        "auto",
        "Keep the teacher's answers",
        "When a crop comes up again, the teacher is not asked again: its answers are kept on the "
        "device, for every image, crop and mirror image. auto: where they fit and save time.",
        group="machine",
    )
    engine: Literal["auto", "plain", "graph", "compile"] = setting(
        "auto",
        "Steps",
        "plain: one kernel after the other; graph: a whole step as one CUDA graph; compile: "
        "torch.compile. auto: graph with CUDA, otherwise plain. The numbers are the same except "
        "for rounding.",
        group="machine",
    )
    seeds: int = setting(
        1,
        "Seeds",
        "Students of each kind. A seed decides first weights, batches and views; both kinds share "
        "the seeds. Several seeds give an interval.",
        group="seeds",
        ge=1,
        le=32,
        high=10,
        unit="seeds",
    )
    first_seed: int = override_field(StudentConfig, "first_seed")

    @classmethod
    def brought(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What pair, recipe and data set in ``values``, or those of the default, bring."""
        fields = cls.model_fields
        names = ("pair", "recipe", "dataset")
        return published.brought(*(str(values.get(n, fields[n].default)) for n in names))

    def to_query(self) -> dict[str, str]:
        """What differs from the pair and its recipe as they were published."""
        brought = self.brought(self.model_dump())
        chosen = {"pair": self.pair, "recipe": self.recipe, "dataset": self.dataset}
        plain = type(self).parse(chosen)
        usual = {name for name in brought if getattr(self, name) == getattr(plain, name)}
        return {name: text for name, text in super().to_query().items() if name not in usual}

    def teacher_config(self) -> FullTeacherConfig:
        """The part that decides the teacher, its epochs as a number."""
        values = {n: getattr(self, n) for n in FullTeacherConfig.model_fields}
        if values["teacher_epochs"] == SAME:
            values["teacher_epochs"] = self.epochs
        return FullTeacherConfig(**values)

    def _versions(self) -> dict[str, int]:
        """As of all settings; and where methods that compare every layer paired them otherwise
        before: the last layers of both, one to one."""
        found = super()._versions()
        if self.method in METHODS and METHODS[self.method].layers == "every":
            student, teacher = self._depths()
            shared = min(student, teacher)
            last = zip(
                range(student - shared, student), range(teacher - shared, teacher), strict=True
            )
            if pair_layers((), "every", student, teacher) != tuple(last):
                found["layers"] = 2
        return found

    def _depths(self) -> tuple[int, int]:
        """Hidden layers of the student and of the teacher; 0 for what is no network of the lab."""
        try:
            shape = input_shape(self)
            return len(hint_points(self.student, shape)), len(hint_points(self.teacher, shape))
        except KdlabError:
            return 0, 0

    def reference(self) -> dict[str, Any]:
        """The published figures of these networks on these data: see
        :func:`kdlab.full_run.recipe.published.reference`; that of the method only where the student
        is taught as the recipe has it."""
        found = published.reference(self.dataset, self.teacher, self.student, self.recipe)
        own = published.brought(f"{self.teacher}-{self.student}", self.recipe, self.dataset)
        if any(getattr(self, name) != value for name, value in own.items()):
            found.pop("method", None)
        return found
