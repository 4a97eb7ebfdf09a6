"""What becomes of a call with which nothing is wrong: rules, then recipients, then consent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from emulator.core.behaviour import Accept, Answer, Break, Outcome, Refuse
from emulator.core.message import Message
from emulator.core.provider import Arrival, Endpoint, Provider
from emulator.core.rejections import Ordered
from emulator.core.rulebook import Order
from emulator.core.session import Session


class Decision(NamedTuple):
    """The messages as they are accepted, and what becomes of the answer to them.

    `delay` is in seconds, `rule` the id of the rule that decided.
    """

    messages: Sequence[Message]
    action: Answer | Break | None = None
    delay: float = 0.0
    rule: str | None = None


CONSENT = Decision(())
"""What becomes of a call that no rule and no magic recipient is about."""


async def decide(
    messages: Sequence[Message],
    arrival: Arrival,
    endpoint: Endpoint,
    provider: Provider,
    session: Session,
    exchange: str,
) -> Decision:
    """Decide for each message; the first outcome that is about the whole call decides for all.

    Raises Ordered where that is a refusal.
    """
    decided: list[Message] = []
    delay, rule = 0.0, None
    for message in messages:
        ordered = session.rules.decide(
            message, endpoint.name, provider, arrival.document, exchange
        ) or await _magic(message, provider, session)
        if ordered is None:
            decided.append(message)
            continue
        rule = rule or ordered.rule
        if ordered.outcome.delay is not None:
            chance = session.entropy.chance(f"{exchange}/delay/{len(decided)}")
            delay = max(delay, ordered.outcome.delay.seconds(chance))
        match ordered.outcome.action:
            case Accept() as accept:
                decided.append(_accepted(message, accept, provider))
            case Refuse(name, retry_after):
                after = () if retry_after is None else (("Retry-After", str(retry_after)),)
                raise Ordered(name, ordered.reason, after, delay=delay, rule=ordered.rule)
            case Answer() | Break() as action:
                rest = messages[len(decided) :]
                return Decision([*decided, *rest], action, delay, ordered.rule)
    return Decision(decided, None, delay, rule)


def any_magic(messages: Sequence[Message], provider: Provider) -> bool:
    """Whether one of the recipients triggers an outcome without a rule."""
    magic = provider.magic_recipients
    if len(messages) == 1:
        return messages[0].recipient.lstrip("+") in magic
    return any(message.recipient.lstrip("+") in magic for message in messages)


async def _magic(message: Message, provider: Provider, session: Session) -> Order | None:
    recipient = message.recipient.lstrip("+")
    known = provider.magic_recipients.get(recipient)
    if known is None:
        return None
    if known.times is not None and await session.journal.uses(recipient) > known.times:
        return None
    return Order(Outcome(known.action), f"{recipient} is a recipient that triggers this answer")


def _accepted(message: Message, accept: Accept, provider: Provider) -> Message:
    status = message.status if accept.status is None else provider.statuses[accept.status]
    return message._replace(status=status, plan=accept.then)
