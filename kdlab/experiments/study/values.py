"""Settings of a study that hold several values: as links and the command line write them."""

from __future__ import annotations

from pydantic import AfterValidator, BeforeValidator

from kdlab.config.base import each_once, split_commas

SEVERAL = BeforeValidator(split_commas), AfterValidator(each_once)
"""For ``Annotated[tuple[..., ...], *SEVERAL]``: different values, in the order that was given."""
SORTED = (
    BeforeValidator(split_commas),
    AfterValidator(lambda values: tuple(sorted(each_once(values)))),
)
"""The same, from small to large."""
