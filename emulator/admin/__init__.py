"""The admin API under `/__admin`: one table of calls, each with what it takes and gives."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount

from emulator.admin import (
    contract,
    docs,
    endpoints,
    events,
    health,
    journal,
    openapi,
    readings,
    rules,
    sessions,
)
from emulator.admin.calls import AdminCall
from emulator.admin.problems import Problem, show, show_bug, show_http

CALLS = (
    AdminCall(
        "GET",
        "/health",
        health.show,
        "Whether the emulator is ready, its version and store",
        gives="health",
    ),
    AdminCall(
        "GET",
        "/endpoints",
        endpoints.list_endpoints,
        "Every endpoint with its paths, formats, schemas, answers and fidelity",
        gives="endpoints",
    ),
    AdminCall(
        "GET",
        "/requests",
        journal.list_requests,
        "The calls that arrived, newest last",
        gives="requests",
        parameters=journal.REQUEST_PARAMETERS,
        problems=(400,),
    ),
    AdminCall(
        "DELETE", "/requests", journal.clear, "Forget all calls and messages", media_type=None
    ),
    AdminCall(
        "POST",
        "/requests/find",
        journal.find_requests,
        "The calls that a match is about",
        takes="match",
        gives="requests",
        problems=(400,),
    ),
    AdminCall(
        "POST",
        "/requests/count",
        journal.count_requests,
        "How many calls a match is about",
        takes="match",
        gives="count",
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/requests/{id}",
        journal.show_request,
        "One call: as received, as answered, and why",
        gives="request",
        parameters=(journal.REQUEST_ID,),
        problems=(404,),
    ),
    AdminCall(
        "GET",
        "/messages",
        journal.list_messages,
        "What was sent, newest last",
        gives="messages",
        parameters=journal.MESSAGE_PARAMETERS,
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/messages/{id:path}",
        journal.show_message,
        "One message; the newest, where a client reused an id",
        gives="message",
        parameters=(journal.MESSAGE_ID,),
        problems=(404,),
    ),
    AdminCall(
        "GET",
        "/contract",
        contract.list_rules,
        "Every rule that a call can break, with its source; how much of them was tried",
        gives="contract",
        parameters=contract.PARAMETERS,
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/contract/{code}",
        contract.show_rule,
        "One rule, with an example that keeps it and one that breaks it",
        gives="contract-rule",
        parameters=(contract.CODE,),
        problems=(404,),
    ),
    AdminCall(
        "GET",
        "/readings",
        readings.show,
        "How contradictions in the documents are read, and how else they could be",
        gives="readings",
    ),
    AdminCall(
        "PUT",
        "/readings",
        readings.choose,
        "Choose readings, and strict mode; what is not named keeps its value",
        takes="choice",
        gives="readings",
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/rules",
        rules.list_rules,
        "The rules in the order in which they are tried, newest first",
        gives="rules",
    ),
    AdminCall(
        "POST",
        "/rules",
        rules.install,
        "Make something happen to calls that match",
        takes="rule-given",
        gives="rule",
        statuses=(201,),
        problems=(400,),
    ),
    AdminCall("DELETE", "/rules", rules.forget_all, "Forget all rules", media_type=None),
    AdminCall(
        "GET",
        "/rules/{id}",
        rules.show,
        "One rule with its uses, and what came nearest to using it",
        gives="rule",
        parameters=(rules.RULE_ID,),
        problems=(404,),
    ),
    AdminCall(
        "DELETE",
        "/rules/{id}",
        rules.forget,
        "Forget one rule",
        parameters=(rules.RULE_ID,),
        media_type=None,
        problems=(404,),
    ),
    AdminCall(
        "POST",
        "/reset",
        journal.reset,
        "Forget everything of the session, counters included, once what is in flight is settled",
        media_type=None,
    ),
    AdminCall(
        "POST",
        "/reset/{part}",
        journal.reset_part,
        "Forget one part of it",
        parameters=(journal.PART,),
        media_type=None,
        problems=(404,),
    ),
    AdminCall(
        "GET",
        "/sessions",
        sessions.list_sessions,
        "The sessions, the latest used last",
        gives="sessions",
    ),
    AdminCall(
        "POST",
        "/sessions",
        sessions.create,
        "A session with accounts of its own; 200 and unchanged where there is one of that name",
        takes="session-given",
        gives="session",
        statuses=(200, 201),
        problems=(400,),
    ),
    AdminCall(
        "DELETE",
        "/sessions/{name}",
        sessions.delete,
        "Forget a session and everything in it",
        parameters=(sessions.NAME,),
        media_type=None,
        problems=(400, 404),
    ),
    AdminCall(
        "GET",
        "/events",
        events.follow,
        "What happens, as it happens: events `request`, `message` and `reset`",
        parameters=events.PARAMETERS,
        media_type="text/event-stream",
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/openapi.json",
        openapi.show,
        "This description, in OpenAPI 3.1",
        gives="openapi",
    ),
    AdminCall(
        "GET",
        "/docs",
        docs.show,
        "This description as a page to read",
        media_type="text/html",
    ),
    AdminCall(
        "GET", "/docs.css", docs.style, "The style sheet of that page", media_type="text/css"
    ),
)
"""Every call of the admin API; `GET /__admin/openapi.json` describes them from this table."""

ROUTES: list[BaseRoute] = [Mount("/__admin", routes=[call.route() for call in CALLS])]

EXCEPTION_HANDLERS = {Problem: show, HTTPException: show_http, Exception: show_bug}
