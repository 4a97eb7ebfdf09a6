"""XML that is made to take time or memory is refused, or read, in no time."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.providers.bodies import OMNI, omni_xml
from tests.providers.calls import send

LETTER = omni_xml("41793026727").decode()
MIB = 1024 * 1024


def filled(opening: str, filling: str, closing: str = "") -> str:
    """As much of something as a body may hold, within a letter."""
    room = MIB - len(LETTER) - len(opening) - len(closing) - 100
    inside = opening + filling * (room // len(filling)) + closing
    return LETTER.replace("Hello", f"Hello{inside}")


def numbered(template: str) -> str:
    """As many different things as a body may hold."""
    room = MIB - len(LETTER) - 100
    return "".join(template.format(n) for n in range(room // len(template.format(10**6))))


LONG = "a" * 500_000
QUADRATIC = f'<!DOCTYPE r [<!ENTITY a "{"a" * 500_000}">]>' + LETTER.replace(
    "Hello", "&a;" * 99_000
)
PARAMETER = '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x.dtd"> %a;]>' + LETTER
INCLUDE = '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'

ATTACKS = {
    "a quadratic blow-up": QUADRATIC,
    "an external parameter entity": PARAMETER,
    "an inclusion": LETTER.replace("Hello", INCLUDE),
    "a stylesheet": f'<?xml-stylesheet href="file:///etc/passwd"?>{LETTER}',
    "a schema from elsewhere": LETTER.replace(
        "<request", '<request xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
        ' x:schemaLocation="a http://127.0.0.1:1/a.xsd"', 1,
    ),
    "a huge text": filled("", "a"),
    "a huge comment": filled("<!--", "a", "-->"),
    "many comments": filled("", "<!---->"),
    "a huge instruction": filled("<?a ", "a", "?>"),
    "many sections": filled("", "<![CDATA[a]]>"),
    "many references": filled("", "&#65;"),
    "a huge name": LETTER.replace("</text>", f"</text><{LONG}/>"),
    "a huge attribute": LETTER.replace("<text>", f'<text a="{LONG}">'),
    "a huge attribute's name": LETTER.replace("<text>", f'<text {LONG}="">'),
    "many attributes": LETTER.replace("<text>", "<text" + numbered(' a{}=""') + ">"),
    "many name spaces": LETTER.replace("<text>", "<text" + numbered(' xmlns:a{}=""') + ">"),
    "many elements": LETTER.replace("</text>", "</text>" + numbered("<a{}/>")),
    "many equal elements": LETTER.replace("</text>", "</text>" + "<a/>" * 200_000),
    "many open elements": LETTER.replace("Hello", "<a>" * 300_000),
    "many closed elements": LETTER.replace("Hello", "</a>" * 200_000),
    "many ampersands": LETTER.replace("Hello", "&" * 900_000),
    "many opened tags": LETTER.replace("Hello", "<" * 900_000),
    "a tag that never ends": LETTER.replace("Hello", "<a " + "b " * 450_000),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_takes_no_time(attack: str, client: httpx.Client) -> None:
    assert len(attack) <= MIB
    began = time.process_time()

    answer = send(client, OMNI, attack, form="xml")

    assert answer.status_code in (200, 400)
    assert answer.headers["content-type"].startswith("application/xml")
    assert time.process_time() - began < 3
    # Nothing of this machine, nor anything from elsewhere, is in the message that was delivered.
    assert "root:" not in client.get("/__admin/messages").text


@pytest.mark.parametrize("attack", ["a quadratic blow-up", "an external parameter entity"])
def test_an_attack_by_entities_is_refused_by_its_name(attack: str, client: httpx.Client) -> None:
    answer = send(client, OMNI, ATTACKS[attack], form="xml")

    assert answer.status_code == 400
    assert "xml-dtd" in answer.headers["emulator-rejection"]
