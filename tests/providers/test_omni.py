"""OMNI (document 001): destinations, ids and bulks, in JSON and XML."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.providers.bodies import OMNI, Way, assert_refused, omni, omni_xml
from tests.providers.calls import journalled, messages, send, told, warned

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
GROUPED = "[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{16}"

ONE = "<to><phoneNumber>41793026727</phoneNumber></to>"
OTHER = "<messageId>M-2</messageId><to><phoneNumber>41793026731</phoneNumber></to>"


def one(answer: httpx.Response) -> dict[str, Any]:
    (message,) = answer.json()["messages"]
    found: dict[str, Any] = message
    return found


def test_a_message_has_a_uuid_in_json(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727"))

    assert re.fullmatch(UUID, one(answer)["messageId"])


def test_a_message_has_an_id_of_the_older_form_in_xml(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni_xml("41793026727"), form="xml")

    assert re.search(f"<messageId>{GROUPED}</messageId>", answer.text)


@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_a_client_s_own_message_id_is_answered(accept: str, client: httpx.Client) -> None:
    destination = {"messageId": "MESSAGE-ID-123-xyz", "to": {"phoneNumber": "41793026727"}}
    body = {"destinations": [destination], "text": "Hello"}

    answer = send(client, OMNI, body, {"Accept": accept})

    (message,) = messages(client)
    assert "MESSAGE-ID-123-xyz" in answer.text
    assert message["id"] == "MESSAGE-ID-123-xyz"


def test_an_empty_message_id_counts_as_none(client: httpx.Client) -> None:
    destination = {"messageId": "", "to": {"phoneNumber": "41793026727"}}

    answer = send(client, OMNI, {"destinations": [destination], "text": "Hello"})

    assert re.fullmatch(UUID, one(answer)["messageId"])


def test_one_destination_gets_no_bulk_id(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727"))

    assert list(answer.json()) == ["messages"]
    assert messages(client)[0]["bulk_id"] is None


def test_several_destinations_get_a_bulk_id_before_the_messages(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727", "41793026731"))

    bulk_id = answer.json()["bulkId"]
    assert list(answer.json()) == ["bulkId", "messages"]
    assert re.fullmatch(UUID, bulk_id)
    assert [message["bulk_id"] for message in messages(client)] == [bulk_id, bulk_id]


def test_a_bulk_id_is_echoed_even_to_one_destination_and_warned_of(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727", bulkId="Bulk-1"))

    assert answer.json()["bulkId"] == "Bulk-1"
    assert warned(answer) == ["infobip.bulk-id-single"]


def test_a_bulk_id_is_echoed_to_several_destinations(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727", "41793026731", bulkId="Bulk-1"))

    assert answer.json()["bulkId"] == "Bulk-1"
    assert warned(answer) == []


def test_an_answer_repeats_the_address_and_no_more(client: httpx.Client) -> None:
    to = {"emailAddress": "email@example.com", "phoneNumber": "41793026727", "pushId": "1"}

    answer = send(client, OMNI, {"destinations": [{"to": to}], "text": "Hello"})

    assert list(one(answer)) == ["to", "status", "messageId"]
    assert list(one(answer)["to"].items()) == [
        ("phoneNumber", "41793026727"),
        ("emailAddress", "email@example.com"),
    ]


@pytest.mark.parametrize(
    "destinations",
    [
        f"<destination>{ONE}</destination><destination>{OTHER}</destination>",
        f"<destinations>{ONE}</destinations><destinations>{OTHER}</destinations>",
        f"<destination>{ONE}</destination><destinations>{OTHER}</destinations>",
    ],
)
def test_a_list_in_xml_may_be_spelt_in_both_ways(destinations: str, client: httpx.Client) -> None:
    body = f"<request><destinations>{destinations}</destinations><text>Hello</text></request>"

    answer = send(client, OMNI, body, {"Accept": "application/json"}, form="xml")

    recipients = [message["to"]["phoneNumber"] for message in answer.json()["messages"]]
    assert recipients == ["41793026727", "41793026731"]
    assert [message["recipient"] for message in messages(client)] == recipients


def test_the_root_of_a_request_in_xml_may_have_any_name(client: httpx.Client) -> None:
    body = omni_xml("41793026727").replace(b"request>", b"OmniTextRequest>")

    answer = send(client, OMNI, body, form="xml")

    assert answer.status_code == 200


def test_a_request_in_xml_may_have_attributes_namespaces_comments_and_cdata(
    client: httpx.Client,
) -> None:
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
        <!-- a request -->
        <o:request xmlns:o="urn:omni" version="1">
          <o:destinations type="list"><o:destination>{ONE}</o:destination></o:destinations>
          <?pi?>
          <o:text><![CDATA[1 < 2]]> &amp; 2 &#62; 1<!-- no --></o:text>
        </o:request>"""

    answer = send(client, OMNI, body, form="xml")

    assert answer.status_code == 200
    assert messages(client)[0]["text"] == "1 < 2 & 2 > 1"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("iso-8859-1", "iso-8859-1"),
        ("windows-1252", "windows-1252"),
    ],
)
def test_a_request_in_xml_may_declare_its_encoding(
    declared: str, encoding: str, client: httpx.Client
) -> None:
    text = omni_xml("41793026727", text="Käse").decode()

    body = f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding)
    answer = send(client, OMNI, body, form="xml")

    assert answer.status_code == 200
    assert messages(client)[0]["text"] == "Käse"


def test_a_single_destination_object_counts_as_a_list_of_one(client: httpx.Client) -> None:
    body = {"destinations": {"to": {"phoneNumber": "41793026727"}}, "text": "Hello"}

    answer = send(client, OMNI, body)

    assert answer.status_code == 200
    assert one(answer)["to"] == {"phoneNumber": "41793026727"}


def test_a_wrong_element_is_told_by_its_path_too(client: httpx.Client) -> None:
    body = f"""<request><destinations>
        <destination>{ONE}</destination>
        <destination><to><emailAddress>a@example.com</emailAddress></to></destination>
        </destinations><text>Hello</text></request>"""

    answer = send(client, OMNI, body, form="xml")

    (violation,) = journalled(client, answer)["rejection"]["violations"]
    assert_refused(answer, Way(OMNI, "xml"), 400)
    assert violation["code"] == "infobip.phone-number-required"
    assert violation["pointer"] == "/destinations/1/to/phoneNumber"
    assert violation["element"] == "/request/destinations/destination[2]/to/phoneNumber"


def test_every_destination_that_is_wrong_is_told(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("", "41793026727", ""))

    assert [reason.pointer for reason in told(answer, "Emulator-Rejection")] == [
        "/destinations/0/to/phoneNumber",
        "/destinations/2/to/phoneNumber",
    ]


def test_a_message_is_warned_of_what_stands_in_its_own_destination(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727", "12345", text="Hello"))

    codes = [[warning["code"] for warning in m["warnings"]] for m in messages(client)]
    assert warned(answer) == ["infobip.phone-number-format"]
    assert codes == [[], ["infobip.phone-number-format"]]


def test_a_message_without_a_text_is_sent_with_a_warning(client: httpx.Client) -> None:
    body = omni("41793026727")
    del body["text"]

    answer = send(client, OMNI, body)

    assert answer.status_code == 200
    assert warned(answer) == ["infobip.omni-text-required"]
    assert messages(client)[0]["text"] is None


@pytest.mark.parametrize("path", ["/1/omni/1/text", "/1/omni/1/text.json"])
def test_the_path_of_the_code_samples_works_with_a_warning(path: str, client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727"), path=path)

    assert answer.status_code == 200
    assert warned(answer) == ["infobip.path-prefix"]


@pytest.mark.parametrize("path", ["/omni/1//text", "//omni/1/text"])
def test_a_doubled_slash_does_not_matter(path: str, client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("41793026727"), path=f"http://localhost{path}")

    assert answer.status_code == 200


def test_what_xml_cannot_hold_is_replaced_in_an_answer(client: httpx.Client) -> None:
    body = omni("417\x0093026727\ufffe", bulkId="<&>\r\n")

    answer = send(client, OMNI, body, {"Accept": "application/xml"})

    assert "<bulkId>&lt;&amp;&gt;&#13;\n</bulkId>" in answer.text
    assert "<phoneNumber>417\ufffd93026727\ufffd</phoneNumber>" in answer.text


def test_a_message_keeps_its_own_part_of_the_request(client: httpx.Client) -> None:
    body = omni("41793026727", "41793026731", scenarioKey="K", mailSubject="Subject")

    send(client, OMNI, body)

    assert [message["content"] for message in messages(client)] == [
        {**body, "destinations": [destination]} for destination in body["destinations"]
    ]


def test_ten_thousand_destinations_are_all_sent_to(client: httpx.Client) -> None:
    recipients = [f"4179{number:07}" for number in range(10_000)]

    answer = send(client, OMNI, omni(*recipients))

    answered = [message["to"]["phoneNumber"] for message in answer.json()["messages"]]
    assert answer.status_code == 200
    assert answered == recipients
    assert client.get("/__admin/messages?limit=1").json()["total"] == 10_000
