"""The parts of a stand-alone script that train: constants, loss, loop and the experiment."""

from __future__ import annotations

import re
from string import Template

from kdlab import methods, models
from kdlab.config.schema import DistilConfig
from kdlab.export.class_order import by_name
from kdlab.export.data import Recipe
from kdlab.export.source import imported, source

_CONSTANTS = Template("""\
# What to change -----------------------------------------------------------------------------------

SEEDS = range($first, $end)
$labels
TEMPERATURE = $temperature  # T: $temperature_use
ALPHA = $alpha  # weight of the teacher: loss = (1 - alpha) * hard + alpha * soft
${weight}EPOCHS = $epochs
BATCH_SIZE = $batch_size
LEARNING_RATE = $learning_rate  # peak of the one-cycle schedule
$teacher

${classes}DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
""")

_TRAINING = Template('''\
# Training -----------------------------------------------------------------------------------------


def fit(network, batch_loss, size, seed, epochs, batch_size, learning_rate):
    """Adam under a one-cycle learning rate, in batches of a fresh random order each epoch.

    ``batch_loss(index)`` gives the loss on the training examples ``index``, out of ``size``.
    """
    order = torch.Generator().manual_seed(seed)
    steps = epochs * math.ceil(size / batch_size)
    optimiser = torch.optim.Adam(network.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=steps + 1, cycle_momentum=False
    )
    network.train()
    for _ in range(epochs):
        # The last batch of an epoch may be smaller; it is kept.
        for index in torch.randperm(size, generator=order).to(DEVICE).split(batch_size):
            loss = batch_loss(index)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    network.eval()


@torch.no_grad()
def answers(network, inputs):
    """Logits (N, CLASSES), in evaluation mode and without gradients, a few images at a time."""
    network.eval()
    return torch.cat([network(part) for part in inputs.split(1024)])


def accuracy(network, inputs, targets):
    """Share of right answers, 0 to 1."""
    return (answers(network, inputs).argmax(1) == targets).double().mean().item()


$teacher


def train_student(seed, alpha, train_x, train_y, teacher_logits):
    """One student; alpha = 0 is the baseline that learns from labels alone."""
    torch.manual_seed(8 * seed)  # first weights; 8 apart, so that no two seeds share a number
    student = make_student().to(DEVICE)
$labelled$noise
    def batch_loss(index):
        logits = student(train_x[index])
$hard
        # The teacher answers on every example, labelled or not.$squared
$soft
        return (1 - alpha) * hard + alpha * soft

    fit(student, batch_loss, len(train_y), 8 * seed + 1, EPOCHS, BATCH_SIZE, LEARNING_RATE)
    return student
''')

_HARD_ALL = """\
        hard = F.cross_entropy(logits, train_y[index])"""

_LABELLED_FEW = """\
    # The same seed always hides the same labels.
    labelled = choose_labelled(train_y.cpu(), LABELS, 8 * seed + 2).to(DEVICE)
    share = LABELS / len(train_y)
"""

_NOISE = """\
    # The same seed always makes the same mistakes. The teacher has learned from the right labels.
    named = $which
    train_y = mislabel(train_y.cpu(), named, LABEL_NOISE, CLASSES, 8 * seed + 5).to(DEVICE)
"""

_HARD_FEW = """\
        # Only labelled examples count. Divided by how many of them a batch has on average, so that
        # the mean over batches is right, and a batch without any is no division by zero.
        each = F.cross_entropy(logits, train_y[index], reduction="none")
        hard = (each * labelled[index]).sum() / (len(index) * share)"""

_SOFT = """\
        soft = distillation_loss(logits, teacher_logits[index], TEMPERATURE).mean()"""

_SOFT_LABELS_ALL = """\
        told = logits, teacher_logits[index], TEMPERATURE
        soft = distillation_loss(*told, labels=train_y[index]).mean()"""

_SOFT_LABELS_FEW = """\
        # -1 stands for no label: the teacher's likeliest class stands in for it.
        given = train_y[index].masked_fill(~labelled[index], -1)
        told = logits, teacher_logits[index], TEMPERATURE
        soft = distillation_loss(*told, labels=given).mean()"""

_WEIGHTED = """
        soft = WEIGHT * soft"""

_TEACHER_TRAINED = '''\
def train_teacher(train_x, train_y):
    """The teacher sees every label."""
    torch.manual_seed(8 * TEACHER_SEED + 3)  # first weights
    teacher = make_teacher().to(DEVICE)

    def batch_loss(index):
        return F.cross_entropy(teacher(train_x[index]), train_y[index])

    size = len(train_y)
    order = 8 * TEACHER_SEED + 4
    fit(teacher, batch_loss, size, order, TEACHER_EPOCHS, 128, TEACHER_LEARNING_RATE)
    return teacher.requires_grad_(False)'''

_TEACHER_UNTRAINED = '''\
def first_teacher():
    """A teacher that was never trained: its soft targets are noise."""
    torch.manual_seed(8 * TEACHER_SEED + 3)  # first weights
    return make_teacher().to(DEVICE).eval().requires_grad_(False)'''

_TEACHER_LOADED = '''\
def load_teacher():
    """The teacher's weights from the file that the lab saved."""
    teacher = make_teacher()
    teacher.load_state_dict(load_file(TEACHER_FILE))
    return teacher.to(DEVICE).eval().requires_grad_(False)'''

_MAIN = Template("""\
# The experiment -----------------------------------------------------------------------------------


def main():
$threads    train_x, train_y, test_x, test_y = (part.to(DEVICE) for part in load_data())
$check    teacher = $teacher
    print(f"teacher $name: {accuracy(teacher, test_x, test_y):.2%} of the test examples")
    # Once is enough: neither the training examples nor the teacher change.
    teacher_logits = answers(teacher, train_x)

    gains = []
    for seed in SEEDS:
        plain = train_student(seed, 0.0, train_x, train_y, teacher_logits)
        distilled = train_student(seed, ALPHA, train_x, train_y, teacher_logits)
        a, b = (accuracy(student, test_x, test_y) for student in (plain, distilled))
        gains.append(100 * (b - a))
        print(f"seed {seed}: labels only {a:.2%}, distilled {b:.2%}, gain {gains[-1]:+.2f} points")

$summary


if __name__ == "__main__":
    main()
""")

_SUMMARY_MANY = """\
    # Student's t: what the mean of so few differences can tell.
    mean = sum(gains) / len(gains)
    deviation = math.sqrt(sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1))
    half = t_quantile(len(gains) - 1, 0.975) * deviation / math.sqrt(len(gains))
    interval = f"95 % interval {mean - half:+.2f} to {mean + half:+.2f}"
    print(f"mean gain over {len(gains)} seeds: {mean:+.2f} points, {interval}")"""

_SUMMARY_ONE = """\
    print(f"gain with one seed: {gains[0]:+.2f} points; its spread takes more seeds to see")"""


def constants(config: DistilConfig, data: Recipe) -> str:
    """What a reader may want to change, each once, at the top."""
    if config.teacher_weights:
        teacher = 'TEACHER_FILE = "teacher.safetensors"  # as the lab saves it'
    else:
        teacher = f"TEACHER_SEED = {config.teacher_seed}"
        if config.teacher_epochs:
            teacher += f"\nTEACHER_EPOCHS = {config.teacher_epochs}"
            teacher += f"\nTEACHER_LEARNING_RATE = {config.teacher_learning_rate}"
    labels = "# Every training example has its label."
    if config.labels != "all":
        labels = f"LABELS = {config.labels}  # training examples whose label is given"
    if config.label_noise:
        labels += f"\nLABEL_NOISE = {config.label_noise}  # share of these that name a wrong class"
    method = methods.find(config.method)
    weight = (
        f"WEIGHT = {method.weight:g}  # published with this method, beside labels of weight 1\n"
    )
    return _CONSTANTS.substitute(
        first=config.first_seed,
        end=config.first_seed + config.seeds,
        labels=labels,
        temperature=config.temperature,
        temperature_use=(
            "softmax(logits / T)" if method.uses_temperature else "plays no part in this method"
        ),
        alpha=config.alpha,
        weight=weight if method.weight != 1 else "",
        epochs=config.epochs,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        teacher=teacher,
        classes=f"CLASSES = {data.classes}\n" if data.classes else "",
    )


def loss(config: DistilConfig) -> str:
    """The method's own loss, by the name ``distillation_loss``; the choice of labels before it."""
    file = f"{methods.find(config.method).loss.__module__.removeprefix('kdlab.')}.py"
    file = file.replace(".", "/", file.count(".") - 1)
    loss = source(file, "loss")
    shared = imported(file, "kdlab.methods.precision", loss)
    loss = "\n\n\n".join([*([source("methods/precision.py", *shared)] if shared else []), loss])
    text = re.sub(r"^def loss\(", "def distillation_loss(", loss, flags=re.MULTILINE)
    names = ["choose_labelled"] * (config.labels != "all") + ["mislabel"] * bool(config.label_noise)
    return "\n\n\n".join([*([source("training/labels.py", *names)] if names else []), text])


def training(config: DistilConfig) -> str:
    """The loop, and what the teacher and a student minimise in it."""
    method = methods.find(config.method)
    every = config.labels == "all"
    which = "torch.ones(len(train_y), dtype=torch.bool)" if every else "labelled.cpu()"
    noise = Template(_NOISE).substitute(which=which) if config.label_noise else ""
    return _TRAINING.substitute(
        teacher=_teacher(config)[0],
        labelled="" if every else _LABELLED_FEW,
        noise=noise,
        hard=_HARD_ALL if every else _HARD_FEW,
        soft=_soft(method, every, method.named(config.method_parameters)),
        squared=" T² is inside of the loss, once." if "T²" in method.formula else "",
    )


def _soft(method: methods.Method, every: bool, numbers: dict[str, float]) -> str:
    """The line or lines that call the method's loss, and weigh it as published; ``numbers`` are
    those of the method's own that are not as published."""
    text = _SOFT
    if "labels" in method.needs:
        text = _SOFT_LABELS_ALL if every else _SOFT_LABELS_FEW
    told = "".join(f", {name}={value:g}" for name, value in numbers.items())
    text = text.replace("TEMPERATURE", f"TEMPERATURE{told}")
    return text + (_WEIGHTED if method.weight != 1 else "")


def _teacher(config: DistilConfig) -> tuple[str, str]:
    """The function that gives the teacher, and the call of it."""
    if config.teacher_weights:
        return by_name(_TEACHER_LOADED, config), "load_teacher()"
    if config.teacher_epochs:
        return _TEACHER_TRAINED, "train_teacher(train_x, train_y)"
    return _TEACHER_UNTRAINED, "first_teacher()"


def experiment(config: DistilConfig) -> str:
    """``main()``: teacher, students of each seed, the gain and its interval."""
    small = all(models.find(n).name == "mlp" for n in (config.teacher, config.student))
    threads = "    torch.set_num_threads(1)  # networks this small are faster on one thread\n"
    check = (
        '    assert LABELS <= len(train_y), f"there are only {len(train_y)} training examples"\n'
    )
    return _MAIN.substitute(
        threads=threads if small else "",
        check="" if config.labels == "all" else check,
        teacher=_teacher(config)[1],
        name=config.teacher,
        summary=_SUMMARY_ONE if config.seeds == 1 else _SUMMARY_MANY,
    )
