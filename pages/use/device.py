"""On a device: teacher and students as files of 32, 16 and 8 bits, and what fits your budget."""

from kdlab.studies.device.names import BUDGETS
from kdlab.studies.device.study import NAMES, SMALL, DeviceConfig
from pages.ui.study import page
from pages.ui.study.figures import device as study_device

page.show(
    "device",
    presets={
        "At most 12 kB": DeviceConfig(kilobytes=12.0),
        "Counted in time": DeviceConfig(across="latency", milliseconds=0.018),
        "Too small for int8": SMALL,
        "A model of a language": NAMES,
    },
    without=tuple(BUDGETS.values()),
    picture=study_device.picture,
    tabs={"Files": study_device.files, "Probabilities": study_device.soft},
)
