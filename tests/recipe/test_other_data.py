"""A run, and a teacher, whose data have changed: classes by name, and what is in the images."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from small_runs import new, noise, result

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError, ModelError
from kdlab.events import FullEpoch, Remark
from kdlab.experiments.run import run as work
from kdlab.experiments.run.history import fold
from kdlab.full_run.recipe import networks, possible, pretrained_own, teacher_file
from kdlab.full_run.recipe.pretrained import PRETRAINED
from kdlab.full_run.run.run import run
from kdlab.models import weights
from kdlab.storage.store import Store

COLOURS = {"ant": (200, 30, 30), "bee": (30, 200, 30), "cow": (30, 30, 200)}
RENAMED = {"ant": "zz_ant", "cow": "aa_cow"}
OWN = {
    "dataset": "images", "image_size": 8, "train_limit": "all", "teacher": "cnn-8",
    "student": "cnn-4", "epochs": 1, "teacher_epochs": 8, "batch_size": 8,
}  # fmt: skip


def photos(folder, names=None, more=()):
    """A folder of images of a colour a class, under the class's name in ``names``."""
    rng = np.random.default_rng(0)
    colours = COLOURS | dict.fromkeys(more, (200, 200, 30))
    for split, count in (("train", 12), ("val", 4), ("test", 6)):
        for name, colour in colours.items():
            place = folder / split / (names or {}).get(name, name)
            place.mkdir(parents=True)
            for n in range(count):
                pixels = np.clip(rng.normal(colour, 20, (8, 8, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{n}.png")
    return str(folder)


def teacher(path, names, module_of=None):
    """A teacher that knows the colours, with its classes in the order of ``names``."""
    module = models.build("cnn-8", (3, 8, 8), len(names), 0)
    colours = torch.tensor([COLOURS[n.removeprefix("zz_").removeprefix("aa_")] for n in names])
    x = (colours.float().view(-1, 3, 1, 1).expand(-1, 3, 8, 8) / 255 - 0.34) / 0.3
    optimiser = torch.optim.Adam(module.parameters(), lr=0.01)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(module(x), torch.arange(len(names))).backward()
        optimiser.step()
    path.write_bytes(weights.dump_weights(module, "cnn-8", (3, 8, 8), len(names), names=names))
    return path


def remarks(folder):
    return [event.text for event in folder.read()[0] if isinstance(event, Remark)]


# -- the teacher's file of a full run -----------------------------------------------------------


def test_a_teacher_whose_classes_stand_in_another_order_teaches_the_right_ones(tmp_path):
    """Of the same images with the same names it knew 100 %, and 0 % were left where the order had
    changed."""
    data = photos(tmp_path / "photos")
    for number, names in enumerate((("ant", "bee", "cow"), ("cow", "ant", "bee"))):
        file = teacher(tmp_path / f"{number}.safetensors", names)
        folder = new(tmp_path / f"run{number}", folder=data, teacher_file=str(file), **OWN)
        assert run(folder).state == "finished"
        assert result(folder).teacher_accuracy == 1.0
        assert [("another order" in text) for text in remarks(folder)] == [True] * number
        told = weights.metadata((folder.path / "teacher.safetensors").read_bytes())
        assert json.loads(told["class_names"]) == ["ant", "bee", "cow"]


def test_a_teacher_of_other_classes_is_refused_by_their_names(tmp_path):
    data = photos(tmp_path / "photos", RENAMED)
    file = teacher(tmp_path / "own.safetensors", ("ant", "bee", "cow"))
    status = run(new(tmp_path / "run", folder=data, teacher_file=str(file), **OWN))
    assert (status.state, status.failure) == ("failed", "network")
    assert "do not know 'aa_cow', 'zz_ant' and know 'ant', 'cow'" in status.reason


def test_a_teacher_that_names_no_classes_is_used_and_said_so(tmp_path):
    data = photos(tmp_path / "photos")
    module = models.build("cnn-8", (3, 8, 8), 3, 0)
    state = {f"module.{k}": t.double() for k, t in module.state_dict().items()}
    (tmp_path / "own.safetensors").write_bytes(safetensors.torch.save(state))
    file = str(tmp_path / "own.safetensors")
    folder = new(tmp_path / "run", folder=data, teacher_file=file, **OWN)
    assert run(folder).state == "finished"
    told = " ".join(remarks(folder))
    for part in ("'module.'", "64-bit", "read as cnn-8", "do not name their classes", "'ant'"):
        assert part in told


# -- a run that is resumed ----------------------------------------------------------------------


@pytest.fixture
def begun(tmp_path):
    """A run on one's own images that was stopped after the first student's epoch."""
    photos(tmp_path / "photos")
    folder = new(tmp_path / "run", **OWN | {"folder": str(tmp_path / "photos"), "epochs": 2})

    def tell(event):
        if isinstance(event, FullEpoch) and event.stage == "labels only":
            folder.ask_to_stop()

    assert run(folder, tell).state == "stopped"
    return folder


def again(path, *arguments):
    path.rename(path.with_name("before"))
    photos(path, *arguments)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda p: again(p, None, ("dog",)), ["the class 'dog' is new"]),
        (lambda p: again(p, {"ant": "emu"}), ["'ant' is called 'emu' now"]),
        (lambda p: again(p, RENAMED), ["no class 'ant', 'cow'", "'aa_cow', 'zz_ant' is new"]),
        (lambda p: (p / "train/ant/0.png").unlink(), ["training images, and 48 before"]),
        (
            lambda p: Image.new("RGB", (8, 8)).save(p / "test/bee/1.png"),
            ["other contents of the", "test images"],
        ),
    ],
    ids=["a class more", "renamed", "two renamed", "an image less", "another image"],
)
def test_a_run_does_not_go_on_with_other_data(begun, tmp_path, change, parts):
    before = {p.name: p.read_bytes() for p in begun.path.glob("*.safetensors")}
    change(tmp_path / "photos")
    status = run(begun)
    assert (status.state, status.failure) == ("failed", "data")
    for part in parts:
        assert part in status.reason
    assert "start a new run" in status.reason
    assert before == {p.name: p.read_bytes() for p in begun.path.glob("*.safetensors")}


def test_a_run_goes_on_once_its_data_are_back(begun, tmp_path):
    again(tmp_path / "photos", RENAMED)
    assert run(begun).state == "failed"
    (tmp_path / "photos").rename(tmp_path / "renamed")
    (tmp_path / "before").rename(tmp_path / "photos")
    assert run(begun).state == "finished"
    assert not remarks(begun)


def test_an_older_run_without_a_digest_goes_on_and_says_so(begun, tmp_path):
    (begun.path / "data.json").unlink()
    assert run(begun).state == "finished"
    assert "has no digest of the data that it started with" in remarks(begun)[0]
    assert (begun.path / "data.json").is_file()


def test_an_older_run_knows_its_classes_all_the_same(begun, tmp_path):
    (begun.path / "data.json").unlink()
    again(tmp_path / "photos", None, ("dog",))
    assert "'dog' is new" in run(begun).reason


@pytest.mark.parametrize(
    "content", ["", "[]", '{"classes": 3}', "[" * 5000, '{"classes": [1]}', None]
)
def test_a_damaged_digest_is_a_sentence(begun, content):
    path = begun.path / "data.json"
    changed = path.read_text().replace('"train": 48', '"train": 49')  # reads well
    assert changed != path.read_text()
    path.write_text(changed if content is None else content)
    status = run(begun)
    assert (status.state, status.failure) == ("failed", "folder")
    assert "data.json" in status.reason
    (begun.path / "data.json").unlink()
    assert run(begun).state == "finished"


# -- the live lab -------------------------------------------------------------------------------


def test_a_loaded_teacher_is_matched_by_the_names_of_its_classes(tmp_path):
    """Weights, kept answers and what pages read of them: all in the order of the data."""
    store = Store(tmp_path / "home", bundled=None)
    data = photos(tmp_path / "photos")
    config = DistilConfig(
        dataset="images", folder=data, image_size=8, teacher="cnn-8", student="cnn-4", epochs=1,
        seeds=1, labels="all",
    )  # fmt: skip
    for names, notes in ((("ant", "bee", "cow"), 0), (("cow", "ant", "bee"), 1)):
        content = teacher(tmp_path / "w.safetensors", names).read_bytes()
        found = work.bring_weights(config.teacher_config(), content, store)
        loaded = config.model_copy(update={"teacher_weights": found["mark"]})
        history = fold(list(work.run(loaded, store)))
        assert history.finished.teacher_accuracy == 1.0
        assert len(history.remarks) == notes
        kept = store.weights(loaded)
        assert weights.bring(kept["teacher"]).names == ("ant", "bee", "cow")
        assert weights.bring(kept["distilled"]).names == ("ant", "bee", "cow")
    Path(data).rename(tmp_path / "before")
    photos(tmp_path / "photos", RENAMED)
    with pytest.raises(ModelError, match="do not know 'aa_cow'"):
        list(work.run(loaded, store))


def test_kept_answers_follow_the_names_of_the_classes(tmp_path, digits_split):
    quick = DistilConfig(teacher="mlp-8", teacher_epochs=1, student="mlp-4", epochs=1, seeds=1)
    store = Store(tmp_path / "home", bundled=None)
    list(work.run(quick, store))
    classes = digits_split.classes
    own = store.teacher_logits(quick.teacher_config(), classes)["test"]
    turned = store.teacher_logits(quick.teacher_config(), classes[::-1])["test"]
    assert np.array_equal(own[:, ::-1], turned)
    assert store.teacher_logits(quick.teacher_config(), ("a", *classes[1:])) is None


def test_weights_from_elsewhere_become_a_teacher_of_the_live_lab(tmp_path):
    store = Store(tmp_path / "home", bundled=None)
    quick = DistilConfig(teacher="mlp-8", student="mlp-4", epochs=1, seeds=1)
    module = models.build("mlp-8", (1, 8, 8), 10, 0)
    content = safetensors.torch.save({f"net.{k}": t for k, t in module.state_dict().items()})
    found = work.bring_weights(quick.teacher_config(), content, store)
    assert len(found["notes"]) == 2
    loaded = quick.model_copy(update={"teacher_weights": found["mark"]})
    history = fold(list(work.run(loaded, store)))
    assert history.finished is not None
    assert "do not name their classes" in history.remarks[0]
    kept = safetensors.torch.load(store.weights(loaded)["teacher"])
    assert kept.keys() == module.state_dict().keys()


# -- what a path may name -----------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_or_a_device_is_refused_at_once(tmp_path):
    """Of /dev/zero 6 GB were read, and a batch size was advised; a FIFO blocked for ever."""
    os.mkfifo(tmp_path / "pipe")
    for number, path in enumerate(("/dev/zero", str(tmp_path / "pipe"), "a\0b", "~nobody-here/x")):
        for name in ("cnn-8", "torchvision-mobilenet-v3-small"):
            changes = {"teacher": name, "teacher_file": path}
            status = run(new(tmp_path / f"{number}{name}", **changes))
            assert (status.state, status.failure) == ("failed", "network"), status
            assert "batch" not in status.reason


@pytest.mark.parametrize("path", [r"\\host\share\w.safetensors", "//host/w.safetensors"])
def test_a_path_to_another_machine_is_refused_as_a_folder_is(path, tmp_path):
    for check in (possible.check, lambda c: teacher_file.located(c.teacher_file)):
        with pytest.raises((ModelError, ConfigError), match="another machine"):
            check(new(tmp_path / str(id(check)), teacher_file=path).config())


def test_on_a_server_for_many_no_path_is_opened(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_UPLOADS_ONLY", "1")
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("opened"))
    with pytest.raises(ModelError, match="loaded through the page"):
        teacher_file.located("/etc/passwd")


# -- torchvision's networks with a last layer of one's own --------------------------------------

NAME = "torchvision-mobilenet-v3-small"


def tuned(classes=5, head=None):
    """A state dict of torchvision's network with another last layer."""
    import torchvision

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = torchvision.models.mobilenet_v3_small()
        module.classifier[3] = head or torch.nn.Linear(1024, classes)
    return module.eval()


@pytest.mark.parametrize("kind", ["plain", "dropout", "module", "half", "no counters", "out"])
def test_a_network_that_somebody_has_fine_tuned_is_a_teacher(kind, tmp_path):
    data = noise(shape=(3, 64, 64))
    module = tuned(
        head=torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Linear(1024, 5))
        if kind == "dropout"
        else None
    )
    state = module.state_dict()
    if kind == "module":
        state = {f"module.{k}": t for k, t in state.items()}
    if kind == "out":  # a last layer of another name
        state = {k.replace("classifier.3", "classifier.out"): t for k, t in state.items()}
    if kind == "half":
        state = {k: t.half() if t.is_floating_point() else t for k, t in state.items()}
    if kind == "no counters":
        state = {k: t for k, t in state.items() if "num_batches" not in k}
    path = tmp_path / "own.safetensors"
    path.write_bytes(safetensors.torch.save(state))
    assert teacher_file.is_whole(NAME, str(path))
    loaded, notes = pretrained_own.load(path, NAME, data)
    assert "do not name their classes" in notes[-1]
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    mean, std = (torch.tensor(v).view(-1, 1, 1) for v in (data.mean, data.std))
    found = loaded((x - mean) / std)
    with torch.no_grad():
        expected = module(loaded.as_imagenet((x - mean) / std))
    torch.testing.assert_close(found, expected, atol=0.02 if kind == "half" else 1e-5, rtol=1e-3)


def test_the_labs_own_teacher_of_torchvision_is_one_again_in_any_order(tmp_path):
    data = noise(shape=(3, 64, 64))
    module = networks.build(NAME, data, 1).eval()
    networks.save(tmp_path / "w.safetensors", module, NAME, data, "images")
    loaded, _ = pretrained_own.load(tmp_path / "w.safetensors", NAME, data)
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(loaded(x), module(x))
    import dataclasses

    other = dataclasses.replace(data, classes=data.classes[::-1])
    loaded, notes = pretrained_own.load(tmp_path / "w.safetensors", NAME, other)
    assert "another order" in notes[-1]
    torch.testing.assert_close(loaded(x), module(x).flip(1))


def test_a_published_file_is_no_whole_teacher_and_other_classes_are_refused(tmp_path):
    import torchvision

    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors.torch.save(torchvision.models.mobilenet_v3_small().state_dict()))
    assert not teacher_file.is_whole(NAME, str(path))
    path.write_bytes(safetensors.torch.save(tuned(7).state_dict()))
    assert teacher_file.is_whole(NAME, str(path))
    with pytest.raises(ModelError, match="has 7 outputs") as caught:
        pretrained_own.load(path, NAME, noise(shape=(3, 64, 64)))
    assert "5 outputs" in caught.value.allowed
    path.write_bytes(
        safetensors.torch.save(torchvision.models.resnet18(num_classes=5).state_dict())
    )
    with pytest.raises(ModelError):
        list(
            networks.first_teacher(
                new(tmp_path / "r", teacher=NAME, teacher_file=str(path)).config(),
                noise(shape=(3, 64, 64)),
            )
        )
    assert PRETRAINED[NAME].head == "classifier.3"


def test_a_fine_tuned_teacher_teaches_as_it_is_in_a_run(tmp_path):
    file = tmp_path / "own.safetensors"
    told = {"class_names": json.dumps(["cow", "ant", "bee"])}
    state = {f"module.{k}": t for k, t in tuned(3).state_dict().items()}
    file.write_bytes(safetensors.torch.save(state, told))
    changes = OWN | {"teacher": NAME, "padding": 0, "teacher_file": str(file)}
    folder = new(tmp_path / "run", folder=photos(tmp_path / "photos"), **changes)
    assert run(folder).state == "finished"
    told = " ".join(remarks(folder))
    for part in ("'module.'", "224 x 224", "another order"):
        assert part in told
    kept = safetensors.torch.load_file(folder.path / "teacher.safetensors")
    rows = tuned(3).classifier[3].bias.detach()[[1, 2, 0]]
    assert torch.equal(kept["head.bias"], rows), "nothing of it was trained"
