"""Finds and loads the schemas and fixtures that the package ships."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from emulator.core.validation import Schemas

_PACKAGE = Path(__file__).parent
ROOT = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _PACKAGE.parent
"""The folder with `schemas/` and `fixtures/`: inside an installed package, beside a checkout's."""


@lru_cache(maxsize=1)
def schemas() -> Schemas:
    """Every schema, compiled together."""
    folder = ROOT / "schemas"
    resources = {
        path.relative_to(folder).as_posix(): orjson.loads(path.read_bytes())
        for path in sorted(folder.glob("*/*.json"))
    }
    return Schemas(resources, orjson.loads((folder / "documents.json").read_bytes()))


def fixture(path: str) -> Any:
    """The JSON fixture at that path under `fixtures/`."""
    return orjson.loads((ROOT / "fixtures" / path).read_bytes())


def text(path: str) -> str:
    """The fixture at that path under `fixtures/`, as text."""
    return (ROOT / "fixtures" / path).read_text(encoding="utf-8")
