"""How the inbox is served, before any browser draws it."""

from __future__ import annotations

import re

import httpx
import pytest

from emulator import inbox
from tests.processes import ROOT

STATIC = ROOT / "emulator" / "inbox" / "static"
FILES = sorted(path.name for path in STATIC.iterdir())
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_that_asks_for_the_root_is_sent_to_the_inbox(client: httpx.Client) -> None:
    answer = client.get("/", headers=PAGE)
    behind = client.get("/__session/t1/", headers=PAGE)

    assert (answer.status_code, answer.headers["location"]) == (307, "/__inbox")
    assert (behind.status_code, behind.headers["location"]) == (307, "/__session/t1/__inbox")
    assert client.get("/__admin/requests").json()["total"] == 0


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_other_clients_get_their_problem_document(accept: str, client: httpx.Client) -> None:
    answer = client.get("/", headers={"accept": accept})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("prefix", ["", "/__session/t1"])
@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_page_is_guarded(name: str, prefix: str, client: httpx.Client) -> None:
    answer = client.get(f"{prefix}/__inbox/{name}")

    assert answer.status_code == 200
    assert answer.content == (STATIC / name).read_bytes()
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    for directive in ("base-uri", "form-action", "frame-ancestors"):
        assert f"{directive} 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_file_that_is_known_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/__inbox")

    again = client.get("/__inbox", headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2f__init__.py", "%2e%2e/app.py", "static"])
def test_nothing_else_is_served(name: str, client: httpx.Client) -> None:
    assert client.get(f"/__inbox/{name}").status_code == 404


@pytest.mark.parametrize("headers", [{"host": "example.com"}, {"origin": "http://example.com"}])
@pytest.mark.parametrize("path", ["/__inbox", "/__inbox/app.js", "/__session/t1/__inbox"])
def test_a_foreign_caller_is_refused(
    path: str, headers: dict[str, str], client: httpx.Client
) -> None:
    assert client.get(path, headers=headers).status_code == 403


def test_the_page_with_all_its_files_is_light() -> None:
    assert sum((STATIC / name).stat().st_size for name in FILES) < 150_000


def test_the_page_needs_nothing_from_elsewhere_and_nothing_inline() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    styles = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.css"))

    assert re.findall(r"(?:src|href)=\"(?!__|#)", page) == []
    assert re.findall(r"<style|style=| on\w+=|<script>", page) == []
    assert re.findall(r"url\(|@import", styles) == []
    assert re.findall(r"from \"(?!\./)|import\(|\beval\b|innerHTML|insertAdjacentHTML", code) == []


def test_the_files_are_read_once(client: httpx.Client) -> None:
    assert inbox._files() is inbox._files()
