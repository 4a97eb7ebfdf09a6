"""The pytest fixtures, in runs of pytest of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.processes import ROOT, environment, free_port, serving

# Only the plugins that a run needs, whatever is installed here.
PLUGINS = ["-p", "emulator.pytest_plugin", "-p", "no:cacheprovider", "-W", "error"]
XDIST = ["-p", "xdist.plugin", "-n", "2"]
ASYNCIO = ["-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function"]
COROUTINES = ["-p", "anyio", *ASYNCIO]

SENDING = """
import httpx
import pytest

def send(emulator, to="41793026727", text="Hello", **more):
    body = {"destinations": [{"to": {"phoneNumber": to}}], "text": text, **more}
    auth = (emulator.username, emulator.password)
    return httpx.post(f"{emulator.url}/omni/1/text", auth=auth, json=body)
"""


class Run:
    """Runs pytest, as a process of its own, on a test module that can `send`."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    def __call__(self, tests: str, *arguments: str, conftest: str = "") -> pytest.RunResult:
        self._pytester.makepyfile(test_app=SENDING + dedent(tests))
        self._pytester.makeconftest(dedent(conftest))
        return self._pytester.runpytest_subprocess(*PLUGINS, *arguments)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("EMULATOR_URL", "EMULATOR_ADMIN_TOKEN", "PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return Run(pytester)


def section(result: pytest.RunResult) -> list[str]:
    """The lines of the report section, ids and the like made plain."""
    lines = result.outlines
    start = next(n for n, line in enumerate(lines) if re.fullmatch("-+ emulator -+", line))
    rest = lines[start + 1 :]
    end = next(n for n, line in enumerate(rest) if re.match("[-=_]{5}", line))
    return [re.sub(r"\b\d+-[0-9a-f]{8}\b", "ID", line) for line in rest[:end]]


def test_a_test_has_a_world_of_its_own(run: Run) -> None:
    result = run(
        """
        def test_one(emulator):
            send(emulator)
            assert emulator.messages.one(recipient="41793026727").text == "Hello"

        @pytest.mark.parametrize("n", range(3))
        def test_two(emulator, n):
            assert emulator.messages.all() == []
            send(emulator, text=f"{n}")
            assert emulator.messages.one().text == f"{n}"
            assert emulator.session.startswith(f"test_two-{n}-")
        """
    )

    result.assert_outcomes(passed=4)


def test_the_server_is_shared_and_forgets_what_passed(run: Run) -> None:
    result = run(
        """
        urls = set()

        def test_one(emulator, emulator_server):
            urls.add(emulator_server.url)
            send(emulator)

        def test_two(emulator, emulator_server):
            assert urls == {emulator_server.url}
            sessions = httpx.get(f"{emulator.url}/__admin/sessions").json()["sessions"]
            assert [s["name"] for s in sessions] == ["default", emulator.session]
        """
    )

    result.assert_outcomes(passed=2)


def test_a_failed_test_tells_what_its_session_saw(run: Run) -> None:
    result = run(
        """
        def test_it(emulator):
            send(emulator)
            send(emulator, to="")
            httpx.post(f"{emulator.url}/omni/2/text")
            assert emulator.messages.one(recipient="41793026728")
        """
    )

    result.assert_outcomes(failed=1)
    session, *lines = section(result)
    assert re.fullmatch(
        r"session test_it-\w{6} at http://127.0.0.1:\d+/__session/test_it-\w{6}: 3 requests",
        session,
    )
    assert [line for line in lines if not line.startswith("    sent ")] == [
        "ID  POST /omni/1/text  200 accepted",
        "ID  POST /omni/1/text  400 refused",
        "    refuse infobip.phone-number-empty at /destinations/0/to/phoneNumber:"
        " expected a non-empty string, found an empty one",
        "ID  POST /omni/2/text  404 unmatched",
        '    refuse infobip.path: nothing is at "/omni/2/text"; did you mean POST /omni/1/text?',
        '    near POST /omni/1/text (infobip.omni-text): "2" stands where "1" is expected',
        *[line for line in lines if "segments" in line],
    ]
    assert 'sent infobip.omni-text  41793026727  TEXT "Hello"' in lines[1]


def test_a_failed_expectation_points_to_the_test_and_shows_the_nearest(run: Run) -> None:
    result = run(
        """
        def test_it(emulator):
            send(emulator)
            emulator.messages.one(recipient="41793026728")
        """
    )

    errors = [line for line in result.outlines if line.startswith(("E ", ">"))]
    assert [re.sub("[A-Z]+_.*", "…", line) for line in errors] == [
        '>       emulator.messages.one(recipient="41793026728")',
        "E       emulator.client.unmet.Unmet: expected one message"
        ' with recipient "41793026728", found none',
        "E       nearest, of 1:",
        'E         infobip.omni-text  41793026727  TEXT "Hello"  …',
        'E           recipient: expected "41793026728", found "41793026727"',
    ]
    assert "messages.py" not in result.stdout.str()


def test_a_failed_tests_session_stays_to_be_looked_at(run: Run) -> None:
    result = run(
        """
        def test_fails(emulator):
            send(emulator)
            assert False

        def test_looks(emulator):
            sessions = httpx.get(f"{emulator.url}/__admin/sessions").json()["sessions"]
            assert [s["requests"] for s in sessions] == [0, 1, 0]
        """
    )

    result.assert_outcomes(passed=1, failed=1)


def test_a_fixture_that_fails_is_reported_too(run: Run) -> None:
    result = run(
        """
        @pytest.fixture
        def application(emulator):
            send(emulator)
            raise RuntimeError

        def test_it(application):
            pass
        """
    )

    result.assert_outcomes(errors=1)
    assert section(result)[1] == "ID  POST /omni/1/text  200 accepted"


def test_plain_async_and_unittest_tests_work_side_by_side(run: Run) -> None:
    result = run(
        """
        import unittest

        async def sent(emulator):
            body = {"destinations": [{"to": {"phoneNumber": "41793026727"}}], "text": "Hello"}
            async with httpx.AsyncClient() as client:
                auth = (emulator.username, emulator.password)
                await client.post(f"{emulator.url}/omni/1/text", auth=auth, json=body)
            (message,) = await emulator.messages.wait_async()
            await emulator.messages.never_async(within=0.01, recipient="1")
            return message.text

        def test_plain(emulator):
            send(emulator)
            assert emulator.messages.count() == 1

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_anyio(emulator, anyio_backend):
            assert await sent(emulator) == "Hello"

        @pytest.mark.asyncio
        async def test_asyncio(emulator):
            assert await sent(emulator) == "Hello"

        class TestUnittest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def use(self, emulator):
                self.emulator = emulator

            def test_it(self):
                send(self.emulator)
                self.assertEqual(self.emulator.messages.one().text, "Hello")

            def test_that_fails(self):
                send(self.emulator, to="")
                self.emulator.messages.one()
        """,
        *COROUTINES,
    )

    result.assert_outcomes(passed=4, failed=1)
    assert section(result)[1] == "ID  POST /omni/1/text  400 refused"


def test_xdist_works_with_no_setup(run: Run) -> None:
    result = run(
        """
        @pytest.mark.parametrize("n", range(20))
        def test_it(emulator, n):
            send(emulator, text=f"{n}")
            assert emulator.messages.one().text == f"{n}"

        def test_that_fails(emulator):
            send(emulator, to="")
            emulator.messages.one()
        """,
        *XDIST,
    )

    result.assert_outcomes(passed=20, failed=1)
    assert section(result)[1] == "ID  POST /omni/1/text  400 refused"


MARKED = """
    @pytest.mark.emulator(strict=True, readings={"konnek-button": "array"})
    class TestMarked:
        def test_class(self, emulator):
            assert emulator.readings.strict
            assert emulator.readings.all()["konnek-button"] == "array"

        @pytest.mark.emulator(strict=False, accounts=[("Ann", "open door")])
        def test_function(self, emulator):
            assert not emulator.readings.strict
            assert emulator.readings.all()["konnek-button"] == "array"
            assert (emulator.username, emulator.password) == ("Ann", "open door")
            assert send(emulator).status_code == 200

    def test_unmarked(emulator):
        assert not emulator.readings.strict
        assert emulator.username != "Ann"
"""


def test_the_marker_of_a_test_goes_before_that_of_its_class(run: Run) -> None:
    result = run(MARKED, "--strict-markers")

    result.assert_outcomes(passed=3)


WRONG_MARKERS = {
    "strickt=True": 'the marker "emulator" has no keyword "strickt"; did you mean "strict"?',
    "'strict'": 'the marker "emulator" takes keywords only: strict, readings, accounts',
    "colour=1": 'has no keyword "colour"; it takes strict, readings, accounts',
    "readings={'konnek-buton': 'array'}": 'did you mean "konnek-button"?',
    "accounts=['Ann:pw']": "an account is a pair of user and password, not 'Ann:pw'",
    "strict='yes'": '"strict" true or false',
}


def test_a_marker_that_cannot_be_meant_is_told_in_a_line(run: Run) -> None:
    tests = [
        f"@pytest.mark.emulator({marker})\ndef test_{n}(emulator): pass\n"
        for n, marker in enumerate(WRONG_MARKERS)
    ]

    result = run("\n".join(tests))

    result.assert_outcomes(errors=len(WRONG_MARKERS))
    told = result.stdout.str()
    assert [error for error in WRONG_MARKERS.values() if error not in told] == []
    assert "Traceback" not in told
    assert "pytest_plugin.py" not in told


def test_the_marker_is_registered(run: Run) -> None:
    result = run("", "--markers")

    assert "@pytest.mark.emulator(strict=…, readings=…, accounts=…): " in result.stdout.str()


STRICT = """
    def test_rule(emulator):
        emulator.refuse("forbidden", recipient="41793026728", name="never")
        send(emulator)

    def test_warning(emulator):  # of a slip that the documents' own sample makes
        headers = {"Auth-username": emulator.username, "Auth-password": emulator.password}
        body = {"id": "1", "type": "text", "recipient": "6281234567", "body": {"text": "Hello"}}
        body |= {"times": 0, "timestamp": "2023-11-10T12:38:08+07:00"}
        httpx.post(f"{emulator.url}/whatsapp/send/shop", headers=headers, json=body)
        assert emulator.messages.count() == 1

    def test_clean(emulator):
        emulator.refuse("forbidden", times=1)
        send(emulator)
        send(emulator)
"""


def test_strict_fails_tests_that_leave_warnings_or_unused_rules(run: Run) -> None:
    lenient = run(STRICT)
    strict = run(STRICT, "--emulator-strict")

    lenient.assert_outcomes(passed=3)
    strict.assert_outcomes(passed=3, errors=2)
    told = strict.stdout.str()
    assert "strict: the test left this behind" in told
    assert "a rule that was never used: Rule(never: {'recipient': '41793026728'} → " in told
    assert "    near 1-" in told
    assert "  POST /whatsapp/send/shop  200 accepted" in told
    assert "    warn konnek.times-min at /times: expected a Unix timestamp" in told
    assert "pytest_plugin.py" not in told


def test_the_config_fixture_gives_settings_or_some_of_them(run: Run) -> None:
    tests = """
        def test_it(emulator, emulator_server):
            assert emulator_server.username == "Ann"
            assert emulator.readings.strict
    """
    conftest = """
        import pytest
        from emulator import Settings
        from emulator.core.auth import Account

        @pytest.fixture(scope="session")
        def emulator_config():
            return %s
    """

    some = run(tests, conftest=conftest % ('{"strict": True, "accounts": [("Ann", "pw")]}'))
    whole = run(
        tests, conftest=conftest % ('Settings(strict=True, accounts=(Account("Ann", "pw"),))')
    )
    wrong = run(tests, conftest=conftest % ('{"strickt": True}'))
    neither = run(tests, conftest=conftest % ("3"))

    some.assert_outcomes(passed=1)
    whole.assert_outcomes(passed=1)
    wrong.assert_outcomes(errors=1)
    assert 'no setting "strickt"; did you mean "strict"?' in wrong.stdout.str()
    assert "the fixture emulator_config gives Settings or a dict, not 3" in neither.stdout.str()


def test_a_running_emulator_is_used_where_one_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = """
        import os

        @pytest.mark.parametrize("n", range(4))
        def test_it(emulator, n):
            assert emulator.url.startswith(os.environ["SEEN"])
            send(emulator)
            assert emulator.messages.count() == 1
    """
    with serving(tmp_path) as running:
        monkeypatch.setenv("SEEN", running.url)
        by_option = run(tests, "--emulator-url", running.url, *XDIST)
        monkeypatch.setenv("EMULATOR_URL", running.url)
        by_variable = run(tests)

    by_option.assert_outcomes(passed=4)
    by_variable.assert_outcomes(passed=4)


def test_an_exposed_emulator_is_used_with_its_token(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, "--expose", "--host", "0.0.0.0", "--admin-token", "s3cret") as running:
        without = run("def test_it(emulator): pass", "--emulator-url", running.url)
        monkeypatch.setenv("EMULATOR_ADMIN_TOKEN", "s3cret")
        with_token = run("def test_it(emulator): pass", "--emulator-url", running.url)

    without.assert_outcomes(errors=1)
    assert "changes need the header Authorization: Bearer <admin token>" in without.stdout.str()
    with_token.assert_outcomes(passed=1)


def test_an_emulator_that_is_not_there_fails_in_a_line_that_says_how_to_start_one(
    run: Run,
) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    result = run("def test_it(emulator): pass", "--emulator-url", url)

    result.assert_outcomes(errors=1)
    told = [line for line in result.outlines if "no emulator answers" in line]
    assert len(told) == 2, "the report's and the summary's"
    assert told[0].startswith(f"no emulator answers at {url} (")
    assert told[0].endswith("; start one with: messaging-emulator serve")
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


def test_a_bug_of_the_emulator_fails_the_test_that_met_it(run: Run) -> None:
    tests = """
        def test_it(emulator):
            send(emulator, to="447700900429")

        def test_another(emulator):
            send(emulator)
    """
    conftest = """
        from emulator.core.journal import Journal

        async def broken(journal, name):
            raise ZeroDivisionError("a bug")

        Journal.uses = broken
    """

    result = run(tests, conftest=conftest)

    result.assert_outcomes(passed=2, errors=1)
    assert "a bug of the emulator: Traceback" in result.stdout.str()
    assert "ZeroDivisionError: a bug" in result.stdout.str()


def test_importing_the_plugin_loads_nothing_else_of_the_emulator() -> None:
    code = (
        "import sys, time, pytest\n"
        "before = set(sys.modules)\n"
        "import emulator.pytest_plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )

    loaded = subprocess.check_output(
        [sys.executable, "-c", code], env=environment(), cwd=ROOT, text=True, timeout=60
    )

    assert "emulator.pytest_plugin" in loaded
    assert re.findall(r"'(emulator[\w.]*|httpx|starlette|uvicorn|asyncio)'", loaded) == [
        "emulator",
        "emulator.pytest_plugin",
    ]
