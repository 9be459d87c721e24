"""Does a higher temperature generalise better? The claim of the articles, tested."""

from kdlab.studies.temperature import TemperatureConfig
from pages.ui.study import page
from pages.ui.study.figures import temperature as study_temperature

page.show(
    "temperature",
    "pages/teach/temperature.py",
    presets=(
        (
            "All labels",
            TemperatureConfig(labels="all"),
            "Labels tell nearly everything. Is there a T at which the teacher still adds to it?",
        ),
        (
            "Twenty labels",
            TemperatureConfig(labels=20),
            "The labels say little, the teacher all the more. Does T matter now?",
        ),
        (
            "A tiny student",
            TemperatureConfig(student="mlp-4", epochs=100),
            "Four units cannot keep what a high T brings out. Hinton and others saw the same with "
            "30 units on MNIST.",
        ),
    ),
    without=("temperature", "method"),
    picture=study_temperature.picture,
    tabs={"Fidelity and calibration": study_temperature.others},
)
