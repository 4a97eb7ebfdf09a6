"""`GET /__admin/export`: a session in one document."""

from __future__ import annotations

from tests.admin.conftest import Toys


def test_an_export_holds_everything_and_no_secret(lively: Toys) -> None:
    rule = {
        "name": "late",
        "match": {"recipient": "4179*"},
        "outcomes": [{"delay": 0.5}],
        "times": 2,
    }
    lively.client.post("/__admin/rules", json=rule)
    webhook = {"url": "http://127.0.0.1:9/callbacks", "secret": "not to be seen"}
    lively.client.put("/__admin/webhook", json=webhook)

    exported = lively.client.get("/__admin/export")

    bundle = exported.json()
    assert bundle["requests"] == lively.told("requests")["requests"]
    assert bundle["messages"] == lively.told("messages")["messages"]
    assert bundle["rules"] == [{**rule, "probability": 1.0, "uses": 0}]
    assert (bundle["session"], bundle["webhook"], bundle["clock"]) == (
        "default",
        webhook["url"],
        "real",
    )
    assert "not to be seen" not in exported.text
