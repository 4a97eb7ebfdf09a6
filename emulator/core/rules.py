"""Rules as users write them: read from JSON, each mistake told with what would have been right."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from emulator.core.behaviour import (
    FAULTS,
    LONGEST_DELAY,
    Accept,
    Action,
    Answer,
    Break,
    Delay,
    Lognormal,
    Match,
    Outcome,
    Refuse,
    Rule,
    Uniform,
    fits,
)
from emulator.core.errors import EmulatorError
from emulator.core.living import check_order
from emulator.core.matcher import Matcher
from emulator.core.message import Step
from emulator.core.provider import Provider
from emulator.core.words import unknown

_LONGEST_THEN = 366 * 24 * 3600.0
_MOST_OUTCOMES = 1000
_MOST_COPIES = 10
_WITH_RETRY_AFTER = ("too-many-requests", "unavailable")
_ACTIONS = ("accept", "refuse", "answer", "fault")


def rule(given: Any, providers: Sequence[Provider]) -> Rule:
    """The rule that a JSON value describes; raises EmulatorError."""
    members = _members(given, "a rule", ("name", "match", "outcomes", "times", "probability"))
    name = members.get("name")
    if name is not None and not isinstance(name, str):
        raise EmulatorError(f'member "name" takes a text, not {_shown(name)}')
    found = match(members.get("match", {}), providers)
    outcomes = members.get("outcomes")
    if not isinstance(outcomes, list) or not 0 < len(outcomes) <= _MOST_OUTCOMES:
        raise EmulatorError(
            f'member "outcomes" takes a list of 1 to {_MOST_OUTCOMES} outcomes, such as'
            f' [{{"refuse": "too-many-requests"}}], not {_shown(outcomes)}'
        )
    meant = [p for p in providers if any(found.fits_endpoint(e.name) for e in p.endpoints)]
    times = members.get("times")
    if times is not None and not (_is_whole(times) and 1 <= times <= 1_000_000_000):
        raise EmulatorError(
            f'member "times" takes a whole number from 1, or null for ever, not {_shown(times)}'
        )
    probability = members.get("probability")
    return Rule(
        match=found,
        outcomes=tuple(
            _outcome(outcome, f"outcomes[{index}]", meant) for index, outcome in enumerate(outcomes)
        ),
        given={"match": _given(members.get("match", {})), "outcomes": _given(outcomes)},
        name=name,
        times=times,
        probability=1.0
        if probability is None
        else _number(probability, 'member "probability"', 0, 1),
    )


def match(given: Any, providers: Sequence[Provider]) -> Match:
    """The match that a JSON value describes; raises EmulatorError."""
    members = _members(given, "a match", ("endpoint", "recipient", "document"))
    for name in ("endpoint", "recipient"):
        pattern = members.get(name)
        if pattern is not None and not (isinstance(pattern, str) and pattern):
            raise EmulatorError(f'"{name}" of a match takes a text, not {_shown(pattern)}')
    endpoint = members.get("endpoint")
    if endpoint is not None:
        known = [endpoint.name for provider in providers for endpoint in provider.endpoints]
        if not any(fits(endpoint, name) for name in known):
            raise EmulatorError(unknown("endpoint", endpoint, known))
    schema = members.get("document")
    try:
        document = None if schema is None else Matcher(schema)
    except EmulatorError as error:
        raise EmulatorError(f'"document" of a match: {error}') from None
    return Match(endpoint, members.get("recipient"), document)


def _outcome(given: Any, where: str, providers: Sequence[Provider]) -> Outcome:
    members = _members(given, where, (*_ACTIONS, "retry_after", "delay"))
    actions = [name for name in _ACTIONS if name in members]
    if len(actions) > 1:
        told = " and ".join(f'"{name}"' for name in actions)
        raise EmulatorError(f"{where} has {told}; an outcome is one of them")
    if not actions and "delay" not in members:
        raise EmulatorError(f"{where} is empty; an outcome has one of {', '.join(_ACTIONS)}")
    action = actions[0] if actions else "accept"
    if "retry_after" in members and action != "refuse":
        raise EmulatorError(f'{where} has "retry_after", which belongs to "refuse"')
    value = members.get(action, {})
    at = f"{where}.{action}"
    found: Action
    match action:
        case "accept":
            found = _accept(value, at, providers)
        case "refuse":
            found = _refuse(value, members.get("retry_after"), where, providers)
        case "answer":
            found = _answer(value, at)
        case _:
            if value not in FAULTS:
                raise EmulatorError(f"{where}: {unknown('fault', str(value), FAULTS)}")
            found = Break(value)
    return Outcome(found, _delay(members.get("delay"), f"{where}.delay"))


def _accept(given: Any, where: str, providers: Sequence[Provider]) -> Accept:
    members = _members(given, where, ("status", "then"))
    status = members.get("status")
    if status is not None:
        _known_status(status, where, providers)
    then = members.get("then")
    if then is None:
        return Accept(status)
    if not isinstance(then, list):
        raise EmulatorError(f"{where}.then takes a list of steps, not {_shown(then)}")
    steps: list[Step] = []
    for index, item in enumerate(then):
        at = f"{where}.then[{index}]"
        step = _step(item, at, providers)
        if steps and step.after < steps[-1].after:
            raise EmulatorError(
                f"{at}.after is {step.after:.15g}, less than that of the step that it follows"
                f" ({steps[-1].after:.15g}); it counts seconds since acceptance"
            )
        steps.append(step)
    named = [name for name in (status, *(step.status for step in steps)) if name is not None]
    statuses = next((p.statuses for p in providers if p.statuses.keys() >= {*named}), None)
    if statuses is None:
        told = " and ".join(f'"{name}"' for name in dict.fromkeys(named))
        raise EmulatorError(f"{where}: no provider has all of the statuses {told}")
    try:
        check_order(status and statuses[status], steps, statuses)
    except EmulatorError as error:
        raise EmulatorError(f"{where}.then: {error}") from None
    return Accept(status, tuple(steps))


def _step(given: Any, at: str, providers: Sequence[Provider]) -> Step:
    known = ("after", "status", "channel", "late", "copies")
    members = _members(given, at, known, needed=known[:2])
    _known_status(members["status"], at, providers)
    channel, copies = members.get("channel"), members.get("copies", 1)
    if channel is not None and not (isinstance(channel, str) and channel):
        raise EmulatorError(f"{at}.channel takes a text, not {_shown(channel)}")
    if not (_is_whole(copies) and 0 <= copies <= _MOST_COPIES):
        raise EmulatorError(f"{at}.copies takes 0 to {_MOST_COPIES}, not {_shown(copies)}")
    return Step(
        after=_number(members["after"], f"{at}.after", 0, _LONGEST_THEN),
        status=members["status"],
        channel=channel,
        late=_number(members.get("late", 0), f"{at}.late", 0, _LONGEST_THEN),
        copies=copies,
    )


def _known_status(status: Any, where: str, providers: Sequence[Provider]) -> None:
    if not any(status in provider.statuses for provider in providers if isinstance(status, str)):
        known = [name for provider in providers for name in provider.statuses]
        raise EmulatorError(f"{where}: {unknown('status', str(status), known)}")


def _refuse(given: Any, retry_after: Any, where: str, providers: Sequence[Provider]) -> Refuse:
    known = dict.fromkeys(name for provider in providers for name in provider.refusals)
    if not isinstance(given, str) or given not in known:
        raise EmulatorError(f"{where}: {unknown('rejection', str(given), known)}")
    if retry_after is not None and given not in _WITH_RETRY_AFTER:
        told = " and ".join(f'"{name}"' for name in _WITH_RETRY_AFTER)
        raise EmulatorError(f'{where} has "retry_after", which goes with {told}')
    if retry_after is not None and not (_is_whole(retry_after) and 0 <= retry_after <= 86_400):
        raise EmulatorError(
            f"{where}.retry_after takes whole seconds from 0 to 86400, not {_shown(retry_after)}"
        )
    return Refuse(given, retry_after)


def _answer(given: Any, where: str) -> Answer:
    members = _members(given, where, ("status", "headers", "body"))
    status = members.get("status", 200)
    # Lower ones announce another answer, and the server would not let them end one.
    if not (_is_whole(status) and 200 <= status <= 599):
        raise EmulatorError(f"{where}.status takes 200 to 599, not {_shown(status)}")
    headers = _members(members.get("headers", {}), f"{where}.headers", None)
    for name, value in headers.items():
        if not (re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) and isinstance(value, str)):
            raise EmulatorError(f'{where}.headers: "{name}": {_shown(value)} is no header')
        if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value):
            raise EmulatorError(
                f'{where}.headers: the value of "{name}" is not one line of Latin-1'
            )
        if name.lower() in ("content-length", "transfer-encoding", "connection"):
            raise EmulatorError(f'{where}.headers: "{name}" is the server\'s own; leave it out')
    body = members.get("body")
    if body is None or isinstance(body, str):
        content, media_type = (body or "").encode(), "text/plain;charset=UTF-8"
    else:
        content, media_type = orjson.dumps(body), "application/json;charset=UTF-8"
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers = {"Content-Type": media_type, **headers}
    if content and status in (204, 304):
        raise EmulatorError(f"{where}: an answer with status {status} has no body")
    return Answer(status, tuple(headers.items()), content)


def _delay(given: Any, where: str) -> Delay | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        seconds = _number(given, where, 0, LONGEST_DELAY)
        return Uniform(seconds, seconds) if seconds else None
    members = _members(given, where, ("uniform", "lognormal"))
    match members:
        case {"uniform": [least, most], **rest} if not rest:
            least = _number(least, f"{where}.uniform[0]", 0, LONGEST_DELAY)
            most = _number(most, f"{where}.uniform[1]", 0, LONGEST_DELAY)
            if least > most:
                raise EmulatorError(f"{where}.uniform: {least:g} is more than {most:g}")
            return Uniform(least, most)
        case {"lognormal": shape, **rest} if not rest:
            at = f"{where}.lognormal"
            parts = _members(shape, at, ("median", "sigma"), needed=("median", "sigma"))
            median = _number(parts["median"], f"{at}.median", 0, LONGEST_DELAY)
            return Lognormal(median, _number(parts["sigma"], f"{at}.sigma", 0, 10))
    raise EmulatorError(
        f'{where} takes seconds, {{"uniform": [a, b]}} or'
        f' {{"lognormal": {{"median": m, "sigma": s}}}}, not {_shown(given)}'
    )


def _members(
    given: Any, what: str, known: Collection[str] | None, needed: Collection[str] = ()
) -> dict[str, Any]:
    """The members of an object, all of them known; null is as good as absent."""
    if not isinstance(given, Mapping):
        raise EmulatorError(f"{what} takes an object, not {_shown(given)}")
    for name in given:
        if known is not None and name not in known:
            raise EmulatorError(f"{what}: {unknown('member', name, known)}")
    for name in needed:
        if given.get(name) is None:
            raise EmulatorError(f'{what} lacks member "{name}"')
    return {name: value for name, value in given.items() if value is not None}


def _number(value: Any, what: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise EmulatorError(
            f"{what} takes a number from {least:g} to {most:.15g}, not {_shown(value)}"
        )
    return float(value)


def _given(value: Any) -> Any:
    """A value as its author wrote it, less members that are null."""
    if isinstance(value, list):
        return [_given(item) for item in value]
    if not isinstance(value, dict):
        return value
    # A schema and a body are somebody else's, and null may mean something there.
    return {
        name: item if name in ("document", "body") else _given(item)
        for name, item in value.items()
        if item is not None
    }


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """A value as JSON, so long as it is short."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
