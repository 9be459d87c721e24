"""What is on a visitor's page: the tree of elements that the server's messages build."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kdlab.bench.classroom import components
from kdlab.bench.classroom.components import Component

ESCAPED = re.compile(r"\\([!-/:-@[-`{-~])")
GIVES = re.compile(r'document\.cookie = ("[^"]*")')
TAKES = re.compile(r'searchParams\.delete\("([^"]*)"\)')
"""In the script of a page that gives the browser a pass: which, and what of its address goes."""


@dataclass
class Node:
    """A place on the page: an element, or a block of further places."""

    element: Any = None
    run: str = ""
    """The run of the script that put it there."""
    fragment: str = ""
    places: dict[int, Node] = field(default_factory=dict)


class Screen:
    """The elements of a page. As in the browser, what a run did not draw again goes at its end."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Another page."""
        self._root = Node()

    def take(self, delta: Any, path: Sequence[int], run: str) -> None:
        """Put what ``delta`` brings at its place."""
        if not path:
            return
        node = self._root
        for step in path:
            node = node.places.setdefault(step, Node(run=run))
        node.run, node.fragment = run, delta.fragment_id
        kind = delta.WhichOneof("type")
        if kind == "new_element":
            node.element = delta.new_element
            node.places = {}
        elif kind == "add_block":
            node.element = None

    def finish(self, run: str, fragments: Sequence[str] = ()) -> None:
        """A run is over: what it, or its ``fragments``, had drawn before and not again goes."""
        for top in self._root.places.values():  # main part, sidebar: these are always there
            self._sweep(top, run, frozenset(fragments))

    def _sweep(self, node: Node, run: str, fragments: frozenset[str]) -> None:
        for place, child in list(node.places.items()):
            if child.run != run and (not fragments or child.fragment in fragments):
                del node.places[place]
            else:
                self._sweep(child, run, fragments)

    def nodes(self) -> Iterator[Node]:
        """All places with an element, from top to bottom."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if node.element is not None:
                yield node
            waiting += [node.places[place] for place in sorted(node.places, reverse=True)]

    def _of(self, kind: str) -> Iterator[tuple[Node, Any]]:
        for node in self.nodes():
            if node.element.WhichOneof("type") == kind:
                yield node, getattr(node.element, kind)

    def button(self, name: str) -> tuple[Any, str] | None:
        """The button with this key or label, and the fragment that it is in."""
        for node, button in self._of("button"):
            if button.label == name or _key(button.id) == name:
                return button, node.fragment
        return None

    def radio(self, name: str) -> tuple[Any, str] | None:
        """The radio with this key, and the fragment that it is in."""
        for node, radio in self._of("radio"):
            if _key(radio.id) == name:
                return radio, node.fragment
        return None

    def options(self, name: str) -> list[str]:
        """What can be chosen there, in words; empty where there is no such radio."""
        found = self.radio(name)
        return [plain(option) for option in found[0].options] if found else []

    def pass_given(self) -> tuple[str, str] | None:
        """(The cookie, "name=value"; the part of the address that goes) where the page gives the
        browser a pass for what its address says, and sends it on without that."""
        for _, made in self._of("html"):
            given, taken = GIVES.search(made.body), TAKES.search(made.body)
            if given and taken:
                return json.loads(given[1]).partition(";")[0], taken[1]
        return None

    def components(self) -> list[Component]:
        """Those that follow a stream."""
        found = [
            components.read(
                made.id, made.component_name, node.fragment, made.json or made.mixed.json
            )
            for node, made in self._of("bidi_component")
        ]
        return [each for each in found if each is not None]

    def words(self) -> str:
        """All that is written in paragraphs, captions and notices: Markdown, but without
        backslashes before signs that are to be read as they are."""
        texts = [markdown.body for _, markdown in self._of("markdown")]
        texts += [alert.body for _, alert in self._of("alert")]
        return plain("\n".join(texts))

    def alerts(self) -> list[str]:
        """The notices alone."""
        return [plain(alert.body) for _, alert in self._of("alert")]

    def exceptions(self, run: str) -> list[str]:
        """Errors of the page's script that this run of it has shown."""
        found = self._of("exception")
        return [f"{shown.type}: {shown.message}" for node, shown in found if node.run == run]


def plain(markdown: str) -> str:
    """Markdown without backslashes before signs that are to be read as they are."""
    return ESCAPED.sub(r"\1", markdown)


def _key(id_: str) -> str:
    """The key that the script gave to the widget with this id."""
    return id_.split("-", 2)[-1]
