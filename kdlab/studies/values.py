"""Settings of a study that hold several values: as links and the command line write them."""

from __future__ import annotations

from pydantic import AfterValidator, BeforeValidator

from kdlab.settings import each_once, several

SEVERAL = BeforeValidator(several), AfterValidator(each_once)
"""For ``Annotated[tuple[..., ...], *SEVERAL]``: different values, in the order that was given."""
SORTED = BeforeValidator(several), AfterValidator(lambda values: tuple(sorted(each_once(values))))
"""The same, from small to large."""
