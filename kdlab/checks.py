"""What is impossible, and what is the same: one judgement for page, CLI, store and worker."""

from __future__ import annotations

from typing import TypeVar

from pydantic.fields import FieldInfo

from kdlab import data, methods, models
from kdlab.config import schedule
from kdlab.config.schema import DataConfig, DistilConfig, StudentConfig, TeacherConfig, Turn
from kdlab.config.words import as_text
from kdlab.data import uploads
from kdlab.data.accepted import TABLE, accepted
from kdlab.errors import ConfigError
from kdlab.models import black_box

MAX_COHORT_BYTES = 4 * 2**30
"""What the students of a cohort may need together, see :func:`cohort_bytes`."""
BYTES_A_WEIGHT = 16
"""In training: itself, its gradient and Adam's two moments, 4 bytes each."""

ANSWERS = black_box.ANSWERS.name
"""The teacher that is no network here, but what one has answered, in a file or in columns."""

Settings = TypeVar("Settings", bound=TeacherConfig)


def normal(config: Settings) -> Settings:
    """``config`` with all settings that have no effect at their defaults: one name for one result.

    Noise means nothing to digits, nor a teacher's seed to weights that were loaded; a setting
    marked ``view`` changes only what is drawn. Of a schedule stays what turns something while there
    are epochs to come; what holds from the start is the run's own T and alpha.
    """
    record = data.find(config.dataset)
    idle = set(DataConfig.model_fields) - {"dataset", *record.settings}
    if config.teacher != ANSWERS:
        idle |= {"teacher_file", "teacher_columns", "teacher_id"}
    box = black_box.find(config.teacher)
    if box is not None:
        idle |= {"teacher_epochs", "teacher_learning_rate", "teacher_weights"}
    if config.teacher == ANSWERS:
        idle |= {"teacher_seed"}
    if config.teacher_weights:
        idle |= {"teacher_epochs", "teacher_learning_rate", "teacher_seed"}
    if isinstance(config, StudentConfig) and not methods.find(config.method).uses_temperature:
        idle.add("temperature")
    if isinstance(config, StudentConfig):
        known = methods.find(config.method).parameters
        if config.method_parameters == tuple(parameter.default for parameter in known):
            idle.add("method_parameters")
    idle |= {name for name, field in type(config).model_fields.items() if _view(field)}
    plain = config.model_copy(update={n: type(config).model_fields[n].default for n in idle})
    if not isinstance(plain, DistilConfig) or not plain.schedule:
        return plain
    first, *others = course(plain)
    own = {"temperature": first.temperature, "alpha": first.alpha, "schedule": tuple(others)}
    return plain.model_copy(update=own)


def course(config: DistilConfig) -> tuple[Turn, ...]:
    """T and alpha of the distilled students over the epochs: the first entry holds from the start,
    and each other turns something. A method without T leaves it as it is."""
    fixed = not methods.find(config.method).uses_temperature
    return schedule.course(
        config.temperature,
        config.alpha,
        (t._replace(temperature=config.temperature) if fixed else t for t in config.schedule),
        config.epochs,
    )


def _view(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("view"))


def may_change(config: DataConfig) -> bool:
    """Whether the data, or what a teacher said of them, can change while the configuration stays: a
    folder or a file that was only named."""
    if isinstance(config, TeacherConfig) and config.teacher == ANSWERS:
        named = config.teacher_file.strip()
        if named and not named.startswith(uploads.PREFIX):
            return True
    record = data.DATASETS.get(config.dataset)  # a stored one may be of another version of the lab
    brought = record is not None and "folder" in record.settings
    return brought and not config.folder.startswith(uploads.PREFIX)


def possible(config: StudentConfig) -> None:
    """ConfigError or ModelError for a combination of settings that cannot be run, ArchiveError for
    a folder or a file that may not be named by whoever this is asked for.

    What only the data themselves can tell (a user's own images or text) is checked again by
    :func:`fits`, with the data in hand.
    """
    record = data.find(config.dataset)
    method = methods.find(config.method)
    has_folder(config)
    if "folder" in record.settings:  # before any process is asked to open it
        uploads.allowed(config.folder, accepted(record.kind))
    known = data.known_inputs(config)
    _networks(config)
    if known:
        _read(config, known.shape, len(known.classes), data.train_size(config))
        enough_memory(config, known.shape, len(known.classes))
    if method.reads_features:
        answers = ", ".join(m.name for m in methods.METHODS.values() if not m.reads_features)
        raise ConfigError(
            f"method is {method.name!r}, which compares hidden layers",
            f"here a method that compares answers: {answers}",
            "Choose one of these, or open the page Layer by layer",
        )
    check_method_parameters(method, config.method_parameters)
    planned = config.schedule if isinstance(config, DistilConfig) else ()
    if method.name == "labels-only" and 1 in (config.alpha, *(turn.alpha for turn in planned)):
        what = "alpha is 1" if config.alpha == 1 else "schedule turns alpha to 1"
        raise ConfigError(
            f"method is 'labels-only' and {what}",
            "alpha below 1 for this method, whose loss has nothing but labels",
            "Lower alpha, or choose a method that uses the teacher",
        )
    size = data.train_size(config)
    if size is not None:
        enough_images(config, size)


def has_folder(config: DataConfig, how: str = "") -> None:
    """ConfigError where the data of ``config`` are somebody's own, and none are named; ``how`` says
    in which way a folder is named."""
    record = data.find(config.dataset)
    if "folder" not in record.settings or config.folder.strip():
        return
    brought = accepted(record.kind)
    missing, allowed, todo = {
        "text": (
            "text is",
            "a .txt file in which each line is one example of what is to be learned",
            "Load a text",
        ),
        "table": (
            "table is",
            f"a {brought.endings} file in which each row is one example, and one column its class",
            "Load a table",
        ),
    }.get(
        record.kind,
        (
            "images are",
            "a folder, zip or tar file with one folder of images for each class",
            "Load an archive",
        ),
    )
    raise ConfigError(
        f"no {missing} chosen yet for the data set {config.dataset!r}",
        allowed,
        todo + uploads.or_named(brought, how),
    )


def check_method_parameters(method: methods.Method, values: tuple[float, ...]) -> None:
    """ConfigError where ``values`` are not what the method has, or beyond its limits."""
    known = method.parameters
    allowed = ", ".join(f"{p.name} from {p.low:g} to {p.high:g}" for p in known)
    fitting = len(values) == len(known) and all(
        p.low <= value <= p.high for p, value in zip(known, values, strict=True)
    )
    if values and not fitting:
        raise ConfigError(
            f"method_parameters is {as_text(values)} and method is {method.name!r}",
            f"for this method: {allowed}, in this order, or none"
            if known
            else "none, since this method has no numbers of its own",
            "Change method_parameters, or leave them out",
        )


def fits(config: StudentConfig, shape: tuple[int, ...], classes: int, train_size: int) -> None:
    """The same once the data are there: inputs of ``shape``, ``train_size`` training images."""
    possible(config)
    enough_images(config, train_size)
    _read(config, shape, classes, train_size)
    enough_memory(config, shape, classes)


def _networks(config: StudentConfig) -> None:
    """ModelError for a teacher or a student that is not known; ConfigError for a student that is no
    network, and for a teacher whose answers are nowhere."""
    if black_box.find(config.teacher) is None:
        models.find(config.teacher)
    if black_box.find(config.student) is not None:
        raise ConfigError(
            f"student is {config.student!r}, which is not a network",
            "as a student a network, like mlp-16 or cnn-8; trees and files can only teach",
            "Choose a network as the student",
        )
    models.find(config.student)
    if config.teacher != ANSWERS:
        return
    record = data.find(config.dataset)
    if record.kind not in ("table", "images") or "folder" not in record.settings:
        raise ConfigError(
            f"teacher is {ANSWERS!r}, and dataset is {config.dataset!r}",
            "answers in a file for a table, or for images of your own, whose files they name",
            "Choose a network or a forest as the teacher, or the data set 'table' or 'images'",
        )
    if config.teacher_file.strip():
        uploads.allowed(config.teacher_file.strip(), TABLE)
    elif record.kind != "table":
        raise ConfigError(
            "no file with the teacher's answers is chosen yet",
            "a .csv, .tsv, .parquet or .npz file that names each image and gives a probability or "
            "a logit of each class",
            "Load a file of answers" + uploads.or_named(TABLE, "teacher_file"),
        )


def _read(
    config: StudentConfig, shape: tuple[int, ...], classes: int, train_size: int | None
) -> None:
    """ConfigError or ModelError where teacher or student cannot read inputs of ``shape``."""
    if black_box.find(config.teacher) is None:
        models.check(config.teacher, shape, classes)
    else:
        black_box.check(config.teacher, shape, classes, train_size)
    models.check(config.student, shape, classes)


def cohort_bytes(
    students: int, network: str, shape: tuple[int, ...], classes: int, batch: int = 0
) -> int:
    """Memory that so many students of one architecture take while they learn together, from
    batches of so many examples: their weights, and what a step keeps of each example where the
    family counts that."""
    weights = BYTES_A_WEIGHT * models.parameters(network, shape, classes)
    return students * (weights + batch * models.kept_bytes(network, shape, classes))


def enough_memory(config: StudentConfig, shape: tuple[int, ...], classes: int) -> None:
    """ConfigError where all students together need more memory than a worker should take."""
    need = cohort_bytes(2 * config.seeds, config.student, shape, classes, config.batch_size)
    if need > MAX_COHORT_BYTES:
        raise ConfigError(
            f"student is {config.student!r} and seeds is {config.seeds}, which needs "
            f"{need / 2**30:.0f} GiB",
            f"at most {MAX_COHORT_BYTES / 2**30:.0f} GiB for all students together",
            "Choose a smaller student, or fewer seeds"
            + (", or a smaller batch size" if len(shape) == 2 else ""),
        )


def enough_images(config: StudentConfig, train_size: int) -> None:
    """ConfigError where the student is to see more labels than there are images."""
    if config.labels != "all" and config.labels > train_size:
        what = f"the training {data.noun_of(config.dataset)} of {config.dataset}"
        raise ConfigError(
            f"labels is {config.labels}",
            f"1 to {train_size}, {what}, or 'all'",
            "Ask for fewer labels, or choose a larger data set",
        )
