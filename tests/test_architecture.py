"""Who may import whom, what the core must not know, and how modules look."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "emulator"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

# What the modules below a name may import; the longest name that fits a module counts. A word
# stands for itself and all below it, `!` takes back, `own` is the provider's own modules, `stdlib`
# the standard library. The longest word that fits an import decides.
PURE = "stdlib !io !os !pathlib !random !secrets !shutil !socket !tempfile !time !uuid !xml"
VOCABULARY = "emulator.core !emulator.core.pipeline !emulator.core.journal !emulator.core.session"
NO_CLIENTS = "!emulator.cli !emulator.client !emulator.local !emulator.pytest_plugin"
HOSTS = "emulator.client emulator.local emulator.settings"
WORDS = "emulator.core.errors emulator.core.words"
MAY_IMPORT = {
    "emulator": "stdlib emulator.app emulator.local emulator.settings",
    "emulator.__main__": "emulator.cli",
    "emulator.core": f"{PURE} emulator.core orjson",
    "emulator.core.codec_xml": f"{PURE} emulator.core xml.parsers",
    "emulator.core.matcher": f"{PURE} emulator.core jsonschema_rs",
    "emulator.core.validation": f"{PURE} emulator.core orjson jsonschema jsonschema_rs referencing",
    "emulator.resources": "stdlib emulator.core.validation orjson",
    "emulator.settings": "stdlib emulator.core",
    "emulator.providers": f"stdlib {VOCABULARY} emulator.resources emulator.providers.fixtures own",
    "emulator.stores": "stdlib emulator.core.store",
    "emulator.asgi": "stdlib emulator.core emulator.asgi starlette orjson",
    "emulator.admin": "stdlib emulator.core emulator.admin starlette orjson",
    "emulator.admin.metrics": "stdlib emulator.core emulator.admin starlette prometheus_client",
    "emulator.inbox": "stdlib emulator.inbox starlette",
    "emulator.log": "stdlib emulator.core orjson",
    "emulator.webhooks": "stdlib emulator.core emulator.post",
    "emulator.app": f"stdlib emulator !emulator.server {NO_CLIENTS} starlette",
    "emulator.bounds": "stdlib emulator.connection httptools uvicorn orjson starlette.types",
    "emulator.connection": "stdlib emulator.bounds httptools uvicorn starlette.types",
    "emulator.post": "stdlib h11",
    "emulator.server": "stdlib emulator.bounds emulator.connection emulator.core.errors uvicorn"
    " starlette.types",
    "emulator.client": f"stdlib emulator.client {WORDS} httpx",
    "emulator.local": "stdlib emulator !emulator.cli !emulator.pytest_plugin",
    "emulator.pytest_plugin": f"stdlib {HOSTS} {WORDS} pytest",
    "emulator.testcontainers": "stdlib emulator.client testcontainers",
    "emulator.tls": "stdlib emulator.core.errors trustme cryptography idna",
    "emulator.cli": "stdlib emulator click orjson",
}

VENDOR_WORDS = re.compile(
    "(?<![a-z])(messageId|requestError|tid|scenarioKey|serviceException|phoneNumber"
    "|konnek|infobip)(?![a-z])",
    re.IGNORECASE,
)


def within(name: str, parent: str) -> bool:
    return f"{name}.".startswith(f"{parent}.")


def modules(*parents: str) -> list[str]:
    return [name for name in MODULES if any(within(name, parent) for parent in parents)]


def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """The full name of everything that a module imports, wherever in it."""
    for node in ast.walk(tree(module)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                source = "." * node.level + (node.module or "")
                yield from (f"{source}.{alias.name}" for alias in node.names)


def may_import(module: str, name: str) -> bool:
    layer = max((key for key in MAY_IMPORT if within(module, key)), key=len)
    own = ".".join(module.split(".")[:3])
    verdict, length = False, -1
    for word in MAY_IMPORT[layer].split():
        parent = word.removeprefix("!")
        if parent == "stdlib" and name.partition(".")[0] in sys.stdlib_module_names:
            fits = 0
        elif within(name, own if parent == "own" else parent):
            fits = len(parent)
        else:
            continue
        if fits > length:
            verdict, length = not word.startswith("!"), fits
    return verdict


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    assert [name for name in imports(module) if not may_import(module, name)] == []


@pytest.mark.parametrize("module", modules("emulator.core"))
def test_the_core_reaches_for_no_file_and_no_clock(module: str) -> None:
    reached = [
        ast.unparse(node)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Name | ast.Attribute)
        and ast.unparse(node)
        in {"open", "print", "input", "datetime.now", "datetime.utcnow", "datetime.today"}
    ]

    assert reached == []


def words(module: str) -> Iterator[str]:
    """Every string and name of a module, its documentation included."""
    for node in ast.walk(tree(module)):
        for _, value in ast.iter_fields(node):
            if isinstance(value, str | bytes):
                yield value if isinstance(value, str) else value.decode("latin-1")


@pytest.mark.parametrize(
    "module", modules("emulator.core", "emulator.asgi", "emulator.admin", "emulator.stores")
)
def test_no_vendors_word_stands_outside_the_providers(module: str) -> None:
    assert [word for word in words(module) if VENDOR_WORDS.search(word)] == []


def undocumented(node: ast.AST, name: str) -> Iterator[str]:
    """The public modules, classes, functions and methods without a sentence."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        if not ast.get_docstring(node):
            yield name
        if isinstance(node, ast.Module | ast.ClassDef):
            for child in node.body:
                if not (child_name := getattr(child, "name", "_")).startswith("_"):
                    yield from undocumented(child, f"{name}.{child_name}")


@pytest.mark.parametrize("module", MODULES)
def test_every_module_and_public_thing_has_its_sentence(module: str) -> None:
    assert list(undocumented(tree(module), module)) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_no_longer_than_three_hundred_lines(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(
    ("module", "name", "allowed"),
    [
        ("emulator.core.pipeline", "emulator.core.codecs.reader", True),
        ("emulator.core.pipeline", "orjson", True),
        ("emulator.core.pipeline", "datetime.datetime", True),
        ("emulator.core.pipeline", "time", False),
        ("emulator.core.pipeline", "os.environ", False),
        ("emulator.core.pipeline", "starlette.types.Scope", False),
        ("emulator.core.pipeline", "jsonschema", False),
        ("emulator.core.pipeline", "xml.parsers.expat", False),
        ("emulator.core.codec_xml", "xml.parsers.expat", True),
        ("emulator.core.codecs", "xml.etree.ElementTree", False),
        ("emulator.core.validation", "jsonschema_rs", True),
        ("emulator.providers.new", "emulator.providers.new.replies", True),
        ("emulator.providers.new.replies", "emulator.providers.new.x", True),
        ("emulator.providers.new", "emulator.providers.newer", False),
        ("emulator.providers.new", "emulator.core.provider.Endpoint", True),
        ("emulator.providers.new", "emulator.core.pipeline.answer", False),
        ("emulator.providers.new", "starlette", False),
        ("emulator.stores.new", "emulator.core.journal", False),
        ("emulator.asgi.new", "emulator.providers", False),
        ("emulator.asgi.new", "emulator.admin", False),
        ("emulator.admin.new", "emulator.stores.memory", False),
        ("emulator.inbox", "starlette.routing", True),
        ("emulator.inbox", "emulator.core", False),
        ("emulator.inbox", "emulator.admin", False),
        ("emulator.server", "starlette.responses", False),
        ("emulator.unheard_of", "emulator.core", False),
        ("emulator.core.pipeline", ".codecs", False),
    ],
)
def test_the_dictionary_is_read_as_it_is_meant(module: str, name: str, allowed: bool) -> None:
    assert may_import(module, name) == allowed
