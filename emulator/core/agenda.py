"""What is to happen at times of a session's clock, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeAlias

from emulator.core.clock import Clock, exact

Act: TypeAlias = Callable[[Any, float], None]
"""Something to do with a subject, told the time at which it was due."""

_Due: TypeAlias = tuple[float, int, Act, Any]

_COARSE = 0.01
"""Seconds within which things that are due are done together."""

_EXACT = 5e-7
"""Half a microsecond: what the sum of two times may be off by, and no record shows."""


class Agenda:
    """Acts by the time at which they are due; those of one time in the order in which they came.

    `settled` waits for what acts have begun and not finished.
    """

    def __init__(self, clock: Clock, settled: Callable[[], Awaitable[None]]) -> None:
        self._clock = clock
        self._settled = settled
        # What comes in the order in which it is due, as most does, needs no heap.
        self._in_order: deque[_Due] = deque()
        self._others: list[_Due] = []
        self._order = count()
        self._alarm: asyncio.TimerHandle | None = None
        self._advancing = asyncio.Lock()

    def at(self, due: float, act: Act, subject: Any) -> None:
        """Do something at a time."""
        item = (due, next(self._order), act, subject)
        if not self._in_order or self._in_order[-1][0] <= due:
            self._in_order.append(item)
        else:
            heappush(self._others, item)
        if self._first() is item:
            self._set_alarm()

    def catch_up(self) -> None:
        """Do everything that is due by now."""
        by = self._clock.now() + _EXACT
        while (item := self._first()) is not None and item[0] <= by:
            if self._in_order and self._in_order[0] is item:
                self._in_order.popleft()
            else:
                heappop(self._others)
            due, _, act, subject = item
            act(subject, due)

    async def advance(self, seconds: float) -> None:
        """Move the clock on; everything on the way happens in its order and at its time."""
        async with self._advancing:
            # What was begun before ends before: when it ends decides when it is tried again.
            await self._settled()
            target = exact(self._clock.now() + seconds)
            try:
                while (item := self._first()) is not None and item[0] <= target + _EXACT:
                    # What came late is done at the present time.
                    self._clock.hold(max(item[0], target - seconds))
                    self.catch_up()
                    await self._settled()
            finally:
                self._clock.hold(None)
            self._clock.set(target)
        self._set_alarm()

    def clear(self) -> None:
        """Forget everything that is to happen."""
        self._in_order.clear()
        self._others.clear()
        self._set_alarm()

    def reset_alarm(self) -> None:
        """Look at the clock anew, after it was changed."""
        self.catch_up()
        self._set_alarm()

    def _first(self) -> _Due | None:
        in_order, others = self._in_order, self._others
        if others and (not in_order or others[0] < in_order[0]):
            return others[0]
        return in_order[0] if in_order else None

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        item = self._first()
        if item is not None and self._clock.mode == "real":
            loop = asyncio.get_running_loop()
            delay = max(item[0] - self._clock.now(), 0) + _COARSE
            self._alarm = loop.call_later(min(delay, 3600), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if not self._advancing.locked():
            self.catch_up()
        self._set_alarm()
