"""What do they look at? Teacher, labels only and distilled, seen from inside."""

from kdlab.studies.looking import LookingConfig
from pages.ui.study import page
from pages.ui.study.figures import looking as study_looking

page.show(
    "looking",
    "pages/understand/looking.py",
    presets=(
        (
            "Convolutional networks",
            LookingConfig(teacher="cnn-16-32", student="cnn-4", teacher_epochs=15, epochs=40),
            "Layers that keep an image have attention maps too. Their agreement is another matter "
            "than that of saliency.",
        ),
        (
            "All labels",
            LookingConfig(labels="all"),
            "Labels alone now make a good student. Does it also look where the teacher looks?",
        ),
        (
            "Neighbours instead of distances",
            LookingConfig(projection="tsne"),
            "t-SNE in the tab Features in the plane: clusters part more clearly, and the gaps "
            "between them mean less.",
        ),
    ),
    picture=study_looking.picture,
    tabs={
        "Attention": study_looking.attention,
        "Features in the plane": study_looking.features,
        "Similarity of layers": study_looking.layers,
    },
)
