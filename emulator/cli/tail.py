"""`messaging-emulator tail`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from emulator.cli.options import config, port

if TYPE_CHECKING:
    from emulator.client.events import Event
    from emulator.client.records import Button

_PAUSE = 0.3
"""Seconds between two attempts to reach an emulator that went away."""

_INDENT = " " * 14


@click.command()
@click.argument("url", required=False)
@config
@port
@click.option("--session", metavar="NAME", help="Follow this session instead of the default one.")
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of JSON.")
def tail(url: str | None, port: int, session: str | None, as_json: bool) -> None:
    """Follow the messages that the emulator at URL gets, and the requests that it refuses.

    It goes on when the emulator is started again, and ends with Ctrl-C.
    """
    address = (url or f"http://127.0.0.1:{port}").rstrip("/")
    if session is not None:
        address += f"/__session/{session}"
    lines = _as_json if as_json else _as_text
    try:
        for event in _followed(address):
            for line in lines(event):
                click.echo(line if line.isprintable() else _printable(line))
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        # Nobody reads any more; nor shall the interpreter's own last flush complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _followed(address: str) -> Iterator[Event]:
    """The events, across restarts of the emulator; raises EmulatorError if there never was one."""
    from emulator.client.api import Unreachable
    from emulator.client.events import events

    last: str | None = None
    was_reached = False
    while True:
        is_reached = False
        try:
            for event in events(address, last):
                if not is_reached:
                    click.echo(f"following {address} (Ctrl-C ends)", err=True)
                    is_reached = was_reached = True
                if event is not None:
                    last = event.id or last
                    yield event
        except Unreachable as error:
            if not was_reached:
                raise
            if is_reached:
                click.echo(f"{error}; waiting for it", err=True)
            time.sleep(_PAUSE)


def _as_json(event: Event) -> Iterator[str]:
    yield json.dumps({"id": event.id, "event": event.name, "data": event.data})


def _as_text(event: Event) -> Iterator[str]:
    from emulator.client import lines, records

    data = event.data
    match event.name:
        case "message":
            message = records.message(data)
            yield _clock(data["received_at"]) + lines.message_line(message, with_text=False)
            yield from (_INDENT + line for line in (message.text or "").splitlines())
            if message.media is not None:
                yield f"{_INDENT}<{message.media.url}>"
            if message.buttons:
                yield _INDENT + " ".join(f"[{_button(button)}]" for button in message.buttons)
        case "request" if data["outcome"] != "accepted" or data["warnings"]:
            first, *reasons = lines.request_lines(records.request(data))
            yield _clock(data["received_at"]) + first
            yield from (_INDENT + reason.strip() for reason in reasons)
        case "status":
            yield f"{_clock(data['at'])}{data['message']}  {data['status']}"
        case "callback":
            told = f"callback {data['event']}  {data['state']}  {data['url']}"
            yield _clock(data["created_at"]) + told
        case "reset":
            yield f"{_clock(data['at']) if data['at'] else _INDENT}reset: {data['part']}"


def _button(button: Button) -> str:
    return f"{button.title} → {button.url}" if button.url else f"{button.title}"


def _clock(time: str) -> str:
    """The time of day here, as wide as the indentation."""
    there = datetime.fromisoformat(time).astimezone()
    return f"{there:%H:%M:%S}.{there.microsecond // 1000:03}  "


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in line)
