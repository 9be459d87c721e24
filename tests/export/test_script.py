import ast
import json
import os
import re
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from kdlab import data, export, methods, models
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.data.split import DataSplit
from kdlab.errors import ConfigError, ModelError
from kdlab.export import stand_alone
from kdlab.measure.gain import paired_gain
from kdlab.measure.intervals import interval
from kdlab.models import weights
from kdlab.training import labels, single_run, teachers
from tests.export.alike import collect, trained_alike

CONFIGS = {
    "default": DistilConfig(),
    "all-labels-one-seed": DistilConfig(labels="all", seeds=1, student="cnn-4-8", train_limit=500),
    "untrained-teacher": DistilConfig(teacher_epochs=0, teacher="wrn-16-1", student="resnet8"),
    "loaded-teacher": DistilConfig(teacher_weights="0a", dataset="blobs"),
    "normed": DistilConfig(teacher="mlpbn-8", student="mlpbn-4", train_limit=257, epochs=2),
    "scheduled": DistilConfig(schedule="0:2:0.9,20:1:0.5,40:8:0"),
    "scheduled-from-nothing": DistilConfig(alpha=0, labels="all", schedule="5:4:0.9"),
    "scheduled-decoupled": DistilConfig(method="dkd", schedule="5:4:0.9,6:2:0.25"),
    "scheduled-numbers": DistilConfig(
        method="dkd", method_parameters=(1, 4), schedule=[[n, n + 1, n / 100] for n in range(100)]
    ),
    "scheduled-control": DistilConfig(method="labels-only", alpha=0.5, schedule="5:4:0.9"),
    "toy": DistilConfig(dataset="spirals", labels=30, points=700, noise=0.1, train_limit=200),
    "regression": DistilConfig(dataset="moons", method="logit-regression", labels=10),
    "control": DistilConfig(dataset="circles", method="labels-only", labels=10),
    "standardised": DistilConfig(method="logit-standardisation"),
    "decoupled": DistilConfig(method="dkd"),
    "decoupled-all-labels": DistilConfig(method="dkd", labels="all"),
    "correlated": DistilConfig(method="dist", dataset="spirals", labels=30),
    "wrong-labels": DistilConfig(label_noise=0.3),
    "all-labels-some-wrong": DistilConfig(labels="all", label_noise=0.1),
    "mnist": DistilConfig(dataset="mnist", teacher="cnn-8-16", train_limit=3000),
    "fashion": DistilConfig(dataset="fashion-mnist", train_limit=300),
    "cifar10": DistilConfig(dataset="cifar10", teacher="resnet20", student="cnn-16-32"),
    "cifar100": DistilConfig(
        dataset="cifar100", teacher="wrn-40-2", student="wrn-16-2", labels="all"
    ),
    "vgg-to-mobilenet": DistilConfig(
        dataset="cifar100", teacher="vgg13", student="mobilenetv2", labels="all"
    ),
    "mobilenet-to-shuffle": DistilConfig(
        dataset="cifar10", teacher="mobilenetv2", student="shufflev1"
    ),
    "bottleneck": DistilConfig(dataset="cifar10", teacher="resnet50", student="vgg8"),
    "shuffle": DistilConfig(dataset="cifar10", teacher="shufflev2", student="shufflev1"),
    "forest": DistilConfig(teacher="forest-20", labels=30),
    "boosting": DistilConfig(dataset="moons", teacher="boosting-10", labels="all"),
    "images": DistilConfig(dataset="images", folder="x", teacher="cnn-4", image_size=16),
    "images-limited": DistilConfig(
        dataset="images", folder="x", teacher="resnet8", train_limit=2500, labels=20
    ),
}
SPLITS = {
    "digits": DistilConfig(),
    "digits-limited": DistilConfig(train_limit=300),
    "moons": DistilConfig(dataset="moons", points=700),
    "circles": DistilConfig(dataset="circles", noise=0.0, points=700),
    "spirals-limited": DistilConfig(dataset="spirals", points=5000, train_limit=400),
    "blobs": DistilConfig(dataset="blobs", points=701),
}
LINE = re.compile(r"seed (\d+): labels only (.+)%, distilled (.+)%, gain (.+) points")


def load(config: DistilConfig) -> DataSplit:
    *_, split = data.load(config)
    return split


NAMES = (
    '"); import os; os.remove("x") #',
    "two\nlines = 1",
    "\u202eturned\u2066 round",
    "\\",
    '"""',
    "$folder ${limit} {0} %s",
    "<b>bold</b> \x00\x85\u2028",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_of_any_name_is_a_text_and_nothing_else(name):
    config = DistilConfig(dataset="images", folder=f"a{name}b", teacher="cnn-4", image_size=16)
    text = stand_alone(config)
    text.encode()
    (value,) = [
        node.value for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "DATA_FOLDER"
    ]  # fmt: skip
    assert ast.literal_eval(value.args[0]) == f"a{name}b"
    assert all(line.isprintable() for line in text.split("\n"))


def maker(name: str) -> str:
    """What the function that makes the network ``name`` is called in a script."""
    return f"make_{name.replace('-', '_')}"


def parts_of(split: DataSplit) -> list[torch.Tensor]:
    """Inputs and targets of all parts, as a script's ``load_data()`` gives them."""
    parts = (split.train, split.validation, split.test)
    return [tensor for part in parts for tensor in (part.inputs, part.targets)]


def names_of(config: DistilConfig, folder) -> dict:
    """What the script defines, without running its experiment."""
    path = folder / export.file_name(config)
    path.write_text(stand_alone(config), encoding="utf-8")
    return runpy.run_path(str(path), run_name="script")


def run(path, timeout: int = 300) -> str:
    """Run a script as its reader would, in its own folder and without the lab in reach."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, path.name]
    done = subprocess.run(
        command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder_of_scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripts")
    for name, config in CONFIGS.items():
        (folder / f"{name}.py").write_text(stand_alone(config), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", CONFIGS)
def test_every_script_is_python_that_stands_without_the_lab(name, folder_of_scripts):
    text = (folder_of_scripts / f"{name}.py").read_text(encoding="utf-8")
    compile(text, name, "exec")
    assert not re.search(r"\b(import|from) kdlab", text)
    assert "$" not in text
    assert CONFIGS[name].student in text


def test_scripts_have_no_undefined_or_unused_name_and_are_formatted(folder_of_scripts):
    for command in (["format", "--check"], ["check", "--no-cache", "--select", "E,F,W,I,B"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", "."],
            cwd=folder_of_scripts,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", methods.RESPONSE)
def test_the_loss_is_the_methods_own(name, tmp_path):
    method = methods.METHODS[name]
    ns = names_of(DistilConfig(method=name), tmp_path)
    generator = torch.Generator().manual_seed(0)
    student, teacher = (torch.randn(6, 10, generator=generator) for _ in range(2))
    labels = {"labels": torch.tensor([0, 3, -1, 9, -1, 2])} if "labels" in method.needs else {}
    for T in (0.5, 4.0):
        expected = method.loss(student, teacher, T, **labels)
        own = ns[name.replace("-", "_")]
        assert torch.equal(own(student, teacher, T, **labels), expected)
    assert ns.get("WEIGHT", 1.0) == method.weight


def test_nothing_is_written_that_this_configuration_does_not_do(folder_of_scripts):
    def text(name):
        return (folder_of_scripts / f"{name}.py").read_text(encoding="utf-8")

    assert "choose_labelled" in text("default")
    assert "choose_labelled" not in text("all-labels-one-seed")
    assert "t_quantile" not in text("all-labels-one-seed")
    assert "sklearn" not in text("toy")
    assert "train_teacher" not in text("untrained-teacher")
    assert "TEACHER_EPOCHS" not in text("loaded-teacher")
    assert "class ResNet" not in text("cifar100")
    assert "class WideResNet" in text("cifar100")
    assert text("default").count("temperature**2") == 1


@pytest.mark.parametrize("config", SPLITS.values(), ids=SPLITS)
def test_the_cut_is_the_labs(config, tmp_path):
    got = names_of(config, tmp_path)["load_data"]()
    for a, b in zip(got, parts_of(load(config)), strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)


def write_images(folder, splits: dict[str, int], mode: str) -> None:
    """``splits``: folder to images a class; three classes of noise, sizes and formats mixed."""
    rng = np.random.default_rng(0)
    for split, count in splits.items():
        for name in ("bee", "ant", "fly"):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                shape = (14, 9 + number % 5) if mode == "L" else (14, 9, len(mode))
                pixels = rng.integers(0, 256, shape, dtype=np.uint8)
                suffix = "png" if mode == "RGBA" or number % 2 else "jpg"
                path = folder / split / name / f"{number:03}.{suffix}"
                Image.fromarray(pixels, mode if mode == "RGBA" else None).save(path)


@pytest.mark.parametrize(
    ("splits", "mode", "channels"),
    [
        ({"train": 12, "val": 4, "test": 5}, "RGB", 3),
        ({"train": 12, "test": 5}, "L", 1),
        ({"train": 12, "validation": 4}, "RGBA", 3),
        ({"": 15}, "RGB", 3),
        ({"Train": 12, "valid": 4, "TEST": 5}, "RGB", 3),
        ({"my images/training": 12, "my images/test": 5}, "RGB", 3),
        ({"my images": 15}, "RGB", 3),
    ],
)
def test_an_image_folder_is_read_as_the_lab_reads_it(splits, mode, channels, tmp_path):
    write_images(tmp_path / "own", splits, mode)
    first = tmp_path / "own" / next(iter(splits))
    (first / "ant" / "more").mkdir()
    (first / "ant" / "000.jpg" if mode != "RGBA" else first / "ant" / "000.png").rename(
        first / "ant" / "more" / "Z.PNG"
    )
    for junk in ("__MACOSX/Train/ant/0.png", ".git/0.png", "Thumbs.db", "README.txt"):
        (tmp_path / "own" / junk).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / junk).write_bytes(b"x")
    (first / "ant" / "._000.png").write_bytes(b"x")
    config = DistilConfig(
        dataset="images", folder=str(tmp_path / "own"), image_size=8, teacher="cnn-4", labels=9
    )
    ns = names_of(config, tmp_path)
    got = ns["load_data"]()
    for a, b in zip(got, parts_of(load(config)), strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)
    assert ns["CLASSES"] == 3
    assert ns["CHANNELS"] == channels
    assert ns["make_cnn_4"]()(got[0]).shape == (len(got[0]), 3)


PIXEL = np.random.default_rng(1).integers(0, 256, (9, 9, 3), dtype=np.uint8)
DEEP = np.linspace(0, 4095, 81).astype(np.uint16).reshape(9, 9)
BESIDE = ("bee", "ant")
OTHERWISE = {
    "two folders deep": ([f"train/{n[0]}/{n}/0.png" for n in BESIDE], {}, "no image lies directly"),
    "splits in classes": ([f"{n}/train/0.png" for n in BESIDE], {}, "no image lies directly"),
    "capitals": (["train/Bee/9.png"], {}, "differ in capitals alone"),
    "a table": ([], {"kdlab-labels.csv": "file_name,label"}, "classes come from the table"),
    "no ending": (["train/bee/photo"], {}, "is an image, but its name"),
    "one class in test": (["test/wasp/0.png"], {}, "is not in train"),
    "two sets": (["old/test/bee/0.png"], {}, "splits lie in several folders"),
    "a prefix": (["a_train/bee/0.png", "a_train/ant/0.png", "a_pred/0.png"], {}, "perhaps a split"),
    "12 bits": (["train/bee/deep.png"], {}, "use 12 of them"),
    "nothing": ([], {}, "There is no image in the folder"),
    "no train": (["test/bee/0.png", "test/ant/0.png"], {}, "train has 0 classes"),
    "unreadable": ([], {"train/bee/9.png": "no image"}, "9.png cannot be read as an image"),
}
FOLDERS_ALONE = ("two folders deep", "splits in classes", "a prefix", "nothing", "no train")


@pytest.mark.parametrize("case", OTHERWISE)
def test_images_that_the_lab_reads_in_another_way_are_refused_by_the_script(case, tmp_path):
    """Another reading would be another result, without a word."""
    names, texts, why = OTHERWISE[case]
    plain = [f"train/{name}/{k}.png" for name in BESIDE for k in range(5)]
    for name in [*names, *plain * (case not in FOLDERS_ALONE)]:
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(DEEP if "deep.png" in name else PIXEL).save(path, "PNG")
    (tmp_path / "own").mkdir(exist_ok=True)
    for name, text in texts.items():
        (tmp_path / "own" / name).write_text(text)
    config = DistilConfig(
        dataset="images", folder=str(tmp_path / "own"), image_size=8, teacher="cnn-4"
    )
    with pytest.raises(SystemExit) as ended:
        names_of(config, tmp_path)
    assert why in str(ended.value)


def test_a_folder_that_is_not_there_is_a_sentence_and_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    folder = uploads.keep(b"no archive", "my pets.zip")
    config = DistilConfig(dataset="images", folder=folder, image_size=8, teacher="cnn-4")
    path = tmp_path / export.file_name(config)
    text = stand_alone(config)
    assert f"Run:     python {path.name}" in text
    assert "'my pets.zip'" in text or '"my pets.zip"' in text, "its name, and no digits"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no folder images in ")
    assert "unpack your images into it" in done.stderr
    assert "DATA_FOLDER" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_a_folder_is_refused_by_the_script(tmp_path):
    """The lab follows it; Python's own listing does not."""
    write_images(tmp_path / "own", {"train": 5}, "RGB")
    write_images(tmp_path / "elsewhere", {"": 2}, "RGB")
    (tmp_path / "own" / "test").symlink_to(tmp_path / "elsewhere")
    config = DistilConfig(
        dataset="images", folder=str(tmp_path / "own"), image_size=8, teacher="cnn-4"
    )
    with pytest.raises(SystemExit, match="is a link to a folder"):
        names_of(config, tmp_path)


@pytest.mark.parametrize(
    ("teacher", "student"),
    [("mlp-9-5", "cnn-3-4-5"), ("resnet8", "wrn-16-1"), ("wrn-16-2", "resnet8x4")],
)
def test_first_weights_are_those_of_the_lab(teacher, student, tmp_path):
    ns = names_of(DistilConfig(teacher=teacher, student=student), tmp_path)
    for name in (teacher, student):
        torch.manual_seed(7)
        own, ours = (
            ns[maker(name)]().state_dict(),
            models.build(name, (1, 8, 8), 10, 7).state_dict(),
        )
        assert own.keys() == ours.keys()
        for key in own:
            assert torch.equal(own[key], ours[key])


def test_the_same_labels_are_given(tmp_path):
    ns = names_of(DistilConfig(), tmp_path)
    targets = load(DistilConfig()).train.targets
    for count, seed in ((10, 0), (100, 3), (1097, 1)):
        expected = labels.choose_labelled(targets, count, seed)
        assert torch.equal(ns["choose_labelled"](targets, count, seed), expected)


@pytest.mark.parametrize(
    "config",
    [
        DistilConfig(train_limit=200, epochs=3, seeds=1, first_seed=5, teacher="mlp-20", labels=40),
        DistilConfig(
            train_limit=150, epochs=2, seeds=1, student="resnet8", teacher="mlp-20", labels="all"
        ),
        DistilConfig(
            dataset="spirals", points=300, epochs=3, seeds=1, labels=20, teacher="mlp-20",
            method="logit-regression", alpha=0.5,
        ),
        DistilConfig(
            train_limit=200, epochs=3, seeds=1, teacher="mlp-20", labels=40, label_noise=0.5
        ),
        DistilConfig(
            train_limit=200, epochs=3, seeds=1, teacher="mlp-20", labels=40, method="dkd"
        ),
        DistilConfig(
            train_limit=200, epochs=3, seeds=1, teacher="mlp-20", method="logit-standardisation"
        ),
        DistilConfig(
            train_limit=200, epochs=3, seeds=1, teacher="mlp-20", labels="all", method="dist"
        ),
        DistilConfig(
            train_limit=200, epochs=4, seeds=1, teacher="mlp-20", labels=40,
            schedule="0:1.5:0.5,1:20:0.9,3:2:0",
        ),
        DistilConfig(
            train_limit=200, epochs=4, seeds=1, teacher="mlp-20", labels=40, alpha=0, method="dkd",
            schedule="2:2:0.9",
        ),
    ],
    ids=[
        "few-labels", "batch-norm", "regression", "wrong-labels", "dkd", "standardised", "dist",
        "scheduled", "scheduled-dkd",
    ],
)  # fmt: skip
def test_students_get_the_weights_that_they_get_in_the_lab(config, tmp_path, monkeypatch):
    split = load(config)
    module = models.build(config.teacher, split.shape, len(split.classes), 0)
    *_, teacher = collect(teachers.freeze_and_predict(module, split))
    *_, trained = collect(single_run.train_students(config, split, teacher))
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    judged = []  # by the script's main: the teacher and both students, in this order
    script = names_of(config, tmp_path)["main"].__globals__
    script["train_teacher"] = lambda *_: module.eval()
    script["accuracy"] = lambda network, x, y: judged.append(network) or 0.5
    script["main"]()
    assert judged[0] is module
    trained_alike(config, split, trained.students, judged[1:])


def test_a_saved_teacher_can_be_read(tmp_path):
    config = DistilConfig(teacher="cnn-4", teacher_weights="ab")
    module = models.build("cnn-4", (1, 8, 8), 10, seed=3)
    (tmp_path / "teacher.safetensors").write_bytes(
        weights.dump_weights(module, "cnn-4", (1, 8, 8), 10)
    )
    ns = names_of(config, tmp_path)
    loader = ns["load_teacher"]
    loader.__globals__["TEACHER_FILE"] = str(tmp_path / "teacher.safetensors")
    teacher = loader(ns["make_cnn_4"])
    assert not teacher.training
    for key, tensor in module.state_dict().items():
        assert torch.equal(teacher.state_dict()[key].cpu(), tensor)


def test_a_saved_teachers_classes_are_put_into_the_order_of_the_images(tmp_path):
    from PIL import Image

    for name in ("ant", "bee", "cow"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for n in range(4):
            Image.new("RGB", (8, 8), (60 * n, 10, 10)).save(tmp_path / "photos" / name / f"{n}.png")
    config = DistilConfig(
        dataset="images", folder=str(tmp_path / "photos"), image_size=8, teacher="cnn-4",
        teacher_weights="ab", labels="all",
    )  # fmt: skip
    file = tmp_path / "teacher.safetensors"
    ns = names_of(config, tmp_path)
    ns["load_data"].__globals__["TEACHER_FILE"] = str(file)

    def loader():
        return ns["load_teacher_by_name"](ns["make_cnn_4"], ns["class_names"]())

    module = models.build("cnn-4", (3, 8, 8), 3, seed=3)
    bias = list(module.parameters())[-1].detach()
    for names, rows in ((("cow", "ant", "bee"), [1, 2, 0]), (("ant", "bee", "cow"), [0, 1, 2])):
        file.write_bytes(weights.dump_weights(module, "cnn-4", (3, 8, 8), 3, names=names))
        assert torch.equal(list(loader().parameters())[-1].cpu(), bias[rows])
    file.write_bytes(weights.dump_weights(module, "cnn-4", (3, 8, 8), 3))
    assert torch.equal(list(loader().parameters())[-1].cpu(), bias)
    file.write_bytes(weights.dump_weights(module, "cnn-4", (3, 8, 8), 3, names=("a", "b", "c")))
    with pytest.raises(AssertionError, match="the teacher knows"):
        loader()


@pytest.mark.slow
def test_a_script_runs_and_says_what_it_found(tmp_path):
    config = DistilConfig(epochs=15, seeds=2, first_seed=3, teacher="mlp-64", teacher_epochs=10)
    path = tmp_path / "distil.py"
    path.write_text(stand_alone(config), encoding="utf-8")
    lines = run(path).splitlines()
    teacher = float(re.fullmatch(r"teacher mlp-64: (.+)% of the test examples", lines[0])[1])
    assert 90 < teacher <= 100
    gains = []
    for seed, line in zip((3, 4), lines[1:3], strict=True):
        found = LINE.fullmatch(line)
        plain, distilled, gain = (float(text) for text in found.groups()[1:])
        assert int(found[1]) == seed
        assert 60 < plain < distilled <= 100
        assert gain == pytest.approx(distilled - plain, abs=0.011)
        gains.append(gain)
    mean, low, high = interval(gains)
    assert lines[3:] == [
        f"mean gain over 2 seeds: {mean:+.2f} points, 95 % interval {low:+.2f} to {high:+.2f}"
    ]


@pytest.mark.slow
def test_script_and_lab_find_the_same(tmp_path, monkeypatch, capsys, kdlab):
    config = DistilConfig(epochs=25, seeds=4, teacher="mlp-64", teacher_epochs=20)
    path = tmp_path / "distil.py"
    path.write_text(stand_alone(config), encoding="utf-8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    runpy.run_path(str(path), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()[1:-1]
    printed = [LINE.fullmatch(line) for line in lines]
    plain, distilled = ([float(found[k]) / 100 for found in printed] for k in (2, 3))
    settings = tmp_path / "config.json"
    settings.write_text(config.to_json(), encoding="utf-8")
    code, out, _ = kdlab("distill", "--config", settings, "--json", "--no-cache")
    assert code == 0
    result = json.loads(out)
    groups = {group["name"]: group["accuracy"] for group in result["groups"]}
    for own, ours in ((plain, groups["labels only"]), (distilled, groups["distilled"])):
        (a, low_a, high_a), (b, low_b, high_b) = interval(own), interval(ours)
        assert abs(a - b) <= max(0.03, (high_a - low_a + high_b - low_b) / 2)
    # Random numbers are drawn in the same order, so more is true: the gains agree within a point.
    gain = paired_gain(plain, distilled)
    assert gain.mean == pytest.approx(result["gain"]["mean"], abs=0.01)


def test_the_folders_name_cannot_become_code(tmp_path):
    folder = 'a"""\'; raise SystemExit("b") #\\\n$c'
    config = DistilConfig(dataset="images", folder=folder, teacher="cnn-4")
    text = stand_alone(config)
    compile(text, "script", "exec")
    literal = re.search(r"^DATA_FOLDER = Path\((.+)\)$", text, flags=re.MULTILINE)[1]
    assert json.loads(literal) == folder


@pytest.mark.parametrize(
    ("config", "error", "part"),
    [
        (DistilConfig(dataset="nothing"), ConfigError, "'nothing'"),
        (DistilConfig(method="nothing"), ConfigError, "'nothing'"),
        (DistilConfig(labels=1098), ConfigError, "1097"),
        (DistilConfig(labels=101, train_limit=100), ConfigError, "100"),
        (DistilConfig(student="mlp-0"), ModelError, "mlp-0"),
        (DistilConfig(dataset="moons", teacher="cnn-8"), ModelError, "cnn-8"),
    ],
)
def test_what_cannot_be_run_cannot_be_written(config, error, part):
    with pytest.raises(error) as caught:
        stand_alone(config)
    assert part in caught.value.received + caught.value.allowed


@pytest.mark.parametrize("name", [n for n in methods.METHODS if n not in methods.RESPONSE])
def test_a_method_that_reads_features_has_no_script(name):
    with pytest.raises(ConfigError, match="soft-targets") as caught:
        stand_alone(DistilConfig(method=name))
    assert all(possible in caught.value.todo for possible in methods.RESPONSE)


def test_an_uploaded_archive_is_named_in_words():
    """The lab's own name of an upload means nothing outside of it."""
    text = stand_alone(DistilConfig(dataset="images", folder="upload:0123456789abcdef.zip"))
    assert "upload:" not in text
    assert 'DATA_FOLDER = Path("images")' in text
    compile(text, "script.py", "exec")


def test_numbers_of_a_method_stand_in_its_call():
    text = stand_alone(DistilConfig(method="dkd", method_parameters=(1, 4)))
    assert "partial(dkd, target=1, others=4)" in text
    assert "target=1, others" not in stand_alone(DistilConfig(method="dkd"))
