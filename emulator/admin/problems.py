"""The admin API's own errors, as problem documents (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


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
    if allowed := (error.headers or {}).get("Allow"):
        detail += f"; allowed: {allowed}"
    response = _document(error.status_code, code, detail)
    response.headers.update(error.headers or {})
    return response


def _document(status: int, code: str, detail: str) -> JSONResponse:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(document, status, media_type="application/problem+json")
