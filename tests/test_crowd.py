"""Many tests at once against one shared emulator, through every kind of client."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT, environment, serving

TESTS = """
import json
import subprocess

import httpx
import pytest
import requests

HTTPX, REQUESTS, CURL = "httpx", "requests", "curl"


def send(emulator, through, text):
    url = f"{emulator.url}/omni/1/text"
    auth = (emulator.username, emulator.password)
    body = {"destinations": [{"to": {"phoneNumber": "41793026727"}}], "text": text}
    if through == HTTPX:
        httpx.post(url, auth=auth, json=body).raise_for_status()
    elif through == REQUESTS:
        requests.post(url, auth=auth, json=body).raise_for_status()
    else:
        line = ["curl", "-sSf", "-u", ":".join(auth), "-H", "Content-Type: application/json"]
        subprocess.run([*line, "-d", json.dumps(body), url], check=True, capture_output=True)


@pytest.mark.parametrize("through", [HTTPX, REQUESTS, CURL])
@pytest.mark.parametrize("n", range(ROUNDS))
def test_it(emulator, through, n):
    texts = [f"{through} {n} {k}" for k in range(3)]
    for text in texts:
        send(emulator, through, text)
    assert [message.text for message in emulator.messages.wait(count=3)] == texts
    assert emulator.messages.one(text=texts[1]).recipient == "41793026727"
    assert emulator.requests.count() == emulator.messages.count() == 3
    emulator.messages.never(within=0.01, text="another")
"""
ROUNDS = int(os.environ.get("CROWD_ROUNDS", "4"))
"""Rounds of three tests each, one for each kind of client; 67 make 201 tests."""


def test_many_tests_at_once_see_their_own_messages_only(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS.replace("ROUNDS", str(ROUNDS)))
    plugins = ["-p", "emulator.pytest_plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider"]

    with serving(tmp_path) as running:
        url = ["--emulator-url", running.url]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *plugins, "-n", "8", *url, "-W", "error"],
            cwd=tmp_path,
            env=environment({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}),
            capture_output=True,
            text=True,
            timeout=300,
        )

    assert done.returncode == 0, done.stdout
    assert f"{3 * ROUNDS} passed" in done.stdout
