"""What no body may have, in whatever wire format."""

from __future__ import annotations

from typing import Any

from emulator.core.exchange import Finding
from emulator.core.rejections import Malformed

MAX_DEPTH = 64
"""How deep a body may nest; far beyond any documented body."""


def is_too_deep(document: Any) -> bool:
    """Whether a document nests deeper than that."""
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) in (dict, list)
        ]
        if not level:
            return False
    return True


def too_deep() -> Malformed:
    """The refusal of a body that nests too deep."""
    return Malformed(Finding("nesting", f"the body nests deeper than {MAX_DEPTH} levels"))


def repeated(name: str) -> Finding:
    """What is found where one object has a member twice."""
    return Finding("member-repeated", f'"{name[:40]}" stands more than once in one object')
