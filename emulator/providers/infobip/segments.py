"""How many SMS a text takes (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from emulator import resources

_ALPHABET = resources.fixture("sms-alphabet.json")
_BASIC = frozenset(_ALPHABET["gsm7"]["basic"])
_EXTENSION = frozenset(_ALPHABET["gsm7"]["extension"])


def segments(text: str) -> int:
    """The number of SMS: GSM-7 where every character is in its tables, UCS-2 otherwise.

    An extension character costs two septets, one beyond the BMP two UTF-16 units; neither is split
    over two parts.
    """
    if _BASIC.union(_EXTENSION).issuperset(text):
        sizes = _ALPHABET["gsm7"]
        costs = [2 if character in _EXTENSION else 1 for character in text]
    else:
        sizes = _ALPHABET["ucs2"]
        costs = [2 if character > "\uffff" else 1 for character in text]
    if sum(costs) <= sizes["single"]:
        return 1
    parts, used = 1, 0
    for cost in costs:
        if used + cost > sizes["part"]:
            parts, used = parts + 1, 0
        used += cost
    return parts
