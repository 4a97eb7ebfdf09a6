"""What a test pays: for the fixture, for an emulator of its own, and for the imports."""

import json
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.processes import start_measured

TESTS = 500
RUNS = 9
LIMIT_S = 120

TEST_MODULE = f"""
import pytest

@pytest.mark.parametrize("n", range({TESTS}))
def test_it(emulator, n):
    pass
"""
CONFTEST = """
import collections, json, pathlib

took = collections.defaultdict(float)

def pytest_runtest_logreport(report):
    took[report.nodeid] += report.duration

def pytest_sessionfinish():
    pathlib.Path("took.json").write_text(json.dumps([*took.values()]))
"""
BARE_FIXTURE = """
import pytest

@pytest.fixture
def emulator():
    yield
"""
START = """
import json, time
began = time.perf_counter()
import emulator
package = time.perf_counter()
from emulator import Emulator
imported = time.perf_counter()
running = Emulator()
running.__enter__()
ready = time.perf_counter()
running.__exit__(None, None, None)
stopped = time.perf_counter()
with open("took.json", "w") as file:
    json.dump([package - began, imported - began, ready - imported, stopped - ready], file)
"""


def measure_fixture() -> list[Figure]:
    """Setting up and tearing down the session of a test that does nothing; medians of all tests."""
    own, none = per_test_s(CONFTEST), per_test_s(CONFTEST + BARE_FIXTURE)
    return [
        Figure("pytest, a test with a fixture that does nothing", none * 1000, "ms"),
        Figure("pytest, a test with a session of its own", own * 1000, "ms"),
        Figure("pytest, overhead of the session", (own - none) * 1000, "ms", most=3),
    ]


def measure_emulator() -> list[Figure]:
    """`Emulator()` in a fresh process, from the import to the end."""
    rows = [told([sys.executable, "-c", START], {}) for _ in range(RUNS + 1)][1:]
    package, imported, ready, stopped = (
        statistics.median(column) * 1000 for column in zip(*rows, strict=True)
    )
    return [
        Figure("import emulator", package, "ms", most=250),
        Figure("from emulator import Emulator", imported, "ms"),
        Figure("Emulator() from call to ready", ready, "ms", most=150),
        Figure("Emulator() from ready to ended", stopped, "ms", most=200),
    ]


def per_test_s(conftest: str) -> float:
    """The median over the tests of set-up, call and tear-down together."""
    files = {"test_it.py": TEST_MODULE, "conftest.py": conftest}
    # Only this plugin, whatever is installed here.
    command = ["env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1", sys.executable, "-m", "pytest"]
    return statistics.median(told([*command, "-p", "emulator.pytest_plugin"], files))


def told(command: list[str], files: Mapping[str, str]) -> list[float]:
    """What a process writes to `took.json`, in a folder that has these files."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text)
        if code := start_measured(command, folder).wait(LIMIT_S):
            raise SystemExit(f"{' '.join(command)}: exit code {code}")
        seconds: list[float] = json.loads((folder / "took.json").read_text())
        return seconds
