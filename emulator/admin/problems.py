"""The admin API's own errors, as problem documents (RFC 9457)."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route


class Problem(Exception):
    """A call to the admin API that cannot be done; `detail` says what would have been right."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


async def show(request: Request, problem: Exception) -> JSONResponse:
    """Answer with the problem's document."""
    assert isinstance(problem, Problem)
    return _document(problem.status, problem.code, problem.detail)


async def show_http(request: Request, error: Exception) -> JSONResponse:
    """Answer what routing itself refuses, such as a wrong verb."""
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower().replace("_", "-")
    detail = f"{request.method} {request.url.path}: {error.detail}"
    if error.status_code != 405:
        return _document(error.status_code, code, detail)
    allowed = ", ".join(sorted(_allowed(request)))
    response = _document(405, code, f"{detail}; allowed: {allowed}")
    response.headers["Allow"] = allowed
    return response


async def show_bug(request: Request, error: Exception) -> JSONResponse:
    """Answer what a bug of ours broke; the traceback goes to the log."""
    detail = "a bug of the emulator; its log has the traceback"
    response = _document(500, "emulator-error", detail)
    response.headers["Emulator-Error"] = type(error).__name__
    return response


def _allowed(request: Request) -> set[str]:
    """The verbs of every route at the request's path; each route knows its own only."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    mounted = [route.routes for route in request.app.routes if isinstance(route, Mount)]
    matching = [
        route
        for route in (*request.app.routes, *(route for routes in mounted for route in routes or ()))
        if isinstance(route, Route) and route.path_regex.match(path)
    ]
    # A word that has a path of its own is not an id.
    said = [len(re.sub("{.*?}", "", route.path)) for route in matching]
    return {
        method
        for route, length in zip(matching, said, strict=True)
        if length == max(said)
        for method in route.methods or ()
    }


def _document(status: int, code: str, detail: str) -> JSONResponse:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(document, status, media_type="application/problem+json")
