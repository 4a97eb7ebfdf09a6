"""`python -m benchmarks`: runs all measurements, or those named, and prints two tables."""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import growth, load, pytest_fixture, startup, throughput
from benchmarks.figures import Figure, Throughput, figure_table, throughput_table
from benchmarks.processes import CORES, LOAD_CORE, MEASURED_CORE, leave_measured_core
from benchmarks.samples import SAMPLES


def main() -> None:
    """Measure, print, and write the JSON file if one is asked for."""
    options = parse()
    leave_measured_core()
    print(setting(options), flush=True)
    others = other_measurements(options)
    wanted = options.only or [sample.name for sample in SAMPLES] + list(others)

    loads: list[Throughput] = []
    for sample in SAMPLES:
        if sample.name in wanted:
            progress(sample.name)
            loads.append(
                throughput.measure(sample, options.seconds, options.rounds, options.connections)
            )
    if loads:
        print(f"\n{throughput_table(loads)}\n", flush=True)

    figures: list[Figure] = []
    for name, measure in others.items():
        if name in wanted:
            progress(name)
            figures.extend(measure())
    if figures:
        print(f"\n{figure_table(figures)}")

    if options.json:
        result = {
            "setting": setting(options),
            "throughput": [asdict(row) for row in loads],
            "figures": [asdict(figure) for figure in figures],
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n")


def other_measurements(options: argparse.Namespace) -> Mapping[str, Callable[[], list[Figure]]]:
    """What is measured besides the load of each sample."""
    connections = options.connections
    return {
        "slowest": lambda: throughput.measure_slowest(options.seconds, options.rounds),
        "startup": startup.measure_server,
        "help": startup.measure_help,
        "lookup": lambda: growth.measure_lookup(connections),
        "memory": lambda: growth.measure_memory(connections),
        "bulk": growth.measure_bulk,
        "refusal": growth.measure_refusal,
        "fixture": pytest_fixture.measure_fixture,
        "emulator": pytest_fixture.measure_emulator,
    }


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    names = [sample.name for sample in SAMPLES]
    names += other_measurements(argparse.Namespace(connections=0))
    parser.add_argument("--seconds", type=float, default=2, help="of each round (2)")
    parser.add_argument("--rounds", type=int, default=5, help="for each server and sample (5)")
    parser.add_argument("--connections", type=int, default=16, help="kept alive for the load (16)")
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        metavar="NAME",
        help=f"one measurement, repeatable: {', '.join(names)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def setting(options: argparse.Namespace) -> str:
    """What the figures depend on, in one line."""
    shared = "" if len(CORES) > 1 else " (the same: this machine gives only one)"
    return (
        f"Python {platform.python_version()}, servers on core {MEASURED_CORE}, "
        f"load on core {LOAD_CORE}{shared} by {load.generator()}, "
        f"{options.connections} connections, "
        f"medians of {options.rounds} rounds of {options.seconds:g} s"
    )


def progress(name: str) -> None:
    """Tell somebody who waits what is going on."""
    print(f"measuring {name}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
