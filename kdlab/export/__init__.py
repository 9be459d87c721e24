"""A configuration -> one plain PyTorch file that trains the same pair the same way.

The text is put together from what this configuration does, so that its reader meets no branch that
is never taken. The networks, the loss, the choice of labels and the cut of the data are the lab's
own source (``source.py``), and random numbers are drawn in the same order: on one machine, script
and lab agree but for rounding.
"""

from __future__ import annotations

import textwrap
from string import Template

from kdlab import methods, models
from kdlab.config.schema import DistilConfig
from kdlab.data import train_size
from kdlab.errors import ConfigError
from kdlab.export import training
from kdlab.export.data import Recipe, recipe
from kdlab.export.networks import networks
from kdlab.export.text import imports, spaced, titled

_HEAD = Template('''\
"""$title.

Knowledge distillation (Hinton, Vinyals and Dean 2015, arXiv:1503.02531) in plain PyTorch.
Data: $about.
$story

Install: pip install $packages
Run:     python $file
"""
''')


def stand_alone(config: DistilConfig) -> str:
    """The text of a script that does what ``config`` says, and prints a line a seed and the gain.

    ConfigError or ModelError where ``config`` cannot be run, or its method reads hidden layers.
    """
    method = methods.find(config.method)
    if not _plain(method):
        raise ConfigError(
            f"method is {method.name!r}",
            "for a script: a method that compares answers, not hidden layers",
            "Choose one of " + ", ".join(m.name for m in methods.METHODS.values() if _plain(m)),
        )
    size = train_size(config)
    if size is not None and config.labels != "all" and config.labels > size:
        raise ConfigError(
            f"labels is {config.labels}",
            f"1 to {size}, the training images of {config.dataset}, or 'all'",
            "Ask for fewer labels, or choose a larger data set",
        )
    data = recipe(config)
    for name in (config.teacher, config.student):
        models.check(name, data.shape, int(data.classes or 2))
    body = "\n\n".join(
        [
            training.constants(config, data),
            titled("Data", data.text),
            titled("Networks", networks(config, data)),
            titled("Loss", training.loss(config)),
            training.training(config),
            training.experiment(config),
        ]
    )
    lines = imports(body)
    return spaced("\n".join([_head(config, data, lines), *lines, "", body]))


def _plain(method: methods.Method) -> bool:
    return method.needs <= {"logits", "labels"}


def _head(config: DistilConfig, data: Recipe, imports: list[str]) -> str:
    packages = ["torch", "numpy", *data.packages]
    text = " ".join(imports)
    packages += ["scipy"] if "scipy" in text else []
    packages += ["safetensors"] if "safetensors" in text else []
    label = methods.find(config.method).label.lower()
    if config.teacher_weights:
        origin = "is read from a file"
    else:
        origin = "is trained on all labels" if config.teacher_epochs else "stays untrained"
    story = (
        f"The teacher, {config.teacher}, {origin}. Then, for each seed, two students "
        f"{config.student} with the same first weights, batches and epochs: one learns from labels "
        f"alone, the other from the teacher as well ({label}). What lies between them is what "
        "distillation is worth."
    )
    return _HEAD.substitute(
        title=f"{config.teacher} teaches {config.student} on {config.dataset}",
        about=data.about,
        story=textwrap.fill(story, 99),
        packages=" ".join(packages),
        file=file_name(config),
    )


def file_name(config: DistilConfig) -> str:
    """What to call the script: "distil_digits_mlp-512-512_mlp-16.py"."""
    return f"distil_{config.dataset}_{config.teacher}_{config.student}.py"
