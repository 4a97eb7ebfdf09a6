"""The server to compare with: Starlette and uvicorn, a route, and nothing of the emulator.

Runs as ``python -m benchmarks.bare READY_FILE PATH CONTENT_TYPE ANSWER_FILE``: reads each body
posted to PATH and answers the file's bytes. The health path answers as the emulator's does.
"""

import json
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def application(path: str, content_type: str, answer: bytes) -> Starlette:
    """What is served: one answer to each POST to `path`."""

    async def send(request: Request) -> Response:
        await request.body()
        return Response(answer, headers={"Content-Type": content_type})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route(path, send, methods=["POST"]),
            Route("/__admin/health", health),
        ]
    )


def main(ready_file: str, path: str, content_type: str, answer_file: str) -> None:
    """Serve on a free port, written to `ready_file`, until SIGTERM."""
    app = application(path, content_type, Path(answer_file).read_bytes())
    # As emulator/server.py has it; uvloop and httptools are what uvicorn takes where they are.
    config = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, lifespan="off", server_header=False
    )
    listener = config.bind_socket()
    url = "http://{}:{}".format(*listener.getsockname())
    Path(ready_file).write_text(json.dumps({"event": "ready", "url": url}))
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
