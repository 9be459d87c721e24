"""Compression against accuracy: students of several sizes, with and without a teacher."""

from kdlab.studies.compression import CompressionConfig
from pages.ui.study import page
from pages.ui.study.figures import compression as study_compression

page.show(
    "compression",
    presets={
        "Counted in time": CompressionConfig(across="latency"),
        "Counted in int8 bytes": CompressionConfig(across="int8_bytes"),
        "All labels": CompressionConfig(labels="all"),
        "Two layers": CompressionConfig(student="mlp-8-8", widths=(4, 8, 16, 32)),
    },
    picture=study_compression.picture,
    tabs={"Sizes and times": study_compression.costs},
)
