"""Full runs that take a second, and what their tests compare."""

import safetensors.torch
import torch

from kdlab.events import FullFinished, StageDone
from kdlab.full_run.engine.images import FullData, Labelled
from kdlab.full_run.engine.stage import DeviceContext
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.run import run

CPU = torch.device("cpu")
SMALL = {
    "pair": "own",
    "dataset": "digits",
    "teacher": "cnn-8",
    "student": "cnn-4",
    "padding": 1,
    "flip": False,
    "train_limit": 300,
    "batch_size": 50,
    "epochs": 2,
}


def config(**changes):
    return FullRunConfig(**SMALL | changes)


def new(path, **changes):
    """The folder of a run that has not begun."""
    return RunFolder.create(path, config(**changes))


def ran(path, **changes):
    """The folder of a finished run."""
    folder = new(path, **changes)
    status = run(folder)
    assert status.state == "finished", status
    return folder


def plain(engine="plain", precision="fp32"):
    return DeviceContext(CPU, precision, engine)


def noise(images=70, shape=(1, 8, 8), classes=5, test=40):
    """Images of noise, of which each class has its own brightness."""
    rng = torch.Generator().manual_seed(7)

    def some(count):
        targets = torch.randint(0, classes, (count,), generator=rng)
        pixels = torch.randint(0, 120, (count, *shape), generator=rng)
        pixels += targets.view(-1, *[1] * len(shape)) * (130 // classes)
        return Labelled(pixels.to(torch.uint8), targets)

    judged = some(test)
    mean, std = (0.3, 0.4, 0.5)[: shape[0]], (0.2, 0.25, 0.3)[: shape[0]]
    names = tuple(str(n) for n in range(classes))
    return FullData(names, shape, some(images), judged, judged, mean, std)


def results(folder):
    """What the stages came to, without what a clock says: {(stage, seed): facts}."""
    told = [event for event in folder.read()[0] if isinstance(event, StageDone)]
    facts = ("accuracy", "best", "best_epoch", "fidelity", "ece", "reused")
    found = {(e.stage, e.seed): {name: getattr(e, name) for name in facts} for e in told}
    assert len(found) == len(told), "a stage is told once"
    return found


def tensors(folder):
    """All that the run's networks hold: {file: {name: tensor}}."""
    return {path.name: safetensors.torch.load_file(path) for path in folder.weights()}


def assert_same_run(one, other):
    """Both ended with the same numbers and the same weights, to the last bit."""
    assert results(one) == results(other)
    ours, theirs = tensors(one), tensors(other)
    assert ours.keys() == theirs.keys()
    for file, state in ours.items():
        assert state.keys() == theirs[file].keys()
        for name, tensor in state.items():
            assert torch.equal(tensor, theirs[file][name]), f"{file}: {name}"


def result(folder):
    """The last event of a run that is finished."""
    last = folder.read()[0][-1]
    assert isinstance(last, FullFinished)
    return last
