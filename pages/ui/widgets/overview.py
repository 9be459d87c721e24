"""What is in a visitor's own images, before anything is trained on them: how many of each class in
each part, some of them to look at, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from kdlab.data import DATASETS, uploads
from kdlab.data.own.account import Account, capital
from kdlab.data.own.thumbnails import EACH, Thumbnails
from kdlab.errors import KdlabError
from pages.ui.shell import explain, prose, state, turns
from pages.ui.shell import images as small
from pages.ui.shell.prose import in_html
from pages.ui.widgets import images, tables_read, texts

STYLE = prose.style(__file__)
LOOK_SECONDS = 2.0
"""A page must not wait longer for pictures that are only looked at."""
PARTS = {"train": "training", "validation": "validation", "test": "test"}
PICTURE = "add_photo_alternate"
INVITED = {"text": ("own_text", "post_add"), "table": ("own_table", "add_chart")}
"""Kind of data -> the file of the words that invite to bring some, and an icon."""


def waited_for(values: Mapping[str, Any]) -> bool:
    """Whether the settings ask for a visitor's own images, text or table, and there are none
    yet."""
    own = "folder" in DATASETS[values["dataset"]].settings
    return own and not str(values["folder"]).strip()


def invite(kind: str = "images") -> None:
    """What to do where images, a text or a table are waited for: nothing is wrong yet."""
    how = "owner" if not uploads.uploads_only() else "visitor"
    page, icon = INVITED.get(kind, ("own_images", PICTURE))
    st.info(prose.text(page, f"invitation {how}"), icon=f":material/{icon}:")


def overview(here: state.State[Any], *, opened: bool) -> None:
    """The images, the text or the table on the controls, if they are a visitor's own; ``opened``
    until there is work on them to be looked at. What is wrong with them stands below their control.
    Of a table that comes with the lab it is folded away."""
    folder, record = str(here.values.get("folder", "")), DATASETS[here.values["dataset"]]
    if record.kind == "table":
        tables_read.overview(here, opened=opened)
        return
    if "folder" not in record.settings or not folder.strip():
        return
    if record.kind == "text":
        texts.overview(here, opened=opened)
        return
    try:
        account = images.looked_at(folder)
    except KdlabError:
        return
    if account is None:
        return
    total = sum(map(sum, account.counts.values()))
    said = [f"{sum(account.counts[part]):,} {word}" for part, word in PARTS.items()]
    skipped = sum(one.count for one in account.left_out)
    files = f"{skipped:,} file{'s' * (skipped != 1)} skipped" if skipped else "nothing skipped yet"
    label = (
        f"{prose.plain(uploads.title(folder))}: {total:,} images in {len(account.classes)} classes "
        f"({', '.join(said)}), {files}"
    )
    with st.expander(label, expanded=opened, icon=":material/imagesmode:"):
        st.html(_table(account, _pictures(folder, int(here.values["image_size"]))))
        _how(account)


def _how(account: Account) -> None:
    """Where the parts come from, what was skipped and why, and what was done."""
    cut = [word for part, word in PARTS.items() if account.origin[part] == "taken from train"]
    told = [f"No folder of {' or '.join(cut)} images: they are taken from train, class by class"]
    told = [*(told if cut else ()), *map(capital, account.done)]
    if told:
        st.caption(prose.plain(". ".join(told) + "."))
    for one in account.left_out:
        more = ", …" if one.count > len(one.examples[:EACH]) else ""
        names = ", ".join(one.examples[:EACH])
        st.caption(prose.plain(f"Skipped: files {one.why}, {one.count:,} ({names}{more})."))
    st.caption(explain.text("own_images", "read"))


def _table(account: Account, pictures: Mapping[str, Sequence[str]]) -> str:
    """HTML: a row a class, its images counted, and some of them."""
    head = "".join(f'<th scope="col" class="count">{word}</th>' for word in PARTS.values())
    rows = []
    for place, (name, shown) in enumerate(
        zip(account.classes, prose.class_names(account.classes), strict=True)
    ):
        counts = "".join(f'<td class="count">{account.counts[p][place]:,}</td>' for p in PARTS)
        some = "".join(
            f'<img alt="{in_html(f"Image {n + 1} of class {shown}")}" src="{source}">'
            for n, source in enumerate(pictures.get(name, ()))
        )
        rows.append(f'<tr><th scope="row">{in_html(shown)}</th>{counts}<td>{some}</td></tr>')
    sums = "".join(f'<td class="count">{sum(account.counts[p]):,}</td>' for p in PARTS)
    return (
        f'{STYLE}<div class="kd-read" tabindex="0"><table><thead><tr><th scope="col">class</th>'
        f'{head}<th scope="col">some training images</th></tr></thead><tbody>{"".join(rows)}'
        f'</tbody><tfoot><tr><th scope="row">all</th>{sums}<td></td></tr></tfoot></table></div>'
    )


def _pictures(folder: str, side: int) -> dict[str, list[str]]:
    """By class, addresses of some images; none where they cannot be had in time."""
    try:
        return _seen(folder, side, images.stamp(folder)).addresses()
    except KdlabError:
        return {}


class _Seen:
    """Thumbnails as addresses for the browser, made once where no more are to come."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails
        self._known: dict[str, list[str]] | None = None

    def addresses(self) -> dict[str, list[str]]:
        if self._known is not None:
            return self._known
        with turns.aside():
            found = self._thumbnails.look(LOOK_SECONDS)
        made = {name: [small.address(one) for one in each] for name, each in found.items()}
        if self._thumbnails.whole:
            self._known = made
        return made


@st.cache_resource(max_entries=20, ttl=600, show_spinner=False)
def _seen(folder: str, side: int, stamp: tuple[int, int]) -> _Seen:
    """One for all who look; ``stamp`` tells a folder that was changed."""
    return _Seen(Thumbnails(folder, side))
