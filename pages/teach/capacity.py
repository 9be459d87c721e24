"""Which teacher? The same student, taught by teachers of several sizes and training lengths."""

from kdlab.studies.capacity import CapacityConfig
from pages.ui.study import page
from pages.ui.study.figures import capacity as study_capacity

page.show(
    "capacity",
    "pages/teach/capacity.py",
    presets=(
        (
            "The biggest is not the best",
            CapacityConfig(
                student="mlp-3",
                teachers=("mlp-8", "mlp-16", "mlp-32", "mlp-128", "mlp-512-512"),
                lengths=(10,),
                epochs=60,
                seeds=20,
                first_seed=100,
            ),
            "Three hidden units. Validation chooses a middling teacher, and on test images the "
            "largest is a little worse than it: a gap that can be too wide.",
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
