"""A browser, the components' arithmetic in it, and a way to mount one component alone."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pages.ui.components import inline


@pytest.fixture(scope="package")
def maths(browser: Any) -> Callable[..., Any]:
    """Call a function of maths.js by name with plain arguments."""
    page = browser.new_page()
    page.add_script_tag(content=(inline.HERE / "maths.js").read_text(encoding="utf-8"))

    def call(name: str, *arguments: Any) -> Any:
        return page.evaluate(f"(args) => {name}(...args)", list(arguments))

    return call


class Mounted:
    """A component's script on an otherwise empty page, as Streamlit would call it."""

    def __init__(self, page: Any, data: dict[str, Any], painted: bool) -> None:
        self.page = page
        self.give(data)
        if painted:
            page.wait_for_function("host.querySelector('.kd').dataset.redraws > 0")

    def give(self, data: dict[str, Any]) -> None:
        """Call the script with (new) data."""
        self.page.evaluate(
            "(data) => { window.end = component({data, parentElement: host, key: 'k', name: 'n',"
            " setStateValue: (name, value) => sent.push([name, value]),"
            " setTriggerValue: (name, value) => sent.push([name, value])}) }",
            data,
        )

    def sent(self) -> list[dict[str, Any]]:
        """What Python was told."""
        values = self.page.evaluate("sent")
        assert all(name == "value" for name, _ in values)
        return [value for _, value in values]

    def wait_sent(self, count: int) -> dict[str, Any]:
        """Wait for the ``count``-th message and return it."""
        self.page.wait_for_function("(n) => sent.length >= n", arg=count)
        assert len(self.sent()) == count
        return self.sent()[-1]

    def frame(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.evaluate(
            "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))"
        )


@pytest.fixture
def mount(browser: Any) -> Iterator[Callable[..., Mounted]]:
    """Mount a component by folder; any error in the browser's console fails the test. One that
    draws no picture is not ``painted``."""
    contexts: list[Any] = []
    errors: list[str] = []

    def make(folder: str, css_class: str, data: dict[str, Any], **options: Any) -> Mounted:
        painted = options.pop("painted", True)
        options = {"viewport": {"width": 900, "height": 700}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html><body>"))
        page.goto("http://lab.test/")
        importlib.import_module(f"pages.ui.components.{folder}")  # it declares its script
        sources = [t for name, t in inline.SCRIPTS.items() if name.rpartition("-")[0] == folder]
        source = sources[0]  # English is the first of its languages
        style = "".join(
            path.read_text(encoding="utf-8")
            for path in (inline.HERE / "kit.css", inline.HERE / folder / f"{folder}.css")
        )
        page.evaluate(
            """async ([source, style, cls]) => {
              document.body.style.cssText =
                "--st-background-color:#fff;--st-text-color:#222;--st-primary-color:#06c;" +
                "--st-font:sans-serif;--st-base-radius:8px;--st-button-radius:8px;color:#222";
              const outer = document.body.appendChild(document.createElement("div"));
              window.host = outer.attachShadow({mode: "open"});
              host.innerHTML = `<div class="kd ${cls}"></div><style>${style}</style>`;
              window.sent = [];
              const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
              window.component = (await import(url)).default;
            }""",
            [source, style, css_class],
        )
        return Mounted(page, data, painted)

    yield make
    for context in contexts:
        context.close()
    assert errors == []
