"""Layer by layer: hints and attention transfer, with a choice of layers."""

from kdlab.studies.layers import LayersConfig
from pages.ui.study import page
from pages.ui.study.figures import layers as study_layers

page.show(
    "layers",
    presets={
        "Attention transfer": LayersConfig(
            teacher="cnn-8-16", teacher_epochs=15, student="cnn-4-8", epochs=12, batch_size=64,
            seeds=3, layer_alpha=0.02,
        ),
        "Hints first": LayersConfig(two_stages=True),
        "Crossed layers": LayersConfig(pairs=("1:2", "2:1")),
    },
    picture=study_layers.picture,
    tabs={"Accuracy": study_layers.accuracies},
)  # fmt: skip
