import pytest

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.errors import ConfigError
from kdlab.measure.measures import BITS


@pytest.mark.parametrize("name", data.DATASETS)
def test_every_record_is_complete(name):
    record = data.DATASETS[name]
    assert record.name == name
    assert record.label
    assert record.about.endswith((".", ")."))
    assert record.source.endswith(".")
    assert set(record.settings) <= set(DataConfig.model_fields) - {"dataset"}
    assert "train_limit" in record.settings
    if record.kind == "text":
        assert record.shape is None
        assert record.measure is BITS
    elif record.kind == "table":
        assert record.shape is None or len(record.shape) == 1
        assert record.noun == "rows"
    else:
        assert record.kind == ("points" if record.shape == (2,) else "images")
    if record.classes is not None:
        assert len(record.classes) == len(set(record.classes)) >= 2
    assert record.teacher != record.student


def test_labels_on_screen_differ():
    labels = [record.label for record in data.DATASETS.values()]
    assert len(labels) == len(set(labels)) == len(data.DATASETS)


def test_the_hundred_classes_of_cifar_are_in_their_published_order():
    classes = data.DATASETS["cifar100"].classes
    assert len(classes) == 100
    assert list(classes) == sorted(classes)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"dataset": "digits"}, 1097),
        ({"dataset": "digits", "train_limit": 50}, 50),
        ({"dataset": "digits", "train_limit": 5000}, 1097),
        ({"dataset": "moons", "points": 601}, 301),
        ({"dataset": "spirals", "points": 600, "train_limit": 100}, 100),
        ({"dataset": "mnist"}, 55_000),
        ({"dataset": "cifar100"}, 45_000),
        ({"dataset": "images"}, None),
        ({"dataset": "images", "train_limit": 10}, None),
        ({"dataset": "text"}, None),
        ({"dataset": "table"}, None),
        ({"dataset": "table", "folder": "nowhere.csv"}, None),
        ({"dataset": "breast-cancer"}, 342),
        ({"dataset": "wine"}, 106),
        ({"dataset": "wine", "train_limit": 30}, 30),
        ({"dataset": "text", "folder": "nowhere.txt"}, None),
    ],
)
def test_the_size_of_training_is_known_before_loading(settings, size):
    assert data.train_size(DataConfig(**settings)) == size


@pytest.mark.parametrize(
    "settings",
    [
        {"dataset": "digits", "train_limit": 60},
        {"dataset": "blobs"},
        {"dataset": "breast-cancer"},
        {"dataset": "wine", "train_limit": 30},
    ],
)
def test_the_announced_size_is_the_real_one(settings):
    config = DataConfig(**settings)
    (split,) = data.load(config)
    assert len(split.train.targets) == len(split.train.inputs) == data.train_size(config)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"'imagenet'.*moons.*images"):
        data.find("imagenet")
