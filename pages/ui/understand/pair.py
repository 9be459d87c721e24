"""The networks that a drawing is shown to: found in the store, and sent to the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
from pydantic import Field
from typing_extensions import override

from kdlab import data
from kdlab.config.base import widget
from kdlab.config.presets import MNIST_PAIR
from kdlab.config.schema import T_HIGH, T_LOW, T_MAX, T_MIN, DistilConfig
from kdlab.device import plain
from kdlab.errors import DamagedError, KdlabError
from kdlab.events import Confusion, Event
from kdlab.storage.store import Store, TeacherOutputs
from pages.ui.shell import images, prose, refusals, workers
from pages.ui.shell import state as links
from pages.ui.stage import damaged, tries
from pages.ui.stream import handed
from pages.ui.understand import networks, views
from pages.ui.widgets import settings as controls

PAGE = "draw"
INSTEAD = "You see the pair trained on MNIST that comes with the lab."
STYLE = prose.style(__file__)
"""Of the page: images in buttons, the order of its columns on a phone."""


class Drawing(DistilConfig):
    """The run whose networks answer, and what the visitor of this page chooses besides."""

    networks: Literal["mnist", "own"] = Field(
        "mnist",
        title="Networks that answer",
        description="A pair that was trained on MNIST comes with the lab. Or use the pair on the "
        "controls of Live distillation: by default one for the data set digits, 8 × 8 pixels.",
        json_schema_extra=widget(
            "view",
            words={
                "mnist": "A pair trained on MNIST, 28 × 28 pixels",
                "own": "The pair of Live distillation",
            },
        ),
    )
    shown_temperature: float = Field(
        1.0,
        ge=T_MIN,
        le=T_MAX,
        title="T of the bars",
        description="The bars are softmax(z / T). At T = 1 each network answers as it was trained "
        "to; a larger T makes the small probabilities visible.",
        json_schema_extra={"group": "view", "scale": "log", "low": T_LOW, "high": T_HIGH},
    )
    example: int = Field(
        -1,
        ge=-1,
        le=100_000,
        title="Example",
        description="Which of the teacher's validation images is shown while nothing is drawn; "
        "-1: the first of the page.",
    )

    def run(self) -> DistilConfig:
        """The run's configuration, which names its results."""
        if self.networks == "mnist":
            return MNIST_PAIR
        return DistilConfig(**{n: getattr(self, n) for n in DistilConfig.model_fields})

    @override
    def to_query(self) -> dict[str, str]:
        """Which networks always stands there, and their run only where it is the visitor's own."""
        run = DistilConfig.model_fields if self.networks == "mnist" else ()
        told = {name: text for name, text in super().to_query().items() if name not in run}
        return {"networks": self.networks} | told

    @override
    @classmethod
    def from_query(cls, query: Mapping[str, str], **base: Any) -> tuple[Drawing, list[str]]:
        """A link that names a run and not whose, as they did before there was MNIST, means it."""
        named = not DistilConfig.model_fields.keys().isdisjoint(query)
        return super().from_query({"networks": "own"} | dict(query) if named else query, **base)


@dataclass(frozen=True, eq=False)
class Pair:
    """The networks of a finished run; ``packed`` for a browser where all three are MLPs, which
    needs no worker."""

    config: DistilConfig
    outputs: TeacherOutputs
    packed: bytes | None
    examples: tuple[int, ...]
    """Rows of ``outputs``, one a class: where the students differ, if they do."""
    thumbnails: tuple[str, ...]
    """Their pictures, as addresses."""
    first: int
    """The example of a visitor who has chosen none: one on which the students differ."""


def settings() -> links.State[Drawing]:
    """The page's state. The networks are those of MNIST, until another run is on the controls of
    Live distillation, or a link to this page says one."""
    there = dict(links.State("live", DistilConfig).values)
    here = links.State(PAGE, Drawing)
    if st.session_state.get("draw.taken", DistilConfig().model_dump()) != there:
        here.set(**there, example=-1, networks="own")
    st.session_state["draw.taken"] = there
    return links.state(PAGE, Drawing, controls.NAMES)


def choice(here: links.State[Drawing]) -> None:
    """The box that says whose networks answer; the examples of others are others."""
    before = here.values["networks"]
    if controls.control(here, "networks") != before:
        here.set(example=-1)


def find(config: DistilConfig) -> Pair | None:
    """The networks of this run, None where it was never trained here; StoreError where its files
    cannot be read."""
    store = workers.store()
    try:
        return _find(config.to_json(), store, f"{store.home} {store.bundled}")
    except LookupError:
        return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _find(config_json: str, _store: Store, folders: str) -> Pair:
    """LookupError, which is not cached, where the run is not there: it may be a minute later."""
    config = DistilConfig.from_json(config_json)
    outputs = _store.teacher_outputs(config.teacher_config())
    weights, events = _store.weights(config), _store.events(config)
    if outputs is None or weights is None or events is None:
        raise LookupError
    packed = networks.of_mlps(config, outputs, weights)
    rows, first = _examples(outputs, events)
    thumbnails = tuple(images.address(outputs.inputs[row]) for row in rows)
    return Pair(config, outputs, packed, rows, thumbnails, first)


def _examples(outputs: TeacherOutputs, events: list[Event]) -> tuple[tuple[int, ...], int]:
    """One row a class, and the first to show: an image on which the students differed at the end,
    else one on which the teacher is right and has a second thought."""
    last = next((e for e in reversed(events) if isinstance(e, Confusion)), None)
    differ = [int(item["index"]) for item in last.differ] if last else []
    telling = views.telling_examples(outputs.logits, outputs.labels, wrong=0)
    rows = [row for row in [*differ, *telling] if row < len(outputs.labels)]
    chosen: dict[int, int] = {}
    for row in rows:
        chosen.setdefault(int(outputs.labels[row]), row)
    return tuple(row for _, row in sorted(chosen.items())), rows[0] if rows else 0


def refusal(config: DistilConfig) -> str | None:
    """Why nobody can draw for this data set, in a sentence; None where somebody can."""
    record = data.find(config.dataset)
    if record.shape in plain.DRAWABLE:
        return None
    reads = "points in the plane" if record.kind == "points" else "colour images"
    return (
        f"The networks of {record.label} read {reads}, which cannot be drawn here. Choose Digits "
        f"or MNIST on Live distillation to draw for your own pair. {INSTEAD}"
    )


def lacking(pair: Pair) -> list[str]:
    """What the words of "Try this" take for granted and is not so with this pair: that it is the
    one that their figures were measured with; that it reads digits."""
    told = {
        tries.MEASURED: pair.config == MNIST_PAIR,
        "digits": pair.config.dataset in ("digits", "mnist"),
    }
    return [name for name, holds in told.items() if not holds]


def address(pair: Pair) -> str | None:
    """Where the browser fetches all three networks; None while the workers, where they are needed,
    start. A KdlabError says why a worker could not answer."""
    if workers_starting(pair):
        return None
    packed = networks.of_any(pair.config) if pair.packed is None else pair.packed
    return handed.address_of_networks(packed)


def workers_starting(pair: Pair) -> bool:
    """Whether this pair must wait for workers that are not there yet."""
    return pair.packed is None and workers.manager().state == "starting"


def choose(here: links.State[Drawing]) -> Pair | None:
    """The pair on the settings, else that of MNIST and the sentence why."""
    found, told = None, ""
    try:
        # the settings of Live distillation may be impossible as they stand: these do not need them
        mnist = here.values["networks"] == "mnist"
        config = MNIST_PAIR if mnist else here.config().run()
        sentence = refusal(config)
        found = None if sentence else find(config)
    except DamagedError as error:
        _damaged(error, config)
        told, sentence = error.name, INSTEAD
    except KdlabError as error:
        words = prose.plain(refusals.sentence(error, Drawing))
        sentence = (
            f"{words} The settings of your own pair are those of Live distillation. {INSTEAD}"
        )
    if found is not None:
        return found
    st.info(
        sentence
        or f"{config.teacher} → {config.student} on {config.dataset} has not been trained on this "
        f"machine with these settings. Press Train on Live distillation, then come back. {INSTEAD}"
    )
    try:
        found = find(MNIST_PAIR)
    except DamagedError as error:
        if error.name != told:
            _damaged(error, MNIST_PAIR)
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
    if found is None:
        st.info("The pair of MNIST is not there either: train one on Live distillation.")
    return found


def _damaged(error: DamagedError, config: DistilConfig) -> None:
    """Something of the run of ``config`` cannot be read."""
    key = f"{PAGE} {config.fingerprint()}"
    damaged.tell(error, key, workers.store(), lambda: find(config))
