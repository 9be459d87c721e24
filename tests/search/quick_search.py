"""A search that takes a second or two."""

from kdlab.experiments.search import SearchConfig

QUICK = SearchConfig(
    dataset="moons", points=300, teacher="mlp-16", teacher_epochs=3, labels=20, epochs=4, seeds=2,
    trials=6, max_parameters=40,
)  # fmt: skip
