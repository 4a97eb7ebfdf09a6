"""The shortest requests that the endpoints accept, and what they look like when refused."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx
import orjson

from emulator import resources
from tests.providers.calls import journalled, messages, told
from tests.providers.examples import PROVIDER_OF

OMNICHAT = "infobip.omnichat-message"
INVITE = "infobip.omnichat-invite"
OMNI = "infobip.omni-text"
FACEBOOK = "infobip.facebook-single"
KONNEK = "konnek.send-message"


class Way(NamedTuple):
    """An endpoint and the format in which it is talked to."""

    endpoint: str
    form: str

    @property
    def name(self) -> str:
        """Both, in a word."""
        return f"{self.endpoint}-{self.form}"


WAYS = [Way(endpoint, "json") for endpoint in (OMNICHAT, INVITE, OMNI, FACEBOOK, KONNEK)]
WAYS.append(Way(OMNI, "xml"))


def letter(way: Way, recipient: str = "41793026727", text: str = "Hello") -> Any:
    """A request that sends a text to one recipient."""
    match way:
        case (_, "xml"):
            return omni_xml(recipient, text=text)
        case (endpoint, _) if endpoint == OMNICHAT:
            return {"to": recipient, "message": {"type": "TEXT", "text": text}}
        case (endpoint, _) if endpoint == INVITE:
            return {"to": recipient, "message": f"{text} <link>", "linkPlaceholder": "<link>"}
        case (endpoint, _) if endpoint == OMNI:
            return omni(recipient, text=text)
        case (endpoint, _) if endpoint == FACEBOOK:
            return facebook({"type": "TEXT", "text": text}, to=recipient)
    return konnek("text", {"text": text}, recipient=recipient)


def omni(*recipients: str, text: str = "Hello", **members: Any) -> dict[str, Any]:
    """An OMNI request."""
    destinations = [{"to": {"phoneNumber": recipient}} for recipient in recipients]
    return {"destinations": destinations, "text": text, **members}


def omni_xml(*recipients: str, text: str = "Hello", further: str = "") -> bytes:
    """An OMNI request in XML, with further elements."""
    destinations = "".join(
        f"<destination><to><phoneNumber>{recipient}</phoneNumber></to></destination>"
        for recipient in recipients
    )
    return (
        f"<request><destinations>{destinations}</destinations><text>{text}</text>{further}"
        "</request>"
    ).encode()


def facebook(message: dict[str, Any], to: str = "41793026727") -> dict[str, Any]:
    """A request for the Facebook endpoint."""
    return {"from": "8F0792F86035A9F4290821F1EE6BC06A", "to": to, "message": message}


def konnek(kind: str, body: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A request for Konnek."""
    return {
        "id": "3c0b1912",
        "times": 1699594688,
        "timestamp": "2023-11-10T12:38:08+07:00",
        "recipient": "628123456789",
        "type": kind,
        "body": body,
        **members,
    }


INFOBIP_REFUSALS = {
    400: ("BAD_REQUEST", "Bad request"),
    401: ("UNAUTHORIZED", "Invalid login details"),
    403: ("FORBIDDEN", "Forbidden"),
    404: ("NOT_FOUND", "Not found"),
    405: ("METHOD_NOT_ALLOWED", "Method not allowed"),
    406: ("NOT_ACCEPTABLE", "Not acceptable"),
    413: ("PAYLOAD_TOO_LARGE", "Payload too large"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Unsupported media type"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    500: ("GENERAL_ERROR", "Something went wrong. Please contact support."),
    503: ("SERVICE_UNAVAILABLE", "Service unavailable"),
}
KONNEK_REFUSALS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def assert_refused(answer: httpx.Response, way: Way, status: int) -> None:
    """The answer has that status, and its body the provider's shape to the byte."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == f"application/{way.form};charset=UTF-8"
    assert "Emulator-Error" not in answer.headers
    assert "Emulator-Rejection" in answer.headers
    if way.endpoint == KONNEK:
        document = answer.json()
        assert resources.schemas()["konnek/refusal.json"].check(document) == []
        meta = document["meta"]
        assert (meta["code"], meta["message"]) == (status, KONNEK_REFUSALS[status])
        assert answer.content == orjson.dumps(document)
    else:
        assert answer.text == infobip_refusal(status, way.form)


def assert_malformed(
    client: httpx.Client, answer: httpx.Response, way: Way, rule: str, reason: str
) -> None:
    """The body is refused for that rule, in the header and in the journal; nothing is sent."""
    record = journalled(client, answer)
    (violation,) = record["rejection"]["violations"]
    (why,) = told(answer, "Emulator-Rejection")
    code = f"{PROVIDER_OF[way.endpoint].name}.{rule}"
    assert_refused(answer, way, 400)
    assert (why.code, violation["code"]) == (code, code)
    assert reason in why.message
    assert (record["outcome"], record["rejection"]["name"]) == ("refused", "malformed")
    assert (record["response"]["body"], messages(client)) == (answer.text, [])


def infobip_refusal(status: int, form: str) -> str:
    """The body of a refusal, to the byte."""
    message_id, text = INFOBIP_REFUSALS[status]
    if form == "json":
        return (
            '{"requestError":{"serviceException":'
            f'{{"messageId":"{message_id}","text":"{text}"}}}}}}'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ApiException><requestError><serviceException>'
        f"<messageId>{message_id}</messageId><text>{text}</text>"
        "</serviceException></requestError></ApiException>"
    )
