"""What a monitoring system wants to know, as Prometheus reads it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.world import World
from emulator.core.tally import SECONDS, Row

if TYPE_CHECKING:
    from prometheus_client import Metric


async def show(request: Request) -> Response:
    """`GET /__admin/metrics`: of all sessions together."""
    # Loaded when somebody asks, because it takes as long as everything else at a start.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    here: World = request.app.state.world
    metrics = [*_counted(here), *await _kept(here)]
    registry = CollectorRegistry()
    registry.register(_Collected(metrics))
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class _Collected:
    """Metrics for a registry to collect."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _counted(here: World) -> Iterator[Metric]:
    """What was answered and refused since the start."""
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
    )

    yield InfoMetricFamily(
        "emulator", "The running emulator", {"version": here.version, "store": here.store}
    )
    requests = CounterMetricFamily(
        "emulator_requests",
        "Calls that were answered",
        labels=("provider", "endpoint", "outcome", "status"),
    )
    messages = CounterMetricFamily("emulator_messages", "Messages sent", labels=("endpoint",))
    durations = HistogramMetricFamily(
        "emulator_request_duration_seconds",
        "From the arrival of a call to its answer, without a delay that a rule ordered",
        labels=("endpoint",),
    )
    by_endpoint: defaultdict[str, list[Row]] = defaultdict(list)
    for kind, row in sorted(here.tally.rows.items(), key=str):
        labels = (kind.provider or "", kind.endpoint or "", kind.outcome, str(kind.status))
        requests.add_metric(labels, sum(row.within))
        by_endpoint[kind.endpoint or ""].append(row)
    for endpoint, rows in by_endpoint.items():
        messages.add_metric((endpoint,), sum(row.messages for row in rows))
        within = accumulate(sum(counts) for counts in zip(*(r.within for r in rows), strict=True))
        buckets = list(zip((*map(str, SECONDS), "+Inf"), within, strict=True))
        durations.add_metric((endpoint,), buckets, sum(row.seconds for row in rows))
    yield from (requests, messages, durations)
    refused = CounterMetricFamily(
        "emulator_refused", "What a guard refused, by what it guards", labels=("guard",)
    )
    for guard, number in sorted(here.tally.refused.items()):
        refused.add_metric((guard,), number)
    yield refused


async def _kept(here: World) -> Sequence[Metric]:
    """What is kept now."""
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    opened = [*here.sessions]
    pages = [await each.session.journal.requests({}, limit=0) for each in opened]
    evicted = here.sessions.evicted
    callbacks = GaugeMetricFamily(
        "emulator_callbacks", "Callbacks that are kept in all sessions", labels=("event", "state")
    )
    states = Counter(
        (callback.event, callback.state) for each in opened for callback in each.session.outbox
    )
    for labels, number in sorted(states.items()):
        callbacks.add_metric(labels, number)
    return (
        callbacks,
        GaugeMetricFamily("emulator_sessions", "Sessions that exist", len(opened)),
        CounterMetricFamily("emulator_sessions_evicted", "Sessions that had to go", evicted),
        GaugeMetricFamily(
            "emulator_journal_requests",
            "Calls that are kept in all sessions",
            sum(page.total for page in pages),
        ),
        GaugeMetricFamily(
            "emulator_journal_evicted",
            "Calls of all sessions that the journal forgot since it was last emptied",
            sum(page.evicted for page in pages),
        ),
    )


CALLS = (
    AdminCall(
        "GET",
        "/metrics",
        show,
        "Counts and durations of calls of all sessions, as Prometheus reads them",
        media_type="text/plain",
    ),
)
