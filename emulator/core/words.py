"""What is said of mistakes: the nearest known word, how to ask for it, and what helps."""

from __future__ import annotations

from collections.abc import Iterable

_LEAST = 4


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, letter case aside, or None."""
    # It takes some time to load, and only mistakes need it.
    import difflib

    by_lower = {name.lower(): name for name in map(str, known)}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if not found and len(word) >= _LEAST:
        # Or like the beginning of one.
        by_lower = {lower[: len(word)]: name for lower, name in by_lower.items()}
        found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.8)
    return by_lower[found[0]] if found else None


def meant(word: str, known: Iterable[str]) -> str | None:
    """The question whether the nearest known word was meant, or None."""
    likely = nearest(word, known)
    return f'did you mean "{likely}"?' if likely else None


def unknown(thing: str, word: str, known: Iterable[str]) -> str:
    """A sentence that says that a word is not known, and which one may be meant."""
    names = [*known]
    hint = meant(word, names) or f"known: {', '.join(sorted(names))}"
    return f'no {thing} "{word[:80]}"; {hint}'


def remedy(reason: str) -> str:
    """What helps where no emulator could be reached, for the reason that the network gave."""
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return 'set SSL_CERT_FILE to what "messaging-emulator ca" prints'
    return "start one with: messaging-emulator serve"
