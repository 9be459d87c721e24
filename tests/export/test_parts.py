"""The parts of scripts, where running whole scripts does not test them."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kdlab.config.schema import DistilConfig
from kdlab.data.split import split_of_images, stratified
from kdlab.export import script
from kdlab.export.bundle import CONSTANTS, ROOT, definitions
from kdlab.export.data import recipe
from kdlab.export.parts import data as parts_data
from kdlab.export.parts import every_label, labels, report
from kdlab.measure.intervals import interval, interval_over


def test_every_constant_is_set_by_a_configuration(tmp_path):
    config = DistilConfig()
    own = DistilConfig(dataset="images", folder="x")
    known = script._constants(config, 1) | recipe(own).constants
    known |= recipe(DistilConfig(dataset="names")).constants
    (tmp_path / "a.txt").write_text("\n".join(f"the line of number {n}" for n in range(40)))
    text = DistilConfig(dataset="text", folder=str(tmp_path / "a.txt"))
    known |= recipe(text).constants
    table = "age,patient,split,class\n" + "".join(
        f"{n * 7 % 11},{n % 5},{'train' if n % 5 else 'test'},{n % 2}\n" for n in range(100)
    )
    (tmp_path / "a.csv").write_text(table)
    grouped = DistilConfig(dataset="table", folder=str(tmp_path / "a.csv"), group_column="patient")
    known |= recipe(grouped).constants
    assert set(definitions(CONSTANTS)) <= known.keys() | {"CLASSES", "DEVICE"}


def test_no_two_parts_have_the_same_name_but_for_the_loss_of_labels():
    folder = ROOT / script.PARTS.replace(".", "/")
    names = Counter(
        name
        for path in folder.glob("[!_]*.py")
        for name in definitions(f"{script.PARTS}.{path.stem}")
    )
    assert {name for name, count in names.items() if count > 1} == {"label_loss"}


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)], ids=["MNIST", "CIFAR"])
def test_published_images_are_cut_as_in_the_lab(shape, monkeypatch):
    rng = np.random.default_rng(0)
    sets = {
        train: SimpleNamespace(
            data=rng.integers(0, 256, (count, *shape), dtype=np.uint8),
            targets=list(rng.integers(0, 10, count)),
        )
        for train, count in ((True, 600), (False, 200))
    }
    monkeypatch.setattr(parts_data, "TRAIN_LIMIT", 300)
    got = parts_data.standard_images(
        *parts_data.published(lambda folder, train, download: sets[train])
    )
    pixels, targets = sets[True].data, np.array(sets[True].targets)
    pixels = pixels[:, None] if pixels.ndim == 3 else pixels.transpose(0, 3, 1, 2)
    validation, train = stratified(targets, 120)
    train = train[stratified(targets[train], 300)[0]]
    tested = sets[False].data
    tested = tested[:, None] if tested.ndim == 3 else tested.transpose(0, 3, 1, 2)
    split = split_of_images(
        [str(n) for n in range(10)],
        (pixels[train], targets[train]),
        (pixels[validation], targets[validation]),
        (tested, np.array(sets[False].targets)),
    )
    expected = [
        tensor
        for part in (split.train, split.validation, split.test)
        for tensor in (part.inputs, part.targets)
    ]
    for a, b in zip(got, expected, strict=True):
        assert torch.equal(a, b)


def test_the_loss_of_all_labels_is_that_of_some_where_all_are_given():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 4, generator=generator)
    given, index = torch.tensor([0, 1, 2, 3, 0, 1, 2, 3]), torch.tensor([7, 0, 3, 2, 5, 1])
    whole = every_label.label_loss(logits, given, index)
    torch.testing.assert_close(labels.label_loss(logits, given, index), whole)


FOUND = {"base": [0.5, 0.6, 0.55, 0.45], "taught": [0.6, 0.6, 0.7, 0.5]}
AGAINST = {"base": "base", "taught": "base"}
GAINS = [b - a for a, b in zip(*FOUND.values(), strict=True)]


def told(capsys) -> list[str]:
    return capsys.readouterr().out.splitlines()


def line(name, own, gain=None):
    text = f"{name}: {own[0]:.2%} (95 % {own[1]:.2%} to {own[2]:.2%})"
    if gain is not None:
        mean, low, high = (100 * v for v in gain)
        text += f", gain {mean:+.2f} points (95 % {low:+.2f} to {high:+.2f})"
    return text


def test_the_report_over_seeds(capsys):
    report.report(FOUND, AGAINST, 50)
    step = 1 / 50
    assert told(capsys) == [
        line("base", interval(FOUND["base"], resolution=step)),
        line(
            "taught",
            interval(FOUND["taught"], resolution=step),
            interval(GAINS, resolution=step),
        ),
    ]


def test_the_report_over_teachers_counts_teachers_where_one_is_involved(capsys, monkeypatch):
    monkeypatch.setattr(report, "TEACHERS", 2)
    report.report_over_teachers(FOUND, AGAINST, {"taught"}, 50)
    step = 1 / 50
    assert told(capsys) == [
        line("base", interval(FOUND["base"], resolution=step)),
        line("taught", interval_over(FOUND["taught"], 2, step), interval_over(GAINS, 2, step)),
    ]


def test_the_lines_of_a_run(capsys):
    report.tell_pair(3, {"labels only": [0.1, 0.5], "distilled": [0.1, 0.6]})
    report.report_pair([0.5, 0.6], [0.6, 0.65])
    report.report_one_pair([0.5], [0.6])
    report.report_one_seed({"base": [0.5], "taught": [0.6]}, AGAINST)
    mean, low, high = interval([10.0, 5.0])
    assert told(capsys) == [
        "seed 3: labels only 50.00%, distilled 60.00%, gain +10.00 points",
        f"mean gain over 2 seeds: {mean:+.2f} points, 95 % interval {low:+.2f} to {high:+.2f}",
        "gain with one seed: +10.00 points; an interval needs more seeds",
        "base: 50.00%",
        "taught: 60.00%, gain +10.00 points",
    ]
