"""What do they look at? Teacher, labels only and distilled, seen from inside."""

from kdlab.studies.looking import LookingConfig
from pages.ui.study import page
from pages.ui.study.figures import looking as study_looking

page.show(
    "looking",
    presets={
        "Convolutional networks": LookingConfig(
            teacher="cnn-16-32", student="cnn-4", teacher_epochs=15, epochs=40
        ),
        "All labels": LookingConfig(labels="all"),
        "Neighbours instead of distances": LookingConfig(projection="tsne"),
    },
    picture=study_looking.picture,
    tabs={
        "Attention": study_looking.attention,
        "Features in the plane": study_looking.features,
        "Similarity of layers": study_looking.layers,
    },
)
