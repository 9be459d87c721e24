"""Equal weights, equal files: safetensors writes its metadata in another order in every process."""

from __future__ import annotations

import json

ALIGNED = 8
"""The length of a safetensors header is a multiple of it, filled up with spaces."""


def in_order(content: bytes) -> bytes:
    """The same safetensors file (8 bytes of length, that much JSON, numbers) with its metadata
    sorted by name. ``content`` is one that was just written."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNED)
    return len(text).to_bytes(8, "little") + text + content[end:]
