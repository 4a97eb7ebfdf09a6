"""What no body may have, in whatever wire format."""

from __future__ import annotations

from emulator.core.exchange import Finding
from emulator.core.rejections import Malformed

MAX_DEPTH = 64
"""How deep a body may nest; far beyond any documented body."""


def too_deep() -> Malformed:
    """The refusal of a body that nests too deep."""
    return Malformed(Finding("nesting", f"the body nests deeper than {MAX_DEPTH} levels"))


def repeated(name: str) -> Finding:
    """What is found where one object has a member twice."""
    return Finding("member-repeated", f'"{name[:40]}" stands more than once in one object')
