"""Sends requests made from our own OpenAPI document to a live server: `python -m tests.fuzz`.

Takes further options of `schemathesis run`. The server starts anew for each group of calls, because
a change through the admin API holds for whatever comes after it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.processes import environment, serving

TAGS = ("infobip", "konnek", "admin")

_OPTIONS = (
    "--header=Auth-username: Aladdin",
    "--header=Auth-password: open sesame",
    "--auth=Aladdin:open sesame",
    # Whether a body is accepted as described is one of our own checks, which knows that null counts
    # as absent and that XML has no types. A parameter of the admin API that names something unknown
    # is refused, and no schema lists what is known.
    # A stream has no end; it has tests of its own.
    "--exclude-operation-id=admin.get-events",
    "--exclude-checks=negative_data_rejection,positive_data_acceptance",
    "--generation-database=none",
    # A machine that is busy is no finding.
    "--suppress-health-check=all",
    "--warnings=off",
    "--no-color",
)


def fuzzed(selection: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis on some of the operations, selected by one of its own options."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", selection, *_OPTIONS, *options]
    with tempfile.TemporaryDirectory() as name, serving(Path(name), "--seed", "fuzz") as running:
        done = subprocess.run(
            [*command, f"{running.url}/__admin/openapi.json"],
            cwd=name,
            env=environment({"SCHEMATHESIS_HOOKS": "tests.fuzz_checks", "PYTHONHASHSEED": "0"}),
            capture_output=True,
            text=True,
            check=False,
        )
        log = running.log.read_text()
        assert "Traceback" not in log, log[log.index("Traceback") :]
        return done


def main(options: Sequence[str]) -> int:
    """Run every group, show what schemathesis says, and give the worst exit code."""
    worst = 0
    for tag in TAGS:
        done = fuzzed(f"--include-tag={tag}", "--max-examples=300", *options)
        print(f"== {tag}\n{done.stdout}{done.stderr}", flush=True)
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
