"""What was measured, and how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import Load

QUIET = 0.9


@dataclass(frozen=True)
class Throughput:
    """One sample on both servers."""

    name: str
    emulator: Load
    bare: Load
    emulator_peak_mb: float
    bare_peak_mb: float
    ratio: float
    least_ratio: float | None


@dataclass(frozen=True)
class Figure:
    """One other measurement; smaller is better."""

    name: str
    value: float
    unit: str
    most: float | None = None


def throughput_table(rows: Sequence[Throughput]) -> str:
    """Both servers side by side, a line for each sample."""
    one = ["p50 ms", "p99 ms", "CPU us", "peak MB"]
    head = ["", "req/s", *one, "bare req/s", *one, "ratio", "by CPU", "budget"]
    lines = table(
        [
            head,
            *(
                [
                    row.name,
                    *speed(row.emulator),
                    f"{row.emulator_peak_mb:.0f}",
                    *speed(row.bare),
                    f"{row.bare_peak_mb:.0f}",
                    f"{row.ratio:.2f}",
                    f"{row.bare.cpu_us / row.emulator.cpu_us:.2f}",
                    budget(
                        ">=",
                        row.least_ratio,
                        row.least_ratio is None or row.ratio >= row.least_ratio,
                    ),
                ]
                for row in rows
            ),
        ]
    )
    share = min(min(row.emulator.core_share, row.bare.core_share) for row in rows)
    if share < QUIET:
        lines += (
            f"\n\nSomething else ran on this machine: a server had its core for only {share:.0%}"
            "\nof a round. The ratio by CPU says more than the one of requests/s."
        )
    return lines


def figure_table(figures: Sequence[Figure]) -> str:
    """A line for each figure."""
    return table(
        [
            ["", "measured", "unit", "budget"],
            *(
                [
                    figure.name,
                    f"{figure.value:.2f}",
                    figure.unit,
                    budget("<=", figure.most, figure.most is None or figure.value <= figure.most),
                ]
                for figure in figures
            ),
        ]
    )


def speed(load: Load) -> list[str]:
    """The cells of one server's load."""
    return [
        f"{load.requests_per_second:,.0f}",
        f"{load.p50_ms:.2f}",
        f"{load.p99_ms:.2f}",
        f"{load.cpu_us:.0f}",
    ]


def budget(sign: str, limit: float | None, is_met: bool) -> str:
    """The cell that says what was asked for."""
    return "" if limit is None else f"{sign} {limit:g} {'met' if is_met else 'MISSED'}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell: names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
