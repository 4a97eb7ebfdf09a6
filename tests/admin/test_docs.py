from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import httpx
import pytest

from emulator.admin import docs_page
from emulator.admin.openapi_schemas import cited
from emulator.core.provider import Endpoint
from emulator.core.routes import paths
from tests.providers.examples import ENDPOINTS, PROVIDER_OF, named
from tests.providers.rules import RULES

VOID = {"link", "meta"}
HOSTILE = '</code><script>alert("x")</script><img src=x onerror=alert(1)> & "'


class Page(HTMLParser):
    """What a browser makes of a page: its elements and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))

    @property
    def text(self) -> str:
        return "".join(data for _, data in self.texts)

    def values(self, attribute: str) -> list[str]:
        return [told[attribute] for _, told in self.elements if attribute in told]


@pytest.fixture
def answer(client: httpx.Client) -> httpx.Response:
    return client.get("/__admin/docs")


@pytest.fixture
def page(answer: httpx.Response) -> Page:
    return Page(answer.text)


@pytest.fixture
def document(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/__admin/openapi.json").json()
    return found


def test_it_is_a_page_that_may_load_its_own_style_sheet_only(answer: httpx.Response) -> None:
    policy = answer.headers["Content-Security-Policy"].split("; ")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy[:2] == ["default-src 'none'", "style-src 'self'"]


def test_it_names_nothing_that_is_elsewhere(client: httpx.Client, page: Page) -> None:
    style = client.get("/__admin/docs.css")

    loaded = [told["href"] for tag, told in page.elements if tag == "link"]
    assert loaded == ["docs.css"]
    assert page.values("src") == []
    assert {href.partition("#")[0] for href in page.values("href")} == {
        "",
        "docs.css",
        "openapi.json",
    }
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert re.search(r"url\(|@import|//", style.text) is None


def test_it_has_no_script_and_no_style_of_its_own(page: Page) -> None:
    assert {"script", "style", "iframe", "form"}.isdisjoint(tag for tag, _ in page.elements)
    assert not [
        name for _, told in page.elements for name in told if name == "style" or name[:2] == "on"
    ]


def test_whatever_the_document_says_is_text(document: dict[str, Any]) -> None:
    def hostile(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: hostile(item) for name, item in part.items()}
        if isinstance(part, list):
            return [hostile(item) for item in part]
        return f"{part}{HOSTILE}" if isinstance(part, str) and part not in fixed else part

    # What the page finds its way by stays as it is.
    fixed = {"http", "apiKey", "path", "array", *(tag["name"] for tag in document["tags"])}
    fixed |= {*re.findall(r'"(#/components/[^"]+)"', json.dumps(document))}
    plain, attacked = Page(docs_page.page(document)), Page(docs_page.page(hostile(document)))

    assert attacked.text.count("alert(1)") > 1000
    assert [tag for tag, _ in attacked.elements] == [tag for tag, _ in plain.elements]
    assert [[*told] for _, told in attacked.elements] == [[*told] for _, told in plain.elements]


def test_its_landmarks_and_headings_tell_where_one_is(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    ids = page.values("id")

    assert [tags.count(tag) for tag in ("header", "nav", "main", "h1")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert dict(page.elements)["html"] == {"lang": "en"}
    assert len(ids) == len(set(ids))
    assert {*page.values("aria-labelledby")} <= {*ids}
    assert {href[1:] for href in page.values("href") if href[0] == "#"} <= {*ids}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_it_shows_an_endpoint_with_its_paths_and_answers(endpoint: Endpoint, page: Page) -> None:
    assert endpoint.name in page.values("id")
    assert endpoint.summary in page.text
    for path, _ in paths(endpoint):
        assert f"{endpoint.method} {path}" in page.text
    for answer in PROVIDER_OF[endpoint.name].answers(endpoint):
        assert answer.name in page.text


def test_it_shows_every_rule_with_its_source(page: Page, document: dict[str, Any]) -> None:
    def rules(part: Any) -> Iterator[dict[str, Any]]:
        if isinstance(part, dict):
            yield from part.get("x-rules", ())
            part = [*part.values()]
        if isinstance(part, list):
            for item in part:
                yield from rules(item)

    cells = {text for tag, text in page.texts if tag in ("code", "div")}

    shown = [*rules(document)]
    assert {rule.code for rule in RULES} <= {rule["code"] for rule in shown}
    for rule in shown:
        assert rule["code"] in cells
        assert cited(rule["source"], rule.get("because")) in cells


def test_it_shows_the_admin_calls(page: Page, document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        if path.startswith("/__admin"):
            for method, operation in methods.items():
                assert f"{method.upper()} {path}" in page.text
                assert operation["summary"] in page.text


def test_its_curl_lines_are_answered_as_it_shows(server_url: str) -> None:
    page = Page(httpx.get(f"{server_url}/__admin/docs").text)
    lines = [text for tag, text in page.texts if tag == "code" and text.startswith("curl ")]

    script = "\n".join(
        line.replace("curl", "curl -f -o /dev/null -w '%{http_code} '", 1) for line in lines
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)

    assert len(lines) > 10
    assert done.stdout.split() == ["200"] * len(lines)
