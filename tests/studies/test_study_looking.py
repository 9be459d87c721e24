from __future__ import annotations

import base64

import numpy as np
import pytest
import torch
from made_histories import CLASSES, made, said

from kdlab.events import Exhibit
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.looking import ARMS, LARGEST, SHOWN, TEACHER, LookingConfig, _pictures, plan
from pages.ui.study.figures.looking import agreed, describe, painted, plane, sheet, similar

CONFIG = LookingConfig(seeds=3)
TINY = {
    "teacher_epochs": 2, "epochs": 2, "seeds": 2, "train_limit": 200,
}  # fmt: skip


def agreement(alone, distilled, chance=0.2):
    arms = dict(zip(ARMS, (alone, distilled), strict=True))
    return Exhibit(
        name="agreement",
        content={
            "images": 200,
            "kinds": {
                "saliency": {n: {"mean": v, "chance": [chance] * 3} for n, v in arms.items()}
            },
        },
    )


def layers(alone, distilled):
    values = [[0.5, 0.4], [0.6, 0.7], [0.3, 0.2]]
    return Exhibit(
        name="layers",
        content={
            "rows": ["hidden 1", "hidden 2", "logits"],
            "arms": {
                name: {
                    "columns": ["hidden 1", "logits"],
                    "values": values,
                    "chance": [[0.1, 0.1], [0.04, 0.1], [0.1, 0.1]],
                    "last": last,
                }
                for name, last in zip(ARMS, (alone, distilled), strict=True)
            },
        },
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A tiny study of convolutional networks, which have all exhibits."""
    config = LookingConfig(teacher="cnn-4-8", student="cnn-2", **TINY)
    store = Store(tmp_path_factory.mktemp("home"))
    return StudyHistory(config, run(find("looking"), config, store))


def test_two_arms_in_one_cohort():
    arms = plan(CONFIG, CLASSES).arms
    assert [a.name for a in arms] == list(ARMS)
    assert len({a.cohort for a in arms}) == 1


@pytest.mark.parametrize(
    ("distilled", "words", "holds"),
    [
        ([0.70, 0.71, 0.72], "agree more with the teacher's", True),
        ([0.30, 0.31, 0.32], "agree less with the teacher's", False),
        ([0.48, 0.55, 0.50], "neither clearly more nor clearly less", None),
    ],
)
def test_the_answer_is_paired_by_seed(distilled, words, holds):
    history = made("looking", CONFIG, {})
    history.take([agreement([0.50, 0.51, 0.52], distilled)])
    (finding,) = find("looking").findings(history)
    assert words in finding.text
    assert "chance 0.20" in finding.text
    assert finding.holds is holds
    mean = sum(distilled) / 3 - 0.51
    assert finding.gain.mean == pytest.approx(mean)


def test_layers_are_a_finding_of_their_own():
    history = made("looking", CONFIG, {})
    history.take([layers([0.90, 0.91, 0.92], [0.97, 0.98, 0.985])])
    assert "Last hidden layers (CKA, chance 0.04) agree more" in said(history, "looking")


def test_what_is_shown_of_the_maps(trained):
    maps = trained.exhibits["maps"]
    assert maps["shape"] == [1, 8, 8]
    assert len(maps["images"]) == len(maps["labels"]) == SHOWN
    assert maps["kinds"].keys() == {"saliency", "attention"}
    for kind in maps["kinds"].values():
        assert kind.keys() == {TEACHER, *ARMS}
        for name in kind:
            assert len(kind[name]) == SHOWN
            values = np.frombuffer(base64.b64decode(kind[name][0]), np.uint8)
            assert values.shape == (64,)
            assert values.max() == 255, "each map is scaled by its own largest value"


def test_agreement_layers_and_features_are_there_for_every_seed_and_layer(trained):
    kinds = trained.exhibits["agreement"]["kinds"]
    for kind in kinds.values():
        for arm in ARMS:
            assert len(kind[arm]["mean"]) == len(kind[arm]["chance"]) == 2
            assert all(-1 <= v <= 1 for v in kind[arm]["mean"])
    content = trained.exhibits["layers"]
    assert content["rows"] == ["hidden 1", "hidden 2", "logits"]
    for arm in ARMS:
        own = content["arms"][arm]
        assert own["columns"] == ["hidden 1", "logits"]
        assert [len(row) for row in own["values"]] == [2, 2, 2]
        assert sum(own["last"]) / 2 == pytest.approx(own["values"][1][0], abs=1e-3)
    features = trained.exhibits["features"]
    assert features["points"].keys() == {TEACHER, *ARMS}
    points = np.array(features["points"][TEACHER])
    assert points.shape == (len(features["labels"]), 2)
    assert np.abs(points).max() == pytest.approx(1, abs=1e-2)


def test_an_exhibit_stays_small(trained):
    assert all(
        len(Exhibit(name=n, content=c).to_json()) < 100_000 for n, c in trained.exhibits.items()
    )


def test_an_mlp_has_no_attention_and_points_have_no_pixels(tmp_path):
    flat = LookingConfig(teacher="mlp-8", student="mlp-4", projection="tsne", **TINY)
    history = StudyHistory(flat, run(find("looking"), flat, Store(tmp_path)))
    assert history.exhibits["maps"]["kinds"].keys() == {"saliency"}
    assert len(history.exhibits["features"]["points"][TEACHER]) == 200
    points = LookingConfig(dataset="moons", teacher="mlp-8", student="mlp-4", **TINY)
    history = StudyHistory(points, run(find("looking"), points, Store(tmp_path)))
    assert history.exhibits.keys() == {"features", "layers"}
    assert "CKA" in said(history, "looking")


def test_maps_of_large_images_are_scaled_down():
    maps = torch.zeros(2, 96, 64)
    maps[0, :48] = 3.0
    first, second = (np.frombuffer(base64.b64decode(m), np.uint8) for m in _pictures(maps))
    assert first.size == LARGEST * LARGEST
    assert first.reshape(LARGEST, LARGEST)[:16].min() == 255
    assert second.max() == 0, "a map that is dark everywhere stays dark"


# -- what the page draws --------------------------------------------------------------------------


def test_the_sheet_has_a_row_a_network_and_says_what_each_picture_is(trained):
    found = sheet(trained, "saliency")
    assert found.count("<tr>") == 4
    assert found.count("<img ") == 4 * SHOWN
    assert found.count("alt=") == 4 * SHOWN
    assert "Saliency map of Student, distilled" in found


def test_dark_is_low_and_bright_is_high():
    rgb = painted(np.array([[0, 128, 255]], dtype=np.uint8)).astype(int)
    assert rgb.shape == (3, 1, 3)
    assert rgb[:, 0, 0].tolist() == [68, 1, 84]
    assert rgb[:, 0, 2].tolist() == [253, 231, 37]
    assert rgb[:, 0, 0].sum() < rgb[:, 0, 1].sum() < rgb[:, 0, 2].sum()


def test_agreement_is_drawn_with_interval_and_chance():
    history = made("looking", CONFIG, {})
    history.take([agreement([0.50, 0.51, 0.52], [0.70, 0.71, 0.72])])
    data = agreed(history, "saliency")["data"]
    assert [len(t["x"]) for t in data] == [3, 1, 1] * 2
    assert data[4]["x"] == pytest.approx([0.71])
    assert data[4]["error_x"]["array"][0] > 0
    assert data[5]["x"] == pytest.approx([0.2])
    assert "Distilled 0.71 (chance 0.20)" in describe(history, "saliency")


def test_the_plane_has_a_colour_a_class_and_every_image(trained):
    figure = plane(trained, TEACHER)
    count = sum(len(t["x"]) for t in figure["data"])
    assert count == len(trained.exhibits["features"]["labels"])
    assert len({t["marker"]["color"] for t in figure["data"]}) == len(figure["data"])


def test_layers_are_compared_on_one_scale(trained):
    values, chance = (similar(trained, ARMS[0], what)["data"][0] for what in ("values", "chance"))
    assert (values["zmin"], values["zmax"]) == (chance["zmin"], chance["zmax"]) == (0, 1)
    assert values["y"] == ["hidden 1", "hidden 2", "logits"]
