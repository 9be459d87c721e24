"""TOOLS: name -> record of another tool. How a loss of this lab is said in its settings, which were
read in its source. Adding one is a file here and its line.

``tests/tools`` evaluates every record's formula beside the lab's own loss.
"""

from __future__ import annotations

from kdlab.errors import ConfigError
from kdlab.tools import (
    distillkit,
    intel,
    keras,
    mdistiller,
    modelopt,
    ms_swift,
    pytorch_tutorial,
    repdistiller,
    torchdistill,
    trl,
    verl,
)
from kdlab.tools.record import FITS, Answer, Tool
from kdlab.tools.wish import Wish

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        trl.GKD,
        trl.DISTILLATION,
        trl.MINILLM,
        distillkit.TOOL,
        ms_swift.TOOL,
        verl.TOOL,
        modelopt.TORCH,
        modelopt.MEGATRON,
        torchdistill.TOOL,
        repdistiller.TOOL,
        mdistiller.TOOL,
        keras.TOOL,
        keras.EXAMPLE,
        intel.TOOL,
        pytorch_tutorial.TOOL,
    )
}
"""Those for language models first."""


def find(name: str) -> Tool:
    """The record of ``name``; ConfigError lists the tools there are."""
    if name not in TOOLS:
        raise ConfigError(f"tool is {name!r}", ", ".join(TOOLS), "Choose one of these tools")
    return TOOLS[name]


__all__ = ["FITS", "TOOLS", "Answer", "Tool", "Wish", "find"]
