"""A report as its reader has it: parsed again, from HTML and from Markdown."""

import re
from html.parser import HTMLParser

VOID = {"meta", "img", "br"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "h1",
    "h2", "p", "b", "bdi", "ul", "li", "a", "dl", "div", "dt", "dd", "figure", "img", "figcaption",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "code",
}  # fmt: skip
"""All that the lab itself writes."""


class Page(HTMLParser):
    """Checks that tags are balanced and ids unique while it reads; keeps what was there."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.tags, self.links = [], [], [], []
        self.texts, self.images, self.headings, self.metas = [], [], [], []
        self.tables, self.codes = [], []
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"
        assert len(set(self.ids)) == len(self.ids)

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, f"<{tag}> is none of ours"
        attrs = dict(attrs)
        assert not [name for name in attrs if name.startswith("on")]
        self.tags.append(tag)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "img":
            self.images.append(attrs)
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "meta":
            self.metas.append(attrs)
        if tag == "table":
            self.tables.append({"caption": attrs.get("aria-label", ""), "rows": [], "scopes": []})
        if tag == "tr":
            self.tables[-1]["rows"].append([])
        if tag in ("th", "td"):
            self.tables[-1]["rows"][-1].append("")
            self.tables[-1]["scopes"].append((tag, attrs.get("scope")))
        if tag in ("h1", "h2"):
            self.headings.append([tag, ""])
        if tag == "pre":
            self.codes.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"</{tag}> in {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if {"th", "td"} & set(self.open):
            self.tables[-1]["rows"][-1][-1] += data
        elif "caption" in self.open:
            self.tables[-1]["caption"] += data
        elif self.open and self.open[-1] in ("h1", "h2"):
            self.headings[-1][1] += data
        elif "pre" in self.open:
            self.codes[-1] += data

    @property
    def text(self):
        """All that is read."""
        return " ".join(self.texts)

    def table(self, caption):
        """(head, rows) of the one whose caption has these words."""
        found = [t for t in self.tables if caption in t["caption"]]
        assert len(found) == 1, [t["caption"] for t in self.tables]
        head, *rows = found[0]["rows"]
        assert all(len(row) == len(head) for row in rows)
        return head, rows


def prose_of(markdown):
    """Markdown without its code."""
    return re.sub(r"(?ms)^(`{3,})[^\n]*\n.*?^\1$", "", markdown)


def plain(markdown):
    """What Markdown's escapes stand for."""
    text = markdown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def cells(line):
    """Those of a row of a table in Markdown, as they are read."""
    assert line.startswith("| ")
    assert line.endswith(" |")
    return [plain(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
