"""What every page offers to carry away, or takes back: files, settings, what came of them."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab.config.schema import DistilConfig
from kdlab.data import input_shape, uploads
from kdlab.device import formats
from kdlab.errors import ConfigError, KdlabError, ModelError, StoreError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run import device_files
from kdlab.models import header
from kdlab.translation import say
from pages.ui.shell import explain, page_links, prose, refusals, workers
from pages.ui.shell.state import State
from pages.ui.stage import device, offers, report
from pages.ui.stage.session import WorkScreen
from pages.ui.widgets import settings, taken

CONFIG_BYTES = 100_000
"""Of a file of settings; a larger one is something else."""
NAME_CHARACTERS = 60
"""A longer name is no network's, and no message repeats it."""
WEIGHTS = ["safetensors", "pth", "pt", "bin", "ckpt"]
"""Endings of files that may be chosen as weights. Only the first is read: whoever brings another is
told how to convert it, which a browser that does not offer the file could not do."""
MOST_KEPT = 12
"""Files of a session that are kept ready; more than a few runs' are never on screen in turn."""

NOT_POSSIBLE = "These settings cannot be run; the message at the top of the page says why."

T = TypeVar("T")
Run = Callable[[Any], DistilConfig]
"""The settings of work -> the run whose networks can be taken away."""


def panel(
    here: State[Any],
    shown: WorkScreen[Any, Any],
    *,
    run: Run | None = None,
    bring: Callable[[], None] | None = None,
) -> None:
    """All that can be taken away from a page: the settings on the controls as a link, as JSON and
    as a script; the tables of the work on screen, and the networks of its ``run`` as weights and as
    files for a device. Below, what can be brought: settings, and what ``bring`` draws beside
    them."""
    message(here)
    config = _wanted(here, shown.work.experiment)
    if config is None:
        st.info(say(NOT_POSSIBLE))
    else:
        _settings(here, shown, config)
    if shown.config is not None and shown.history is not None:
        _on_screen(shown, shown.config, config, run)
    places = st.columns(2) if bring is not None else [st.container()]
    with places[0]:
        bring_settings(here, shown.work.experiment.command)
    if bring is not None:
        with places[1]:
            bring()


def _wanted(here: State[Any], experiment: Experiment[Any, Any]) -> Any:
    """The settings on the controls, None where they cannot be run."""
    try:
        config = here.config()
        experiment.possible(config)
    except KdlabError:
        return None
    return config


def _settings(here: State[Any], shown: WorkScreen[Any, Any], config: Any) -> None:
    st.markdown(say("**The settings on the controls**, as a link and as files"))
    st.code(page_links.full_link(config, beside=here.beside), language=None, wrap_lines=True)
    name, problem = _file_name(shown, config), ""
    with st.container(horizontal=True):
        offers.offer("Settings, JSON", config.to_json(), f"{name}.json")
        try:
            make = functools.partial(shown.work.experiment.script, config, shown.history)
            script = ready(_script_mark(shown, config), make)
        except KdlabError as error:
            problem = f"{say('No script.')} {prose.plain(refusals.sentence(error, type(config)))}"
        else:
            offers.offer(shown.work.script, script, _own_name(script, f"{name}.py"))
    words = shown.work.words
    of_script = problem or words.get("script", "")
    st.caption(" ".join(text for text in (of_script, words.get("command", "")) if text))


def _own_name(script: str, otherwise: str) -> str:
    """The name by which a script calls itself where it says how it is run."""
    told = re.search(r"^Run: +python (\S+\.py)$", script, re.MULTILINE)
    return otherwise if told is None else told[1]


def _script_mark(shown: WorkScreen[Any, Any], config: Any) -> str:
    """A script may hold what the work on screen has found so far."""
    found = "" if shown.config is None else shown.config.fingerprint()
    share = 0.0 if shown.history is None else shown.history.share_done
    return f"script {shown.work.page} {config.fingerprint()} {found} {share}"


def _on_screen(shown: WorkScreen[Any, Any], config: Any, wanted: Any, run: Run | None) -> None:
    experiment = shown.work.experiment
    if shown.running:
        st.caption(
            say(
                "The files of the {noun} on screen appear here when it ends.",
                noun=say(experiment.noun),
            )
        )
        return
    tables = {name: text for name in experiment.tables if (text := _table(shown, config, name))}
    if not tables:
        return
    differs = wanted is None or experiment.normal(wanted).fingerprint() != config.fingerprint()
    noun = say(experiment.noun)
    st.markdown(
        say("**The {noun} on screen**, whose settings are not those above", noun=noun)
        if differs
        else say("**The {noun} on screen**", noun=noun)
    )
    file = _file_name(shown, config)
    with st.container(horizontal=True):
        if differs:
            offers.offer(f"Settings of the {experiment.noun}", config.to_json(), f"{file}.json")
        for name, text in tables.items():
            offers.offer(f"{name.replace('-', ' ').capitalize()}, CSV", text, f"{file}-{name}.csv")
        if shown.known.complete:
            report.offer(report.of_screen(shown), file)
        networks = run(config) if run is not None and shown.known.complete else None
        found: dict[str, bytes] = {}
        if networks is not None:
            found = ready(f"weights {config.fingerprint()}", lambda: weights_of(networks))
            for model, content in found.items():
                words = f"{file}-{model.replace(' ', '-')}.safetensors"
                offers.offer(f"Weights: {model}", content, words)
    if run is not None:
        st.caption(say("Weights of students are those of the first seed."))
    if networks is None or found:
        _for_a_device(shown, config, networks, file)


def _for_a_device(
    shown: WorkScreen[Any, Any], config: Any, networks: DistilConfig | None, file: str
) -> None:
    """The networks of a run, or of work that keeps them beside its events, as files."""
    experiment, ask = shown.work.experiment, (device_files.export, networks)
    if networks is None:
        if experiment.has_networks is None or not shown.known.complete:
            return
        if not experiment.has_networks(config, workers.store()):
            st.caption(explain.text("stage", "no networks", noun=say(experiment.noun)))
            return
        assert experiment.device_files is not None, "it has networks"
        ask = (experiment.device_files, config)
    mark, is_run = config.fingerprint(), networks is not None
    for_phone = formats.has_page(input_shape(networks or config))
    device.panel(shown.work.page, mark, ask, file, is_run=is_run, for_phone=for_phone)


def _table(shown: WorkScreen[Any, Any], config: Any, name: str) -> str:
    """The table ``name`` of the work on screen as CSV; empty where it has no rows yet."""

    def text() -> str:
        table = shown.work.experiment.tables[name](shown.history)
        return str(table.to_csv(index=False)) if len(table) else ""

    mark = f"{name} {shown.work.page} {config.fingerprint()} {shown.origin}"
    return ready(mark, text) if shown.known.complete else text()


def _file_name(shown: WorkScreen[Any, Any], config: Any) -> str:
    words = shown.work.file_name.format(dataset=config.dataset)
    return f"{words}-{shown.work.experiment.normal(config).fingerprint()[:8]}"


def ready(name: str, make: Callable[[], T]) -> T:
    """What ``make`` gives, made once a session: the panel is drawn again at every click."""
    kept: dict[str, Any] = st.session_state.setdefault("live.files", {})
    if not kept.get(name):  # weights may be on their way to the store
        kept[name] = make()
    found: T = kept[name]
    while len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]
    return found


def weights_of(config: DistilConfig) -> dict[str, bytes]:
    """A run's files of weights; none where they are not there, or cannot be read: the page tells of
    damage above."""
    try:
        return workers.store().weights(config) or {}
    except StoreError:
        return {}


def bring_settings(
    here: State[Any],
    command: str,
    known: Callable[[Any], None] = settings.known,
    then: Callable[[], None] = st.rerun,
) -> None:
    """An uploader that puts the settings of a JSON file on the controls of this page: ``known``
    raises a KdlabError for what no widget could show, ``then`` has the whole page drawn, since the
    controls are outside of the tabs' fragment."""
    taken.uploader(
        say("Load settings (JSON)"),
        "json",
        f"{here.page}.load_config",
        lambda file: _load_config(here, file, known, then),
        say(
            "A file that was saved here, or one for `python -m kdlab {command} --config`.",
            command=command,
        ),
        most_mb=1,
        own=False,
    )


def settings_text(file: UploadedFile) -> str:
    """What an uploaded file of settings says; ConfigError where it is too large to be one, since a
    part of it would be called broken JSON."""
    if file.size > CONFIG_BYTES:
        raise ConfigError(
            f"the file of settings {file.name[:60]!r} has {file.size:,} bytes",
            f"up to {CONFIG_BYTES:,} bytes: the settings that a page or a command exports",
            "Choose the file that was saved as settings; events and results cannot be loaded",
        )
    return file.getvalue().decode("utf-8", "replace")


def message(here: State[Any]) -> None:
    """What came of the last file that was loaded on this page, for as long as it is true."""
    said = st.session_state.get(f"{here.page}.message")
    if said and all(here.values.get(name) == value for name, value in said["holds"].items()):
        words, code = prose.with_code(said["text"])
        (st.error if said["bad"] else st.success)(prose.plain(words))
        if code:
            st.code(code, "python")


def answer(here: State[Any], text: str, *, bad: bool = False, **holds: str) -> None:
    """What :func:`message` then shows: always, or while the settings ``holds`` are these."""
    st.session_state[f"{here.page}.message"] = {"text": text, "bad": bad, "holds": holds}


def _load_config(
    here: State[Any],
    file: UploadedFile,
    known: Callable[[Any], None],
    then: Callable[[], None],
) -> None:
    with taking(here):
        config = here.model.from_json(settings_text(file))
        known(config)
        here.set(**config.model_dump())
        answer(here, say("The settings of {file} are on the controls.", file=file.name))
        then()


@contextlib.contextmanager
def taking(here: State[Any]) -> Iterator[None]:
    """While a file that was loaded on this page is taken: what is wrong with it is said there."""
    st.session_state[f"{here.page}.message"] = None
    try:
        yield
    except KdlabError as error:
        answer(here, str(error), bad=True)


def network_of(here: State[Any], file: UploadedFile) -> str:
    """The network whose weights a loaded file holds: the one on the controls where it says nothing;
    ModelError where it is too large, or none."""
    uploads.check_size(file.name, file.size, ModelError)
    name = architecture(file.getvalue(), file.name)
    return str(here.values["teacher"]) if name is None else name


def architecture(content: bytes, file_name: str) -> str | None:
    """The network that a safetensors file says it holds, None where it says nothing; ModelError
    where it is no such file. Only its header is read."""
    try:
        told = header.read(content, file_name)
        if not told.shapes and "architecture" not in told.texts:
            raise header.broken("the file of weights is empty")
    except ModelError as error:
        if "pickle" in error.received:
            raise
        raise ModelError(
            f"{error.received}: it does not say which network its weights belong to",
            "a safetensors file that this lab has saved, or one from elsewhere",
            "Save the weights again under 'Take it away', and load that file",
        ) from None
    name = told.texts.get("architecture")
    return None if name is None else name[:NAME_CHARACTERS]
