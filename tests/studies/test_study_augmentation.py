from __future__ import annotations

import base64

import numpy as np
import pytest
from made_histories import CLASSES, made, said

from kdlab.errors import ConfigError
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.augmentation import DRAWS, IMAGES, VIEWS, AugmentationConfig, plan
from pages.ui.study import images as study_images
from pages.ui.study.images import View

TINY = {
    "teacher": "mlp-8",
    "student": "mlp-8",
    "teacher_epochs": 2,
    "epochs": 2,
    "seeds": 2,
    "train_limit": 100,
}


def test_arms_differ_in_views_and_in_what_the_teacher_sees():
    made_plan = plan(AugmentationConfig(augmentation="noise"), CLASSES)
    arms = {a.name: a for a in made_plan.arms}
    assert {n: a.augmentation for n, a in arms.items()} == {
        "labels only": "none",
        "distilled": "none",
        "labels augmented": "noise",
        "consistent": "noise",
        "fixed": "noise",
    }
    assert (arms["consistent"].view, arms["fixed"].view) == ("same", "clean")
    assert made_plan.reference("consistent") == made_plan.reference("fixed") == "labels augmented"
    assert made_plan.reference("distilled") == "labels only"


def test_consistent_is_held_against_fixed_and_each_against_labels_under_the_same_views():
    accuracy = {
        "labels only": [0.8, 0.81, 0.82],
        "labels augmented": [0.85, 0.86, 0.87],
        "consistent": [0.95, 0.96, 0.97],
        "fixed": [0.93, 0.94, 0.95],
    }
    told = said(made("augmentation", AugmentationConfig(seeds=3), accuracy), "augmentation")
    same, clean = "“Teacher sees the same view”", "“Teacher sees the clean image”"
    assert f"{same} is better than {clean} with this teacher: +2" in told
    assert f"{clean} is better than “Labels only, shift” with this teacher: +8.0" in told


def test_an_unknown_augmentation_is_refused():
    with pytest.raises(ConfigError):
        AugmentationConfig.parse({"augmentation": "rotate"})


@pytest.mark.parametrize("kind", ["shift", "flip"])
def test_points_cannot_be_shifted_or_flipped(kind):
    with pytest.raises(ConfigError, match="noise or mixup for points"):
        plan(AugmentationConfig(dataset="moons", augmentation=kind), CLASSES)
    own = AugmentationConfig(dataset="images", folder="here", augmentation=kind)
    assert len(plan(own, CLASSES).arms) == 5


def test_the_views_begin_with_the_clean_image(tmp_path, digits_split):
    config = AugmentationConfig(augmentation="flip", **TINY)
    history = StudyHistory(config, run(find("augmentation"), config, Store(tmp_path)))
    images = history.exhibits[VIEWS]["images"]
    assert [len(image["views"]) for image in images] == [1 + DRAWS] * IMAGES
    turned = 0
    for image in images:
        clean, *drawn = (
            np.frombuffer(base64.b64decode(v["pixels"]), np.uint8).reshape(8, 8)
            for v in image["views"]
        )
        for view in drawn:
            assert (view == clean).all() or (view == clean[:, ::-1]).all()
            turned += bool((view == clean[:, ::-1]).all())
    assert 0 < turned < IMAGES * DRAWS
    assert all(0.1 <= v["share"] <= 1 for image in images for v in image["views"])


def test_points_have_no_views_to_show(tmp_path):
    config = AugmentationConfig(dataset="moons", augmentation="noise", labels=20, points=200, **{
        **TINY, "train_limit": "all"
    })  # fmt: skip
    history = StudyHistory(config, run(find("augmentation"), config, Store(tmp_path)))
    assert history.finished
    assert VIEWS not in history.exhibits


def test_a_table_of_views_is_html_with_safe_words():
    pixels = base64.b64encode(bytes(4)).decode()
    view = View(pixels, (1, 2, 2), ("<b> ✓", "90 %"), "class <b>, clean")
    found = study_images.table(["Class", "Clean & bare"], [["<b>", view]])
    assert "Clean &amp; bare" in found
    assert 'alt="class &lt;b&gt;, clean"' in found
    assert "<b>" not in found
    assert found.count("data:image/png") == 1
    assert study_images.mark(1, 1, ("a", "b")) == "b ✓"
