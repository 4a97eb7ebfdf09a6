"""Pieces of HTML: text in them is always escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import cycle

_VOID = frozenset({"link", "meta"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str) -> Html:
    """An element; `class_` is the attribute `class`, and `aria_label` is `aria-label`."""
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
    )
    if tag in _VOID:
        return Html(f"<{tag}{told}>")
    return Html(f"<{tag}{told}>{joined(children)}</{tag}>")


def joined(pieces: Iterable[str]) -> Html:
    """Pieces one after the other; those that are not HTML are escaped."""
    return Html("".join(p if isinstance(p, Html) else escape(p, quote=False) for p in pieces))


def prose(text: str) -> Html:
    """A line of text; what stands between backticks is code."""
    kinds = cycle(("text", "code"))
    return joined(
        element("code", part) if kind == "code" else part
        for part, kind in zip(text.split("`"), kinds, strict=False)
    )


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> Html:
    """A table whose cells know their column's name, for screens too narrow for columns.

    The roles are spelt out because a style sheet that stacks the cells would take them away.
    """
    columns = [*head]
    headings = (element("th", column, role="columnheader", scope="col") for column in columns)
    body = (
        element(
            "tr",
            *(
                element("td", element("div", cell), role="cell", data_label=column)
                for column, cell in zip(columns, row, strict=True)
            ),
            role="row",
        )
        for row in rows
    )
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *headings, role="row"), role="rowgroup"),
        element("tbody", *body, role="rowgroup"),
        role="table",
    )
