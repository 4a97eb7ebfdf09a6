"""One POST over a connection: HTTP/1.1 as h11 speaks it."""

from __future__ import annotations

import asyncio

import h11


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes,
    most: int,
) -> tuple[int, bytes]:
    """The status of the answer, and its body up to so many bytes.

    Raises h11.RemoteProtocolError for an answer that is not HTTP.
    """
    connection = h11.Connection(our_role=h11.CLIENT)
    request = h11.Request(method="POST", target=target, headers=headers)
    for event in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    status, read = 0, b""
    while len(read) < most:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(most))
            case h11.Response(status_code=status):
                pass
            case h11.Data(data=data):
                read += data
            case h11.EndOfMessage():
                break
    return status, read[:most]
