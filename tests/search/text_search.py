"""A search on text that takes a few seconds."""

from kdlab.experiments.search import SearchConfig

NAMES = SearchConfig(
    dataset="names", train_limit=2000, labels=500, window=3, teacher="mlp-8", teacher_epochs=2,
    student="mlp-16", epochs=3, seeds=2, trials=6, max_parameters=900,
)  # fmt: skip
