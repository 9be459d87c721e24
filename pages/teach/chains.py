"""Chains of teachers: assistants, generations, and students that teach each other."""

from kdlab.studies.chains import ChainsConfig
from pages.ui.study import page

page.show(
    "chains",
    "pages/teach/chains.py",
    presets=(
        (
            "A wide gap",
            ChainsConfig(teacher="mlp-512-512", student="mlp-4", assistant="mlp-16", epochs=60),
            "The student is far smaller than its teacher. Is the detour worth more here?",
        ),
        (
            "All labels",
            ChainsConfig(labels="all"),
            "With every label there is little left to pass on.",
        ),
        (
            "Wrong labels",
            ChainsConfig(label_noise=0.4),
            "Four labels in ten are wrong. What does a student that teaches itself pass on?",
        ),
    ),
)
