"""Compression against accuracy: students of several sizes, with and without a teacher."""

from kdlab.studies.compression import CompressionConfig
from pages.ui.study import page
from pages.ui.study.figures import compression as study_compression

page.show(
    "compression",
    "pages/teach/compression.py",
    presets=(
        (
            "Counted in time",
            CompressionConfig(across="latency"),
            "A network with seventy times fewer parameters is not seventy times faster.",
        ),
        (
            "All labels",
            CompressionConfig(labels="all"),
            "The two curves come together: what the teacher told, the labels tell now.",
        ),
        (
            "Two layers",
            CompressionConfig(student="mlp-8-8", widths=(4, 8, 16, 32)),
            "The same widths, a layer deeper. Is depth worth its parameters here?",
        ),
    ),
    picture=study_compression.picture,
    tabs={"Sizes and times": study_compression.costs},
)
