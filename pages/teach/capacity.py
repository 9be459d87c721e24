"""Which teacher? The same student, taught by teachers of several sizes and training lengths."""

from kdlab.studies.capacity import CapacityConfig
from pages.ui import study_capacity, study_page

study_page.show(
    "capacity",
    "pages/teach/capacity.py",
    presets=(
        (
            "A tiny student",
            CapacityConfig(student="mlp-4"),
            "The gap to a large teacher is wide. Is a middling teacher better for it? Look at the "
            "intervals.",
        ),
        (
            "All labels",
            CapacityConfig(labels="all"),
            "A student that sees all labels is good without a teacher. What is left to gain, and "
            "what does a poor teacher cost?",
        ),
        (
            "The teacher alone",
            CapacityConfig(alpha=1.0),
            "Without labels beside it, how far above a poor teacher can its student be?",
        ),
    ),
    picture=study_capacity.picture,
    tabs={"Search for both": study_capacity.search},
)
