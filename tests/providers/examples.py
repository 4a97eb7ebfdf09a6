"""The documents' examples: requests with the answers that the documents promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator import providers, resources
from emulator.core.provider import Endpoint, Provider

PROVIDERS = providers.installed()
ENDPOINTS = [endpoint for provider in PROVIDERS for endpoint in provider.endpoints]
PROVIDER_OF = {endpoint.name: provider for provider in PROVIDERS for endpoint in provider.endpoints}


@dataclass(frozen=True, slots=True)
class Example:
    """A request, and the answer to it when the ids are the documented ones."""

    name: str
    provider: Provider
    endpoint: Endpoint
    method: str
    path: str
    headers: Mapping[str, str]
    request: str
    response: str
    status: int
    ids: tuple[str, ...]

    @property
    def form(self) -> str:
        """`json` or `xml`."""
        return self.name.rpartition(".")[2]


def _examples(provider: Provider) -> list[Example]:
    endpoints = {endpoint.name: endpoint for endpoint in provider.endpoints}
    folder = f"{provider.name}/examples"
    return [
        Example(
            name=entry["name"],
            provider=provider,
            endpoint=endpoints[entry["endpoint"]],
            method=entry["method"],
            path=entry["path"],
            headers=entry["headers"],
            request=resources.text(f"{folder}/{entry['request']}"),
            response=resources.text(f"{folder}/{entry['response']}"),
            status=entry["status"],
            ids=tuple(entry["ids"]),
        )
        for entry in resources.fixture(f"{folder}/index.json")["examples"]
    ]


EXAMPLES = [example for provider in PROVIDERS for example in _examples(provider)]


def example(name: str) -> Example:
    """The example of that name."""
    return next(example for example in EXAMPLES if example.name == name)


def accepted(endpoint: str, form: str = "json") -> Example:
    """The first example of an endpoint that is answered 200."""
    return next(
        example
        for example in EXAMPLES
        if example.endpoint.name == endpoint and example.status == 200 and example.form == form
    )


def named(value: Any) -> str:
    """How a parameter of a test is called."""
    return str(getattr(value, "name", value))
