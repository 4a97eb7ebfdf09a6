"""What a session tells the application by itself: callbacks, tried again until they arrive."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from emulator.core.agenda import Agenda
from emulator.core.clock import Clock

EventName: TypeAlias = Literal["status", "seen", "inbound", "postback"]
State: TypeAlias = Literal["pending", "delivered", "failed", "refused"]

MOST_PENDING = 10_000
"""How many callbacks can be on their way; more are refused."""
MOST_KEPT = 10_000
"""How many callbacks that came to an end are remembered."""
MOST_ATTEMPTS = 6
"""How often a callback is tried."""

_REMEDY = "PUT /__admin/webhook sets one"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where callbacks go, which, in what format, and the secret that they are signed with."""

    url: str
    secret: str | None = None
    events: Collection[EventName] = ("status", "seen", "inbound", "postback")
    format: str = "json"


class Attempt(NamedTuple):
    """One try to deliver: an answer's status and the beginning of its body, or an error."""

    at: float
    duration: float
    status: int | None
    error: str | None = None
    response: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Callback:
    """One thing to tell; those of one `order` are delivered one after another.

    `said` is what the user wrote or tapped, where it tells of that.
    """

    id: str
    event: EventName
    message: str | None
    order: str
    media_type: str
    body: bytes
    created_at: float
    webhook: Webhook | None
    said: Mapping[str, str | None] | None = None
    state: State = "pending"
    refusal: str | None = None
    attempts: list[Attempt] = field(default_factory=list)
    next_attempt_at: float | None = None


Send: TypeAlias = Callable[[Webhook, Callback, Callable[[], float]], Awaitable[Attempt]]


def retry_after(attempts: int) -> float:
    """Seconds to wait after so many attempts: a minute, and a minute times their square."""
    return 60.0 * (1 + attempts * attempts)


class Outbox:
    """The callbacks of a session; `tell` is told of each and of every change to it.

    `posted` counts them all, `refused` those that were never sent, `evicted` those forgotten.
    """

    def __init__(
        self,
        send: Send,
        clock: Clock,
        tell: Callable[[Callback], None],
        webhook: Webhook | None,
    ) -> None:
        self._send = send
        self._clock = clock
        self._tell = tell
        self._initial = webhook
        self.webhook = webhook
        self.agenda = Agenda(clock, self.settled)
        self._callbacks: dict[str, Callback] = {}
        self._queues: dict[str, deque[Callback]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.posted = 0
        self._pending = 0
        self.evicted = 0
        self.refused = 0

    def __iter__(self) -> Iterator[Callback]:
        """The callbacks, oldest first."""
        return iter([*self._callbacks.values()])

    def get(self, id: str) -> Callback | None:
        """One callback."""
        return self._callbacks.get(id)

    def wants(self, event: EventName) -> bool:
        """Whether there is somebody to tell of such a thing."""
        return self.webhook is not None and event in self.webhook.events

    def post(
        self,
        event: EventName,
        message: str | None,
        media_type: str,
        body: bytes,
        at: float,
        late: float = 0.0,
        said: Mapping[str, str | None] | None = None,
    ) -> Callback:
        """Tell something, at once or some seconds late; what is late waits for nothing else.

        The callbacks of one message go one by one, and so do the words of a user without one.
        """
        self.posted += 1
        id = f"callback-{self.posted}"
        user = said["sender"] if said is not None else None
        order = id if late else message or user or id
        callback = Callback(id, event, message, order, media_type, body, at, self.webhook, said)
        self._callbacks[id] = callback
        if self._pending >= MOST_PENDING:
            self._refuse(callback, f"{MOST_PENDING} callbacks are on their way already")
        elif not self.wants(event):
            known = "the webhook does not want such events" if self.webhook else "no webhook is set"
            self._refuse(callback, f"{known}; {_REMEDY}")
        else:
            self._pending += 1
            callback.next_attempt_at = at + late
            self._tell(callback)
            if late:
                self.agenda.at(at + late, self._enqueue, callback)
            else:
                self._enqueue(callback, at)
        self._make_place()
        return callback

    def redeliver(self, callback: Callback) -> None:
        """Try once more, at once."""
        self._run(self._attempt(callback, by_hand=True))

    async def settled(self) -> None:
        """Wait until what is being sent has been answered."""
        while self._running:
            await asyncio.wait([*self._running])

    def clear(self) -> None:
        """Forget all callbacks, those on their way too."""
        for task in self._running:
            task.cancel()
        self._callbacks.clear()
        self._queues.clear()
        self._pending = self.evicted = self.refused = 0

    def reset(self) -> None:
        """Forget all callbacks, and go back to the webhook that the session began with."""
        self.clear()
        self.posted = 0
        self.webhook = self._initial

    def _refuse(self, callback: Callback, reason: str) -> None:
        callback.state, callback.refusal = "refused", reason
        self.refused += 1
        self._tell(callback)

    def _enqueue(self, callback: Callback, at: float) -> None:
        if not self._is_open(callback):
            return
        queue = self._queues.setdefault(callback.order, deque())
        queue.append(callback)
        if len(queue) == 1:
            self._run(self._attempt(callback))
        else:
            callback.next_attempt_at = None

    def _retry(self, callback: Callback, at: float) -> None:
        if self._is_open(callback):
            self._run(self._attempt(callback))

    def _is_open(self, callback: Callback) -> bool:
        """Whether it is still to be delivered: not by hand meanwhile, and not forgotten."""
        return callback.state == "pending" and self._callbacks.get(callback.id) is callback

    def _run(self, attempt: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(attempt)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _attempt(self, callback: Callback, *, by_hand: bool = False) -> None:
        if (webhook := self.webhook) is None:
            if callback.state == "pending":
                callback.next_attempt_at = None
                self._refuse(callback, f"the webhook was removed; {_REMEDY}")
                self._go_on(callback)
            return
        callback.webhook = webhook
        attempt = await self._send(webhook, callback, self._clock.now)
        callback.attempts.append(attempt)
        was_pending = callback.state == "pending"
        if attempt.succeeded:
            callback.state, callback.next_attempt_at = "delivered", None
        elif was_pending and not by_hand:
            if len(callback.attempts) < MOST_ATTEMPTS:
                callback.next_attempt_at = self._clock.now() + retry_after(len(callback.attempts))
                self.agenda.at(callback.next_attempt_at, self._retry, callback)
            else:
                callback.state, callback.next_attempt_at = "failed", None
        self._tell(callback)
        if was_pending and callback.state != "pending":
            self._go_on(callback)

    def _go_on(self, callback: Callback) -> None:
        """Count one less on its way, and deliver what waits for it."""
        self._pending -= 1
        queue = self._queues.get(callback.order)
        if queue is None or queue[0] is not callback:
            return
        while queue and queue[0].state != "pending":
            queue.popleft()
        if queue:
            self._run(self._attempt(queue[0]))
        else:
            del self._queues[callback.order]

    def _make_place(self) -> None:
        while len(self._callbacks) > MOST_PENDING + MOST_KEPT:
            ended = (id for id, one in self._callbacks.items() if one.state != "pending")
            del self._callbacks[next(ended)]
            self.evicted += 1
