"""`tail` in a process of its own."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.processes import COMMAND, ROOT, environment


def plain(line: str) -> str:
    """A line without what differs from run to run."""
    line = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", line)
    line = re.sub(r"[0-9a-f-]{36,}", "ID", line)
    return re.sub(r"\b\d+-[0-9a-f]{8}\b", "ID", line)


class Tail:
    """A running `tail`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdout, self.stderr = process.stdout, process.stderr

    def line(self) -> str:
        """The next line, without what differs from run to run."""
        return plain(self._stdout.readline().rstrip("\n"))

    def line_with(self, text: str) -> str:
        """The next line that has this in it."""
        while text not in (line := self.line()):
            assert line, f"the output ended without {text!r}"
        return line

    def is_following(self) -> str:
        """What it says once it follows, after whatever it said before."""
        return self.stderr.readline()

    def stop_reading(self) -> None:
        """Close the pipe that it writes to."""
        self._stdout.close()


@contextmanager
def tail(url: str, *arguments: str) -> Iterator[Tail]:
    """`tail` that follows already."""
    with subprocess.Popen(
        [*COMMAND, "tail", url, *arguments],
        cwd=ROOT,
        env=environment({"PYTHONUNBUFFERED": ""}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # So that a line that never comes fails its test.
        limit = threading.Timer(30, process.kill)
        limit.start()
        try:
            running = Tail(process)
            assert running.is_following().startswith("following http://")
            yield running
        finally:
            limit.cancel()
            process.kill()
