"""The part of a stand-alone script that reads the data: the lab's cuts, in plain NumPy.

Each recipe is the text of ``load_data()``, which gives standardised training and test inputs and
their classes as tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from kdlab.config.schema import DataConfig
from kdlab.data import Dataset, digits, find, vision
from kdlab.data.images import MISSING_SHARE
from kdlab.data.own.account import TABLE
from kdlab.data.split import PartName, limit_of
from kdlab.export.source import source
from kdlab.export.text import quoted


@dataclass(frozen=True)
class Recipe:
    """Text of the data part, what it reads, and what to install for it.

    ``shape`` is that of an input; ``channels`` is Python text, a number or the name of a
    constant that the data part sets; so is ``classes``, empty where the data part sets CLASSES.
    """

    text: str
    shape: tuple[int, ...]
    channels: str
    classes: str
    about: str
    packages: tuple[str, ...]


def recipe(config: DataConfig) -> Recipe:
    """How the data of ``config`` are read without the lab; ConfigError for an unknown data set."""
    dataset = find(config.dataset)
    if dataset.kind == "points":
        return _toy(config, dataset)
    if dataset.name == "digits":
        return _digits(config)
    if dataset.name in _PUBLISHED:
        return _published(config, dataset)
    return _folder(config)


def _limited(config: DataConfig, parts: tuple[PartName, ...]) -> str:
    """Lines that shorten index arrays to the setting ``train_limit``; empty without a limit."""
    if config.train_limit == "all":
        return ""
    lines = []
    for part in parts:
        limit = limit_of(config.train_limit, part)
        lines.append(f"    if len({part}) > {limit}:  # fewer, class by class in proportion")
        taken = f"{part}[stratified(targets[{part}], {limit})[0]]"
        lines.append(f"        {part} = {taken}")
    return "\n".join(lines) + "\n"


_DIGITS = Template('''\
def load_data() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training and test images (N, 1, 8, 8), each followed by their classes (N,).

    Of 1,797 images $test are for the test; $validation are for tuning (validation), not used here.
    """
    images, targets = load_digits(return_X_y=True)
    images = np.rint(images * (255 / 16)).reshape(-1, 1, 8, 8) / 255
    test, rest = stratified(targets, $test)
    _, train = stratified(targets[rest], $validation)
    train = rest[train]
$limit    mean, std = images[train].mean(), images[train].std()
    return (
        torch.tensor((images[train] - mean) / std, dtype=torch.float32),
        torch.tensor(targets[train], dtype=torch.int64),
        torch.tensor((images[test] - mean) / std, dtype=torch.float32),
        torch.tensor(targets[test], dtype=torch.int64),
    )
''')


def _digits(config: DataConfig) -> Recipe:
    text = _DIGITS.substitute(
        limit=_limited(config, ("train",)),
        test=digits.TEST_SIZE,
        validation=digits.VALIDATION_SIZE,
    )
    return Recipe(
        f"{source('data/split.py', 'stratified')}\n\n\n{text}",
        (1, 8, 8),
        "1",
        "10",
        "handwritten digits, 8x8 pixels, which come with scikit-learn",
        ("scikit-learn",),
    )


_TOY = Template('''\
def load_data() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training and test points (N, 2), each followed by their classes (N,).

    30 % of the points are for the test; 20 % for tuning (validation), which are not used here.
    """
    points, targets = $figure(POINTS)
    points = points + NOISE * np.random.default_rng(SPLIT_SEED).standard_normal(points.shape)
    _, validation_size, test_size = sizes(POINTS)
    test, rest = stratified(targets, test_size)
    _, train = stratified(targets[rest], validation_size)
    train = rest[train]
$limit    mean, std = points[train].mean(axis=0), points[train].std(axis=0)
    return (
        torch.tensor((points[train] - mean) / std, dtype=torch.float32),
        torch.tensor(targets[train], dtype=torch.int64),
        torch.tensor((points[test] - mean) / std, dtype=torch.float32),
        torch.tensor(targets[test], dtype=torch.int64),
    )
''')


def _toy(config: DataConfig, dataset: Dataset) -> Recipe:
    figure = source("data/toys.py", "sizes", config.dataset)
    text = _TOY.substitute(figure=config.dataset, limit=_limited(config, ("train", "test")))
    constants = f"POINTS = {config.points}\nNOISE = {config.noise}  # standard deviation"
    cut = source("data/split.py", "stratified")
    return Recipe(
        f"{constants}\n{cut}\n\n\n{figure}\n\n\n{text}",
        (2,),
        "2",
        str(len(dataset.classes or ())),
        f"points in the plane ({config.dataset})",
        (),
    )


_PUBLISHED = {
    "mnist": "MNIST",
    "fashion-mnist": "FashionMNIST",
    "cifar10": "CIFAR10",
    "cifar100": "CIFAR100",
}
"""Name -> torchvision's class."""

_TORCHVISION = Template('''\
def load_data() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training and test images $shape, each followed by their classes (N,).

    Of the published training images $validation are for tuning (validation) and not used here.
    """
    published = torchvision.datasets.$kind(DATA_FOLDER, train=True, download=True)
    images, targets = pixels(published), np.asarray(published.targets)
    _, train = stratified(targets, $validation)
$limit    published = torchvision.datasets.$kind(DATA_FOLDER, train=False, download=True)
    test_images, test_targets = pixels(published), np.asarray(published.targets)
$test_limit    train_x = images[train] / np.float32(255)
    test_x = test_images / np.float32(255)
    axes = (0, 2, 3)  # one mean and one deviation a channel
    mean = train_x.mean(axes, keepdims=True, dtype=np.float64).astype(np.float32)
    std = train_x.std(axes, keepdims=True, dtype=np.float64).astype(np.float32)
    return (
        torch.from_numpy((train_x - mean) / std),
        torch.from_numpy(targets[train].astype(np.int64)),
        torch.from_numpy((test_x - mean) / std),
        torch.from_numpy(test_targets.astype(np.int64)),
    )


def pixels(published: torchvision.datasets.$kind) -> np.ndarray:
    """All images as bytes (N, C, H, W)."""
    $pixels
''')


def _published(config: DataConfig, dataset: Dataset) -> Recipe:
    kind, shape = _PUBLISHED[dataset.name], dataset.shape
    assert shape is not None
    assert dataset.classes is not None
    test_limit = ""
    if config.train_limit != "all":
        count = limit_of(config.train_limit, "test")
        test_limit = (
            f"    if len(test_targets) > {count}:  # fewer, class by class in proportion\n"
            f"        test = stratified(test_targets, {count})[0]\n"
            "        test_images, test_targets = test_images[test], test_targets[test]\n"
        )
    text = _TORCHVISION.substitute(
        kind=kind,
        shape=str(("N", *shape)).replace("'", ""),
        limit=_limited(config, ("train",)),
        validation=vision.VALIDATION_SIZE,
        test_limit=test_limit,
        pixels="return np.asarray(published.data)[:, None]"
        if shape[0] == 1
        else "return np.asarray(published.data).transpose(0, 3, 1, 2)",
    )
    folder = 'DATA_FOLDER = os.environ.get("KDLAB_DATA", "data")  # downloaded once'
    return Recipe(
        f"{folder}\n{source('data/split.py', 'stratified')}\n\n\n{text}",
        shape,
        str(shape[0]),
        str(len(dataset.classes)),
        f"{kind} as torchvision downloads it",
        ("torchvision",),
    )


_IMAGES = Template('''\
SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm")
$pictures
DEPTHS = set()  # how many bits images of more than 8 bits a channel use, 0 for all others


$tidy


$rules


def list_images() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each split that is there: paths of its images, and the names of their classes.

    Folders must be <split>/<class> or <class>, perhaps in others that hold everything: what else
    they may mean is not guessed, but refused.
    """
    named = [
        (*map(tidy, path.relative_to(DATA_FOLDER).parts), path) for path in DATA_FOLDER.rglob("*")
    ]
    every = sorted(named, key=lambda path: (path[:-1], path[-1]))
    paths = [path for path in every if not any(is_leftover(name) for name in path[:-1])]
    for *_, name, path in paths:
        check_file(name, path)
    found = [path for path in paths if path[-1].is_file() and path[-1].suffix.lower() in SUFFIXES]
    members, around = {}, set()
    for *folders, _, path in found:
        places = [n for n, name in enumerate(folders[:-1]) if split_of(name)]
        if places:
            inside = folders[places[0] + 1 :]
            around.add(tuple(folders[: places[0]]))
            members.setdefault(split_of(folders[places[0]]), []).append((path, inside))
    if not members:  # no splits: step into folders that alone hold everything
        inside = [(path[:-2], path[-1]) for path in found if len(path) > 2]
        while len({f[0] for f, _ in inside}) == 1 and any(len(f) > 1 for f, _ in inside):
            inside = [(f[1:], path) for f, path in inside if len(f) > 1]
        members["train"] = [(path, folders) for folders, path in inside]
    check_layout(members, around)
    return {
        split: (np.array([path for path, _ in each]), np.array([folders[0] for _, folders in each]))
        for split, each in members.items()
    }


def check_file(name: str, path: Path) -> None:
    """Refuse what would change which images are read, and of what class they are."""
    if path.is_symlink() and path.is_dir():
        refuse(f"{path} is a link to a folder: copy the folder itself")
    if name.lower() in ("$table", "$other_table"):
        refuse(f"classes come from the table {path}: sort the images into folders")
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        with path.open("rb") as file:
            if PICTURE.match(file.read(512)):
                refuse(f"{path} is an image, but its name does not end in {' '.join(SUFFIXES)}")


def check_layout(members: dict[str, list], around: set[tuple[str, ...]]) -> None:
    """Refuse folders of which the classes are not the ones that hold the images."""
    known = {folders[0] for _, folders in members.get("train", [])}
    words = [name.casefold() for name in known if len(name) > 1]
    depths = {len(folders) for each in members.values() for _, folders in each}
    if len(known) < 2:
        refuse(f"train has {len(known)} classes in {DATA_FOLDER}")
    if len(around) > 1:
        refuse(f"splits lie in several folders: {sorted(around)}")
    if len(set(words)) < len(words):
        refuse(f"some classes differ in capitals alone: {sorted(known)}")
    if min(depths) > 1:
        refuse(f"no image lies directly in one of the folders {sorted(known)}")
    for split, each in members.items():
        for path, folders in each:
            if folders[0] not in known:
                refuse(f"the class of {path}, in {split}, is not in train")
            if len(folders) > 1 and split_of(re.split("[_ .-]", folders[0])[-1]):
                refuse(f"{folders[0]} is perhaps a split: call it train, validation or test")


def refuse(why: str) -> None:
    """End here, with a sentence: another reading of the images would be another result."""
    raise SystemExit(f"{why}. This script reads <split>/<class>/image, or <class>/image.")


$to_rgb


$depths


def read_image(path: Path) -> np.ndarray:
    """Pixels (3, IMAGE_SIZE, IMAGE_SIZE), upright, squeezed to a square."""
    with Image.open(path) as image:
        image.draft(None, (2 * IMAGE_SIZE, 2 * IMAGE_SIZE))
        depth = depth_of(image) if is_deep(image) else 0
        DEPTHS.add(depth)
        upright = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits a channel
            grey = np.rint(np.asarray(upright) / 257).clip(0, 255).astype(np.uint8)
            upright = Image.fromarray(grey)
        upright = to_rgb(upright)
        if upright.size != (IMAGE_SIZE, IMAGE_SIZE):
            upright = upright.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)
        return np.asarray(upright).transpose(2, 0, 1)


def read_images() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training and test images (N, C, H, W) as bytes, each followed by their classes (N,).

    Images for the test, and for tuning (validation, not used here), are cut from the training
    images where they have no folder of their own: $percent % of them each.
    """
    splits = list_images()
    files, names = splits["train"]
    class_names, targets = np.unique(names, return_inverse=True)
    size = max(len(class_names), round($share * len(files)))
    if "validation" not in splits:
        _, rest = stratified(targets, size)
        files, targets = files[rest], targets[rest]
    if "test" in splits:
        test_files, names = splits["test"]
        test_targets = np.searchsorted(class_names, names)
    else:
        test, rest = stratified(targets, size)
        test_files, test_targets = files[test], targets[test]
        files, targets = files[rest], targets[rest]
    train, _ = stratified(targets, len(targets))  # all of them, shuffled
    test, _ = stratified(test_targets, len(test_targets))
$limit    train_pixels = np.stack([read_image(path) for path in files[train]])
    test_pixels = np.stack([read_image(path) for path in test_files[test]])
    if max(DEPTHS) not in (0, 16):
        refuse(f"images of 16 bits a channel use {max(DEPTHS)} of them: save them with 8 bits")
    if all((each == each[:, :1]).all() for each in (train_pixels, test_pixels)):
        train_pixels, test_pixels = train_pixels[:, :1], test_pixels[:, :1]  # grey: one channel
    return train_pixels, targets[train], test_pixels, test_targets[test]


IMAGES = read_images()
CHANNELS = IMAGES[0].shape[1]
CLASSES = int(IMAGES[1].max()) + 1


def load_data() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training and test images (N, C, H, W), each followed by their classes (N,)."""
    train_x, test_x = IMAGES[0] / np.float32(255), IMAGES[2] / np.float32(255)
    axes = (0, 2, 3)  # one mean and one deviation a channel
    mean = train_x.mean(axes, keepdims=True, dtype=np.float64).astype(np.float32)
    std = train_x.std(axes, keepdims=True, dtype=np.float64).astype(np.float32)
    return (
        torch.from_numpy((train_x - mean) / std),
        torch.from_numpy(IMAGES[1].astype(np.int64)),
        torch.from_numpy((test_x - mean) / std),
        torch.from_numpy(IMAGES[3].astype(np.int64)),
    )
''')


def _folder(config: DataConfig) -> Recipe:
    limit = _limited(config, ("train",))
    limit += _limited(config, ("test",)).replace("targets[test]", "test_targets[test]")
    uploaded = config.folder.startswith("upload:")
    name = "images" if uploaded else config.folder
    note = "# The archive that was loaded into the lab, unpacked into this folder.\n" * uploaded
    constants = (
        "# With <split>/<class>/*.png|jpg, or <class>/*.png|jpg in it; unpack an archive first.\n"
        "# What the lab reads beyond that, like classes two folders deep, is refused here.\n"
        f"{note}DATA_FOLDER = Path({quoted(name)})\n"
        f"IMAGE_SIZE = {config.image_size}"
    )
    cut = source("data/split.py", "stratified")
    text = _IMAGES.substitute(
        limit=limit,
        pictures=source("data/own/causes.py", "PICTURE"),
        table=TABLE,
        other_table=TABLE.replace(".csv", ".tsv"),
        tidy=source("data/naming.py", "tidy"),
        rules=source("data/own/names.py", "is_leftover", "split_of"),
        depths=source("data/own/depths.py", "is_deep", "depth_of"),
        to_rgb=source("data/own/decode.py", "to_rgb"),
        percent=round(100 * MISSING_SHARE),
        share=MISSING_SHARE,
    )
    return Recipe(
        f"{constants}\n{cut}\n\n\n{text}",
        (3, config.image_size, config.image_size),
        "CHANNELS",
        "",
        "your own images, a folder for each class",
        ("pillow",),
    )
