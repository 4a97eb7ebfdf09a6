"""Processes on cores: those under measurement on one, everything else on another."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Read once: pinning changes what a later look would find.
CORES = sorted(os.sched_getaffinity(0))
MEASURED_CORE, LOAD_CORE = CORES[0], CORES[-1]


def leave_measured_core() -> None:
    """Pin this process, and the load generators it starts, to the other core."""
    os.sched_setaffinity(0, {LOAD_CORE})


def start_measured(
    command: list[str], folder: Path, stderr: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start a process that stays on the measured core and sees no `EMULATOR_*` variable.

    `folder` is its working directory, so that no `emulator.toml` of a developer is read.
    """
    # Bytecode is kept, as it is wherever the package is installed.
    dropped = ("EMULATOR_", "PYTHONDONTWRITEBYTECODE")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    os.sched_setaffinity(0, {MEASURED_CORE})  # a child inherits it with its first instruction
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    finally:
        leave_measured_core()
