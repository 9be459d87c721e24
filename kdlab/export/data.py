"""The part of a script that is about its data: how they are read, and what networks meet."""

from __future__ import annotations

from dataclasses import dataclass, field

from kdlab.config.schema import DataConfig
from kdlab.data import find, uploads
from kdlab.data.vision import TORCHVISION
from kdlab.export.text import quoted

_LOAD = '''\
def load_data() -> list[Tensor]:
    """Inputs and classes of the training part, of validation and of the test, one after the other.

    Validation is for whatever is tuned; the test is looked at once.
    """
    return {}
'''
_OWN = """\
IMAGES = read_images()
CHANNELS = IMAGES[0][0].shape[1]
CLASSES = int(IMAGES[0][1].max()) + 1
"""


@dataclass(frozen=True)
class Recipe:
    """Lines that read the data, and the ``constants`` that they bring to the top of the script,
    each below its comment in ``notes``.

    ``shape`` is that of an input; ``channels`` is Python text, a number or the name of a constant;
    so is ``classes``, empty where ``text`` sets CLASSES.
    """

    text: str
    shape: tuple[int, ...]
    channels: str
    classes: str
    about: str
    constants: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def recipe(config: DataConfig) -> Recipe:
    """How the data of ``config`` are read without the lab; ConfigError for an unknown data set."""
    dataset = find(config.dataset)
    classes = str(len(dataset.classes or ()))
    if dataset.kind == "points":
        cut = f"cut({config.dataset}, POINTS, NOISE, TRAIN_LIMIT)"
        constants = {
            "POINTS": repr(config.points),
            "NOISE": f"{config.noise!r}  # standard deviation",
        }
        about = f"points in the plane ({config.dataset})"
        text = _LOAD.format(f"standard_points(*{cut})")
        return Recipe(text, (2,), "2", classes, about, constants)
    if dataset.name == "digits":
        about = "handwritten digits, 8x8 pixels, which come with scikit-learn"
        text = _LOAD.format("standard_images(*digits())")
        return Recipe(text, (1, 8, 8), "1", classes, about)
    if dataset.name in TORCHVISION:
        assert dataset.shape is not None
        kind = TORCHVISION[dataset.name]
        text = _LOAD.format(f"standard_images(*published(torchvision.datasets.{kind}))")
        folder = 'os.environ.get("KDLAB_DATA", "data")  # downloaded once'
        about = f"{kind} as torchvision downloads it"
        shape = dataset.shape
        return Recipe(text, shape, str(shape[0]), classes, about, {"DATA_FOLDER": folder})
    return _own_images(config)


def _own_images(config: DataConfig) -> Recipe:
    """The classes and channels of one's own images are known when they have been read."""
    note = (
        "# With <split>/<class>/*.png|jpg, or <class>/*.png|jpg in it; unpack an archive first.\n"
        "# What the lab reads beyond that, like classes two folders deep, is refused here.\n"
    )
    name = config.folder
    if name.startswith("upload:"):
        title = uploads.title(name)
        name = "images"
        note += f"# Here {quoted(title)}, as the lab had it, unpacked into this folder.\n"
    constants = {"DATA_FOLDER": f"Path({quoted(name)})", "IMAGE_SIZE": f"{config.image_size}"}
    shape = (3, config.image_size, config.image_size)
    about = "your own images, a folder for each class"
    text = _OWN + "\n\n" + _LOAD.format("standard_images(*IMAGES)")
    return Recipe(text, shape, "CHANNELS", "", about, constants, {"DATA_FOLDER": note})
