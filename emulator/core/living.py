"""Messages after they were sent: which statuses they can move to, and what they went through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from emulator.core import records
from emulator.core.errors import EmulatorError
from emulator.core.message import Message, Moment, Stage, Status, Step

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.core.provider import Provider

_RANK: dict[Stage, int] = {"underway": 0, "operator": 1, "delivered": 2, "seen": 3}


class Followed(NamedTuple):
    """The link of a message after somebody followed it, and the key of the user who did."""

    clicks: int
    user_key: str


class Kept:
    """An exchange in a journal, with its messages once somebody looks at them.

    `passed` are steps of the usual course that happened to all of them while nobody looked.
    """

    __slots__ = ("_living", "exchange", "passed", "provider", "session")

    def __init__(self, exchange: Exchange, provider: Provider | None, session: str) -> None:
        self.exchange = exchange
        self.provider = provider
        self.session = session
        self.passed: Sequence[Step] = ()
        self._living: Sequence[Living] | None = None

    @property
    def is_looked_at(self) -> bool:
        """Whether somebody has a hold of the messages."""
        return self._living is not None

    @property
    def living(self) -> Sequence[Living]:
        """The messages as they live."""
        if self._living is None:
            self._living = []
            if self.provider is not None:
                self._living = [Living(m, self, self.provider) for m in self.exchange.messages]
            for living in self._living:
                for step in self.passed:
                    living.move(living.accepted_at + step.after, step)
        return self._living


class Living:
    """A message that was sent, and the moments of its life since it was accepted."""

    __slots__ = ("exchange", "life", "link", "message", "provider", "session")

    def __init__(self, message: Message, kept: Kept, provider: Provider) -> None:
        self.message = message
        self.exchange = kept.exchange
        self.provider = provider
        self.session = kept.session
        self.life: list[Moment] = []
        self.link: Followed | None = None

    def __call__(self) -> bytes:
        """The record of the message as it is now."""
        return records.encode_message(self)

    @property
    def status(self) -> Status:
        """The status that it has now."""
        final = (moment.status for moment in reversed(self.life) if moment.final)
        return next(final, self.message.status)

    @property
    def accepted_at(self) -> float:
        """When it was accepted, in seconds since the epoch."""
        return self.exchange.call.received_at

    def plan(self) -> Iterable[tuple[float, Step]]:
        """The steps of its life by the time they are due, as far as they are known.

        Over the channels of a scenario, one after another: the next is tried where one fails.
        """
        message, provider = self.message, self.provider
        steps = message.plan
        if steps is None:
            steps = provider.timeline if message.status.stage == "underway" else ()
        if not message.flow:
            return [(self.accepted_at + step.after, step) for step in steps]
        return self._over_channels([channel for _, channel in message.flow], steps)

    def _over_channels(
        self, channels: Sequence[str], steps: Sequence[Step]
    ) -> Iterable[tuple[float, Step]]:
        begun = self.accepted_at
        for number, channel in enumerate(channels, start=1):
            meant = [step for step in steps if step.channel in (None, channel)]
            ended = begun
            failed = False
            # About a channel of which nothing is said the provider's usual course decides.
            for step in meant or (self.provider.timeline if steps else ()):
                failed = self.provider.statuses[step.status].stage == "failed"
                ended = begun + step.after
                final = not failed or number == len(channels)
                yield ended, step._replace(channel=channel, final=final)
            if not failed:
                return
            begun = ended

    def allowed(self) -> list[str]:
        """The statuses that it can move to."""
        now = self.status
        return [status.name for status in self.provider.statuses.values() if _can(now, status)]

    def move(self, at: float, step: Step) -> Moment:
        """Give it a status; raises EmulatorError where it cannot have it now."""
        status = self.provider.statuses[step.status]
        if not _can(self.status, status):
            allowed = ", ".join(self.allowed()) or "nothing, this one is final"
            raise EmulatorError(
                f'a message that is "{self.status.name}" cannot become "{status.name}";'
                f" it can become {allowed}"
            )
        moment = Moment(at, status, step.channel, step.final)
        self.life.append(moment)
        return moment

    @property
    def channel(self) -> str:
        """The channel by which it goes now."""
        return self._way[1]

    @property
    def sender(self) -> str | None:
        """Who it comes from on that channel."""
        return self._way[0]

    @property
    def _way(self) -> tuple[str | None, str]:
        message = self.message
        if not message.flow:
            return message.sender, message.channel
        # A moment that is not final is the last of its channel.
        passed = sum(not moment.final for moment in self.life)
        return message.flow[min(passed, len(message.flow) - 1)]


def is_usual(message: Message) -> bool:
    """Whether nothing is said about the life of a message that was accepted."""
    return message.plan is None and not message.flow and message.status.stage == "underway"


def check_order(
    first: Status | None, steps: Iterable[Step], statuses: Mapping[str, Status]
) -> None:
    """Raise EmulatorError where a step of one channel cannot follow the one before it.

    Without a `first` status the message is underway.
    """
    before: dict[str | None, Status | None] = {None: first}
    for step in steps:
        earlier, named = before.get(step.channel), statuses[step.status]
        if not _can(earlier, named):
            where = f'follow "{earlier.name}"' if earlier is not None else "come first"
            allowed = [status.name for status in statuses.values() if _can(earlier, status)]
            raise EmulatorError(
                f'"{named.name}" cannot {where}; what can is'
                f" {', '.join(allowed) or 'nothing: this status is final'}"
            )
        before[step.channel] = named


def _can(before: Status | None, after: Status) -> bool:
    """Whether a status can follow another one, or else the one that a message is accepted with."""
    stage = before.stage if before is not None else "underway"
    if stage in ("failed", "seen") or after is before:
        return False
    if after.stage == "failed":
        return _RANK[stage] < _RANK["delivered"]
    if after.stage == "seen":
        return stage == "delivered"
    if after.stage == "underway":
        return stage == "underway"
    return _RANK[after.stage] > _RANK[stage]
