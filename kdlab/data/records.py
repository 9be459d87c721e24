"""All data sets, as records. Adding one is a file of its own and one record here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kdlab.config.brought import brought_by
from kdlab.config.schema import DataConfig
from kdlab.data import digits, images, toys, vision
from kdlab.data.record import Dataset
from kdlab.data.split import DataSplit
from kdlab.data.table import embedded
from kdlab.data.table import own as own_tables
from kdlab.data.text import grammar, names, own
from kdlab.events import Progress


def _toy(name: str, about: str, figure: toys.Figure, classes: tuple[str, ...]) -> Dataset:
    return Dataset(
        name=name,
        label=name.capitalize() + " (2-D)",
        about=about,
        kind="points",
        classes=classes,
        shape=(2,),
        train_size=None,
        settings=("noise", "points", "train_limit"),
        source="Made by the lab, from a formula and Gaussian noise.",
        teacher="mlp-64-64",
        student="mlp-4",
        load=toys.loader(figure, classes),
    )


def _published(name: str, label: str, about: str, classes: tuple[str, ...], source: str) -> Dataset:
    """One of torchvision's, of 70,000 grey images or 60,000 in colour, 10,000 of them for test."""
    colour = name.startswith("cifar")
    return Dataset(
        name=name,
        label=label,
        about=about,
        kind="images",
        classes=classes,
        shape=(3, 32, 32) if colour else (1, 28, 28),
        train_size=(50_000 if colour else 60_000) - vision.VALIDATION_SIZE,
        settings=("train_limit",),
        source=source,
        teacher="resnet20" if colour else "mlp-800-800",
        student="cnn-16-32" if colour else "mlp-32",
        load=vision.loader(vision.TORCHVISION[name], classes),
        validation_size=vision.VALIDATION_SIZE,
        test_size=vision.TEST_SIZE,
    )


def _text(
    name: str,
    label: str,
    about: str,
    classes: tuple[str, ...] | None,
    settings: tuple[str, ...],
    source: str,
    load: Callable[[DataConfig], Iterator[Progress | DataSplit]],
) -> Dataset:
    begin = brought_by(name)
    return Dataset(
        name=name,
        label=label,
        about=about,
        kind="text",
        classes=classes,
        shape=None,
        train_size=None,
        settings=(*settings, "window", "train_limit"),
        source=source,
        teacher=begin["teacher"],
        student=begin["student"],
        load=load,
    )


def _table(name: str, label: str, about: str, source: str) -> Dataset:
    """One that scikit-learn carries."""
    begin = brought_by(name)
    train, validation, test = embedded.SIZES[name]
    return Dataset(
        name=name,
        label=label,
        about=about,
        kind="table",
        classes=embedded.CLASSES[name],
        shape=(len(embedded.COLUMNS[name]),),
        train_size=train,
        settings=("train_limit",),
        source=source,
        teacher=begin["teacher"],
        student=begin["student"],
        load=embedded.loader(name),
        validation_size=validation,
        test_size=test,
    )


DIGITS = tuple(str(digit) for digit in range(10))
CLOTHES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
CIFAR100_NAMES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""
CIFAR100 = tuple(name.replace("_", " ") for name in CIFAR100_NAMES.split())
TINY_IMAGES = (
    "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; no licence named."
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        _toy(
            "moons",
            "Two half moons that hook into each other: a boundary that has to bend.",
            toys.moons,
            ("upper", "lower"),
        ),
        _toy(
            "circles",
            "A circle inside a circle: no straight line separates them.",
            toys.circles,
            ("outer", "inner"),
        ),
        _toy(
            "spirals",
            "Three spiral arms: too much for a small student to draw on few labels.",
            toys.spirals,
            ("first arm", "second arm", "third arm"),
        ),
        _toy(
            "blobs",
            "Four clouds that overlap: here a soft target says something true about a point.",
            toys.blobs,
            ("lower left", "lower right", "upper left", "upper right"),
        ),
        Dataset(
            name="digits",
            label="Digits (8x8)",
            about="1,797 real handwritten digits of 8x8 pixels: trains in seconds, no download.",
            kind="images",
            classes=DIGITS,
            shape=(1, 8, 8),
            train_size=1797 - digits.VALIDATION_SIZE - digits.TEST_SIZE,
            settings=("train_limit",),
            source="E. Alpaydin and C. Kaynak, UCI 1998, as scikit-learn carries it; CC BY 4.0.",
            teacher="mlp-512-512",
            student="mlp-16",
            load=digits.load,
            validation_size=digits.VALIDATION_SIZE,
            test_size=digits.TEST_SIZE,
        ),
        _published(
            "mnist",
            "MNIST",
            "70,000 handwritten digits of 28x28 pixels, the set of the 2015 paper (12 MB).",
            DIGITS,
            "Y. LeCun, C. Cortes and C. J. C. Burges, 1998; CC BY-SA 3.0.",
        ),
        _published(
            "fashion-mnist",
            "Fashion-MNIST",
            "70,000 pictures of clothes, 28x28 pixels: MNIST's shape, but harder (31 MB).",
            CLOTHES,
            "H. Xiao, K. Rasul and R. Vollgraf, arXiv 1708.07747, 2017; MIT.",
        ),
        _published(
            "cifar10",
            "CIFAR-10",
            "60,000 colour photographs of 32x32 pixels in 10 classes (170 MB).",
            CIFAR10,
            TINY_IMAGES,
        ),
        _published(
            "cifar100",
            "CIFAR-100",
            "60,000 colour photographs of 32x32 pixels in 100 classes: the papers' benchmark "
            "(169 MB).",
            CIFAR100,
            TINY_IMAGES,
        ),
        Dataset(
            name="images",
            label="Your own images",
            about="A folder, zip or tar of your images: <split>/<class>/*.png or *.jpg.",
            kind="images",
            classes=None,
            shape=None,
            train_size=None,
            settings=("folder", "image_size", "train_limit"),
            source="Yours.",
            teacher="cnn-32-64",
            student="cnn-8-16",
            load=images.load,
        ),
        _table(
            "breast-cancer",
            "Breast cancer (table)",
            "569 real rows of 30 numbers from images of cell nuclei: malignant or benign? "
            "No download.",
            "W. Wolberg, W. Street and O. Mangasarian, UCI 1995, as scikit-learn carries it; "
            "CC BY 4.0.",
        ),
        _table(
            "wine",
            "Wine (table)",
            "178 real rows of 13 numbers from a chemical analysis: which of three cultivars? "
            "No download.",
            "S. Aeberhard and M. Forina, UCI 1991, as scikit-learn carries it; CC BY 4.0.",
        ),
        Dataset(
            name="table",
            label="Your own table",
            about="A .csv, .tsv, .parquet or .npz file of yours: each row is an example, one "
            "column is the class.",
            kind="table",
            classes=None,
            shape=None,
            train_size=None,
            settings=(
                "folder",
                "target",
                "left_out",
                "group_column",
                "split_column",
                "separator",
                "decimal",
                "encoding",
                "train_limit",
            ),
            source="Yours.",
            teacher=brought_by("table")["teacher"],
            student=brought_by("table")["student"],
            load=own_tables.load,
        ),
        _text(
            "names",
            "Names (text)",
            "12,000 surnames, letter by letter: which one comes next? No download.",
            names.CLASSES,
            (),
            "U.S. Census Bureau, 1990, the most frequent surnames; public domain.",
            names.load,
        ),
        _text(
            "grammar",
            "Grammar (text)",
            "Words of a small stochastic grammar: the right distribution is known exactly.",
            None,
            ("grammar",),
            "Drawn by the lab from the rules.",
            grammar.load,
        ),
        _text(
            "text",
            "Your own text",
            "A .txt file of yours, line by line: which character comes next is learned from it.",
            None,
            ("folder", "symbols"),
            "Yours.",
            own.load,
        ),
    )
}
