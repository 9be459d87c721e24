from __future__ import annotations

import pytest

from kdlab.checks import fits, may_change, normal, possible
from kdlab.config.presets import PRESETS
from kdlab.config.schema import DistilConfig
from kdlab.errors import ArchiveError, ConfigError, ModelError
from kdlab.experiments import search, sweep
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.possible import check as in_full
from kdlab.hosting import key, visitor
from kdlab.hosting.visitor import Visitor, acting_for


def test_every_preset_is_possible():
    for preset in PRESETS.values():
        possible(preset.config)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"labels": 2000}, ConfigError, "1 to 1097"),
        ({"labels": 600, "train_limit": 500}, ConfigError, "1 to 500"),
        ({"dataset": "moons", "labels": 501}, ConfigError, "1 to 500"),
        ({"method": "labels-only", "alpha": 1}, ConfigError, "below 1"),
        ({"method": "telepathy"}, ConfigError, "soft-targets"),
        ({"dataset": "dogs"}, ConfigError, "digits"),
        ({"dataset": "images"}, ConfigError, "no images are chosen yet"),
        ({"dataset": "images", "folder": " "}, ConfigError, "no images are chosen yet"),
        ({"student": "transformer-9"}, ModelError, "mlp"),
        ({"dataset": "moons", "student": "cnn-4", "labels": 9}, ModelError, "cnn"),
        ({"student": "mlp-4096-4096", "seeds": 64}, ConfigError, "GiB"),
    ],
)
def test_the_impossible_is_named_before_any_data_are_read(settings, error, words):
    with pytest.raises(error, match=words):
        possible(DistilConfig(**settings))


def test_a_visitor_is_not_told_to_name_a_folder(monkeypatch):
    def told():
        with pytest.raises(ConfigError, match="no images are chosen yet") as caught:
            possible(DistilConfig(dataset="images"))
        with pytest.raises(ConfigError, match="no images are chosen yet") as full:
            in_full(FullRunConfig(dataset="images"))
        return caught.value.todo + full.value.todo

    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    assert told().count("name a folder") == 2
    with acting_for(Visitor("anna")):
        assert "name a folder" not in told()
        assert told().count(key.HOW) == 2
        monkeypatch.setenv("KDLAB_UPLOADS_ONLY", "0")
        assert told().count("name a folder") == 2


def test_own_images_are_checked_once_they_are_there():
    own = DistilConfig(dataset="images", folder="x", labels=50, teacher="cnn-8", student="mlp-4")
    possible(own)
    fits(own, (3, 16, 16), 2, 50)
    with pytest.raises(ConfigError, match="1 to 49"):
        fits(own, (3, 16, 16), 2, 49)
    with pytest.raises(ModelError):
        fits(own.model_copy(update={"teacher": "mlp-4096-4096"}), (3, 96, 96), 1000, 50)


def test_settings_without_effect_do_not_tell_results_apart():
    plain = DistilConfig()
    idle = DistilConfig(noise=0.5, points=300, folder="/home/me/photos", image_size=8)
    assert normal(idle) == plain
    assert normal(idle.teacher_config()) == plain.teacher_config()
    assert normal(DistilConfig(dataset="moons", noise=0.5)).noise == 0.5
    regression = DistilConfig(method="logit-regression", temperature=9)
    assert normal(regression).temperature == plain.temperature
    assert normal(DistilConfig(temperature=9)).temperature == 9
    loaded = DistilConfig(teacher_weights="abc", teacher_epochs=7, teacher_seed=3)
    assert normal(loaded) == DistilConfig(teacher_weights="abc")


def test_only_a_named_folder_may_change_behind_our_back():
    assert may_change(DistilConfig(dataset="images", folder="/photos"))
    assert not may_change(DistilConfig(dataset="images", folder="upload:0123456789abcdef.zip"))
    assert not may_change(DistilConfig())


def test_numbers_of_a_method_must_be_as_many_as_it_has_and_within_its_limits():
    possible(DistilConfig(method="dkd", method_parameters=(1, 4)))
    for method, values in (("dkd", (1,)), ("dkd", (1, 400)), ("soft-targets", (1,))):
        with pytest.raises(ConfigError, match="method_parameters"):
            possible(DistilConfig(method=method, method_parameters=values))
    published = DistilConfig(method="dkd", method_parameters=(1, 8))
    assert normal(published) == normal(DistilConfig(method="dkd"))
    assert published.fingerprint() != normal(published).fingerprint()


def test_methods_that_compare_layers_are_for_other_pages():
    with pytest.raises(ConfigError, match="compares hidden layers"):
        possible(DistilConfig(method="hints"))


@pytest.mark.parametrize(
    ("judge", "kind"),
    [
        (possible, DistilConfig),
        (sweep.possible, sweep.SweepConfig),
        (search.possible, search.SearchConfig),
    ],
    ids=["run", "map", "search"],
)
def test_a_visitors_folder_is_refused_before_any_process_is_asked_to_open_it(
    judge, kind, monkeypatch
):
    """A worker would have to be told for whom it works; here it is known."""
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    config = kind(dataset="images", folder="/etc")
    judge(config)
    with visitor.acting_for(visitor.Visitor("anna")):
        judge(kind(dataset="images", folder="upload:0123456789abcdef.zip"))
        with pytest.raises(ArchiveError, match="only archives loaded through the page"):
            judge(config)
