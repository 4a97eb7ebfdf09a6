"""Which endpoint a path leads to, which provider answers for the rest, and what was meant."""

from __future__ import annotations

import pytest

from emulator.core.errors import EmulatorError
from emulator.core.exchange import NearMiss
from emulator.core.provider import Provider
from emulator.core.routes import Routes, paths
from tests.core.toy import BELL, LETTERS, PROVIDER

ROUTES = Routes([PROVIDER])


def provider(name: str, **paths: str) -> Provider:
    """A provider whose endpoints, in the given order, have one path each."""
    endpoints = [BELL._replace(name=f"{name}.{key}", paths=(path,)) for key, path in paths.items()]
    return PROVIDER._replace(name=name, endpoints=endpoints, territory="/nowhere")


def reached(routes: Routes, path: str) -> tuple[str, dict[str, str]] | None:
    target = routes.find(path)
    if target is None or target.endpoint is None:
        return None
    return target.endpoint.name, dict(target.params)


def test_an_endpoint_of_several_formats_has_its_paths_with_a_suffix_for_each_too() -> None:
    assert paths(LETTERS) == [
        ("/toy/{box}/letters", None),
        ("/toy/{box}/letters.json", "json"),
        ("/toy/{box}/letters.xml", "xml"),
    ]
    assert paths(BELL) == [("/toy/bell", None)]


@pytest.mark.parametrize("suffix", [None, "json", "xml"])
def test_a_suffix_is_found_beside_the_endpoint(suffix: str | None) -> None:
    path = "/toy/north/letters" if suffix is None else f"/toy/north/letters.{suffix}"

    assert ROUTES.find(path) == (PROVIDER, LETTERS, {"box": "north"}, suffix)


@pytest.mark.parametrize("value", ["a.b", "*", "ä", "a b", "north.json", "%2F"])
def test_a_parameter_is_any_one_segment(value: str) -> None:
    assert reached(ROUTES, f"/toy/{value}/letters") == ("toy.letters", {"box": value})


@pytest.mark.parametrize(
    "path",
    ["/toy//letters", "/toy/a/b/letters", "/toy/bell.json", "/toy/bell/", "/toy", "/toy/Bell"],
)
def test_the_rest_of_a_providers_territory_leads_to_it_without_an_endpoint(path: str) -> None:
    assert ROUTES.find(path) == (PROVIDER, None, {}, None)


@pytest.mark.parametrize("path", ["/", "", "/toys", "/other/toy/bell", "/toy-bell"])
def test_a_path_of_no_provider_leads_nowhere(path: str) -> None:
    assert ROUTES.find(path) is None


@pytest.mark.parametrize("path", ["//toy/bell", "/toy//bell", "///toy///bell"])
def test_a_doubled_slash_counts_as_one(path: str) -> None:
    assert reached(ROUTES, path) == ("toy.bell", {})


@pytest.mark.parametrize("literal_first", [True, False])
def test_a_literal_segment_goes_before_a_parameter(literal_first: bool) -> None:
    both = {"one": "/a/{x}/c", "two": "/a/b/c", "three": "/{y}/{x}/c"}
    order = both if literal_first else dict(reversed(both.items()))
    routes = Routes([provider("p", **order)])

    assert [reached(routes, path) for path in ("/a/b/c", "/a/z/c", "/z/b/c")] == [
        ("p.two", {}),
        ("p.one", {"x": "z"}),
        ("p.three", {"y": "z", "x": "b"}),
    ]


def test_a_dot_in_a_template_is_a_dot() -> None:
    routes = Routes([provider("p", one="/a.b/c")])

    assert reached(routes, "/a.b/c") == ("p.one", {})
    assert reached(routes, "/axb/c") is None


@pytest.mark.parametrize(
    ("one", "two"), [("/a/b", "/a/b"), ("/a/{x}", "/a/{y}"), ("/{a}/{b}/c", "/{c}/{d}/c")]
)
def test_two_endpoints_may_not_claim_a_path(one: str, two: str) -> None:
    with pytest.raises(EmulatorError) as error:
        Routes([provider("first", it=one), provider("second", it=two)])

    assert "first.it" in str(error.value)
    assert "second.it" in str(error.value)
    assert "both claim PUT /" in str(error.value)


def test_a_suffix_of_one_endpoint_may_not_be_the_path_of_another() -> None:
    other = LETTERS._replace(name="p.it", paths=("/toy/{box}/letters.xml",))

    with pytest.raises(EmulatorError, match=r"both claim POST /toy/\{\}/letters\.xml"):
        Routes([PROVIDER, PROVIDER._replace(name="p", endpoints=[other])])


def test_near_misses_are_the_likest_first_and_say_what_differs() -> None:
    assert ROUTES.near_misses("/toy/bel") == [
        NearMiss("toy.bell", "PUT", "/toy/bell", '"bel" stands where "bell" is expected'),
        NearMiss("toy.letters", "POST", "/toy/{box}/letters", "2 path segments, 3 expected"),
    ]
    assert ROUTES.near_misses("/tyo/north/leters") == [
        NearMiss(
            "toy.letters",
            "POST",
            "/toy/{box}/letters",
            '"tyo" stands where "toy" is expected; "leters" stands where "letters" is expected',
        ),
        NearMiss("toy.bell", "PUT", "/toy/bell", "3 path segments, 2 expected"),
    ]


def test_three_near_misses_at_most_are_told_each_endpoint_once() -> None:
    alike = {f"e{number}": f"/things/{number}" for number in range(6)}
    twice = BELL._replace(name="p.twice", paths=("/things/x", "/things/y"))
    many = provider("p", **alike)
    routes = Routes([many._replace(endpoints=[twice, *many.endpoints])])

    names = [miss.endpoint for miss in routes.near_misses("/things/z")]

    assert len(names) == len(set(names)) == 3


def test_the_near_misses_of_a_path_in_a_territory_begin_with_its_provider() -> None:
    other = BELL._replace(name="other.much-like-it", paths=("/toy/north/letterz",))
    routes = Routes([PROVIDER._replace(name="other", endpoints=[other], territory="/no"), PROVIDER])

    nearest = routes.near_misses("/toy/north/letter")[0]

    assert nearest.endpoint == "toy.letters"
