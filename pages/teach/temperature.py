"""Does a higher temperature generalise better? The claim of the articles, tested."""

from kdlab.studies.temperature import TemperatureConfig
from pages.ui.study import page
from pages.ui.study.figures import temperature as study_temperature

page.show(
    "temperature",
    presets={
        "All labels": TemperatureConfig(labels="all"),
        "Twenty labels": TemperatureConfig(labels=20),
        "A tiny student": TemperatureConfig(student="mlp-4", epochs=100),
    },
    picture=study_temperature.picture,
    tabs={"Fidelity and calibration": study_temperature.others},
)
