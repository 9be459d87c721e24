"""What a forward pass costs, without building the network; no torch here.

Floating-point operations of one image, counted as :func:`kdlab.measure.profiling.flops_per_image`
does: 2 for a multiply-add of a convolution or a product of matrices; biases, normalisation,
activations and pooling are left out. A test holds every network to what is counted when it runs.
"""

from __future__ import annotations

from kdlab import models

TRAINING_PASSES = 3
"""Forward passes that a training step is worth, for each of its images: a backward pass costs about
twice a forward pass."""


def per_image(name: str, input_shape: tuple[int, ...], classes: int) -> int:
    """Operations of one forward pass of ``name`` on one input; ModelError as
    :func:`kdlab.models.check` has it.

    >>> per_image("mlp-16", (1, 8, 8), 10)
    2368
    """
    return sum(layer.operations for layer in models.layers(name, input_shape, classes))
