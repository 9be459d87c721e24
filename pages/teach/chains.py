"""Chains of teachers: assistants, generations, and students that teach each other."""

from kdlab.studies.chains import ChainsConfig
from pages.ui.study import page

page.show(
    "chains",
    presets={
        "A wide gap": ChainsConfig(
            teacher="mlp-512-512", student="mlp-4", assistant="mlp-16", epochs=60
        ),
        "All labels": ChainsConfig(labels="all"),
        "Wrong labels": ChainsConfig(label_noise=0.4),
    },
)
