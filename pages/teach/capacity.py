"""Which teacher? The same student, taught by teachers of several sizes and training lengths."""

from kdlab.studies.capacity import CapacityConfig
from pages.ui.study import page
from pages.ui.study.figures import capacity as study_capacity

page.show(
    "capacity",
    presets={
        "The biggest is not the best": CapacityConfig(
            student="mlp-3",
            teachers=("mlp-8", "mlp-16", "mlp-32", "mlp-128", "mlp-512-512"),
            lengths=(10,),
            epochs=60,
            seeds=20,
            first_seed=100,
        ),
        "All labels": CapacityConfig(labels="all"),
        "The teacher alone": CapacityConfig(alpha=1.0),
    },
    picture=study_capacity.picture,
    tabs={"Search for both": study_capacity.search},
)
