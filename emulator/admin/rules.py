"""What shall happen: the session's rules."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall, Parameter
from emulator.admin.problems import Problem
from emulator.admin.world import World, answer, document, world
from emulator.core import rules
from emulator.core.errors import EmulatorError
from emulator.core.recollection import near_misses
from emulator.core.rulebook import Installed

RULE_ID = Parameter("id", "The rule's id")

_LOOKED_AT = 300
"""Among how many of the latest events the requests are that an unused rule is compared with."""


async def list_rules(request: Request) -> Response:
    """`GET /__admin/rules`: in the order in which they are tried, newest first."""
    here = await world(request)
    recent = await _recent(here)
    return answer({"rules": [_described(rule, recent, here) for rule in here.session.rules]})


async def install(request: Request) -> Response:
    """`POST /__admin/rules`."""
    here = await world(request)
    try:
        rule = rules.rule(await document(request), here.providers)
        installed = here.session.rules.add(rule, await here.session.journal.position())
    except EmulatorError as error:
        raise Problem(400, "rule", str(error)) from None
    return answer(_described(installed, [], here), 201)


async def forget_all(request: Request) -> Response:
    """`DELETE /__admin/rules`."""
    (await world(request)).session.rules.clear()
    return Response(status_code=204)


async def show(request: Request) -> Response:
    """`GET /__admin/rules/{id}`."""
    here = await world(request)
    return answer(_described(_found(request, here), await _recent(here), here))


async def forget(request: Request) -> Response:
    """`DELETE /__admin/rules/{id}`."""
    here = await world(request)
    here.session.rules.remove(_found(request, here).id)
    return Response(status_code=204)


def _found(request: Request, here: World) -> Installed:
    id = request.path_params["id"]
    found = here.session.rules.get(id)
    if found is None:
        raise Problem(404, "rule", f'no rule "{id}" is installed; GET /__admin/rules lists them')
    return found


async def _recent(here: World) -> list[tuple[int, dict[str, Any]]]:
    """The latest requests with their numbers, where a rule is to be compared with them."""
    unused = [installed.since for installed in here.session.rules if not installed.uses]
    if not unused:
        return []
    journal = here.session.journal
    return await journal.requests_after(max(min(unused), await journal.position() - _LOOKED_AT))


def _described(
    installed: Installed, recent: list[tuple[int, dict[str, Any]]], here: World
) -> dict[str, Any]:
    rule = installed.rule
    since = [record for number, record in recent if number > installed.since]
    return {
        "id": installed.id,
        "name": rule.name,
        "match": rule.given["match"],
        "outcomes": rule.given["outcomes"],
        "times": rule.times,
        "probability": rule.probability,
        "uses": installed.uses,
        "remaining": installed.remaining,
        "near_misses": [] if installed.uses else near_misses(installed, since, here.providers),
    }


CALLS = (
    AdminCall(
        "GET",
        "/rules",
        list_rules,
        "The rules in the order in which they are tried, newest first",
        gives="rules",
    ),
    AdminCall(
        "POST",
        "/rules",
        install,
        "Make something happen to calls that match",
        takes="rule-given",
        gives="rule",
        statuses=(201,),
        problems=(400,),
    ),
    AdminCall("DELETE", "/rules", forget_all, "Forget all rules", media_type=None),
    AdminCall(
        "GET",
        "/rules/{id}",
        show,
        "One rule with its uses, and what came nearest to using it",
        gives="rule",
        parameters=(RULE_ID,),
        problems=(404,),
    ),
    AdminCall(
        "DELETE",
        "/rules/{id}",
        forget,
        "Forget one rule",
        parameters=(RULE_ID,),
        media_type=None,
        problems=(404,),
    ),
)
