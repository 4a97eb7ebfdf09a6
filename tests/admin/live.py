"""An emulator whose clock stands still, with a receiver: sends, and asks the admin API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from emulator import resources
from tests.providers.bodies import FACEBOOK, KONNEK, OMNI, OMNICHAT, facebook, konnek, omni
from tests.providers.calls import send
from tests.receiver import Received, Receiver

BUTTONS: dict[str, Any] = {
    "type": "BUTTONS",
    "text": "Tea?",
    "buttons": [
        {"type": "POSTBACK", "text": "Yes", "payload": "tea:yes"},
        {"type": "URL", "text": "Learn more", "url": "http://example.com/tea"},
    ],
}
TEMPLATE: dict[str, Any] = {
    "type": "TEMPLATE",
    "payload": {
        "type": "BUTTON",
        "text": "Tea?",
        "buttons": [
            {"type": "POSTBACK", "title": "Yes", "payload": "tea:yes"},
            {"type": "URL", "title": "Learn more", "url": "http://example.com/tea"},
        ],
    },
}


class Live:
    """A client of one emulator."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.call("PUT", "clock", mode="frozen", now="2026-01-31T12:00:00Z")

    def call(self, method: str, path: str, expected: int = 200, /, **members: Any) -> Any:
        """Call the admin API, and give the document that it answers with."""
        answer = self.client.request(method, f"/__admin/{path}", json=members)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def get(self, path: str, **query: str) -> Any:
        """What the admin API gives."""
        answer = self.client.get(f"/__admin/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def problem(self, method: str, path: str, body: Any) -> tuple[int, str, str]:
        """Status, code and detail of the problem that a call is answered with."""
        answer = self.client.request(method, f"/__admin/{path}", json=body)
        document = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, document["code"], document["detail"]

    def advance(self, seconds: float = 0) -> None:
        """Let time go by, and everything on the way be answered."""
        self.call("POST", "clock/advance", seconds=seconds)

    def told(self, receiver: Receiver) -> list[Received]:
        """What a receiver has got once everything that is on its way has arrived."""
        self.advance()
        return receiver.received

    def webhook(self, receiver: Receiver, **members: Any) -> None:
        """Let callbacks go to a receiver."""
        self.call("PUT", "webhook", url=receiver.url, **members)

    def send(self, endpoint: str, body: Any) -> str:
        """Send a message, and give its id."""
        answer = send(self.client, endpoint, body)
        assert answer.status_code == 200, answer.text
        newest: str = self.get("messages")["messages"][-1]["id"]
        return newest

    def text(self, recipient: str = "41793026727", text: str = "Hello") -> str:
        """Send an OMNI text, and give the message's id."""
        return self.send(OMNI, omni(recipient, text=text))

    def buttons(self, endpoint: str = OMNICHAT) -> str:
        """Send a question with buttons, and give the message's id."""
        return self.send(endpoint, question(endpoint))

    def message(self, id: str) -> Any:
        """A message's record."""
        return self.get(f"messages/{id}")

    def history(self, id: str) -> list[str]:
        """The statuses that a message had."""
        return [step["status"] for step in self.message(id)["history"]]

    def callbacks(self, **query: str) -> list[Any]:
        """The records of callbacks."""
        found: list[Any] = self.get("callbacks", **query)["callbacks"]
        return found


def question(endpoint: str) -> Any:
    """A request whose message has the button Yes, and one for an address where it may."""
    if endpoint == OMNICHAT:
        return {"to": "user-1", "message": BUTTONS}
    if endpoint == FACEBOOK:
        return facebook(TEMPLATE, to="user-1")
    buttons = [{"key": "tea:yes", "title": "Yes"}, {"key": "tea:no", "title": "No"}]
    assert endpoint == KONNEK
    return konnek("button", {"text": "Tea?", "button": buttons}, recipient="user-1")


def unlike_its_schema(event: str, provider: str, document: Any) -> list[str]:
    """What in a callback's document is not as its schema says."""
    uri = resources.schemas()[f"{provider}/callback-{event}.json"].uri
    validator = resources.schemas().validator(uri, "warn")
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]


def strangers(records: Any) -> Iterator[str]:
    """The callbacks in JSON that are not as the schema of their provider says."""
    for record in records:
        if "json" in record["request"]["media_type"]:
            body = httpx.Response(200, content=record["request"]["body"]).json()
            provider = "konnek" if "status" in body or "from" in body else "infobip"
            yield from unlike_its_schema(record["event"], provider, body)
