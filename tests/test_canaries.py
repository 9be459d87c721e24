"""What the lab uses of other packages although they have promised it to nobody.

Each package is pinned in requirements.txt to the minor version with which it was tested. Raise the
pin, run this file: each test says, where it fails, which line of the lab rests on what has changed.
"""

from __future__ import annotations

import importlib.metadata
import re
import threading
import tomllib
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
WORKAROUNDS = {
    ("runner", "postScriptGC"): "redraws take four times as long while garbage is collected",
    ("runner", "fastReruns"): "two runs of a session share its widgets: 'dictionary changed size'",
    ("global", "minCachedMessageSize"): "'Cached ForwardMsg MISS', and the page is dead",
}
"""Option in .streamlit/config.toml -> what it keeps away."""


@pytest.mark.parametrize("package", ["streamlit", "distributed", "optuna", "scikit-learn"])
def test_what_has_a_canary_is_pinned_to_the_minor_version_that_is_installed(package):
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    (low, high) = re.findall(rf"^{package}>=([\d.]+),<([\d.]+)", required, re.MULTILINE)[0]
    year, minor = importlib.metadata.version(package).split(".")[:2]
    assert (low, high) == (f"{year}.{minor}", f"{year}.{int(minor) + 1}"), (
        f"{package} is pinned to another version than the installed one: run the tests with the "
        "version that shall be pinned, this file first"
    )


def test_a_folder_pages_beside_the_server_is_none_of_legacy_pages(tmp_path, monkeypatch):
    """The script that visitors run lies within it: a link to a page may be the first request."""
    from streamlit.runtime.pages_manager import PagesManager

    (tmp_path / "pages").mkdir()
    for script, expected in (("app.py", True), ("pages/entry.py", False)):
        monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
        PagesManager(str(tmp_path / script))
        assert PagesManager.uses_pages_directory is expected, (
            "PagesManager decides in another way whether a folder pages/ makes legacy pages. Look "
            "at app.py: st.App is given a script within pages/, so that the first visitor of a "
            "server who comes by a link to a page is not shown 'Page not found'"
        )


def test_streamlit_tells_from_inside_whether_it_listens_and_where_its_settings_are():
    from streamlit import config, runtime
    from streamlit.runtime import Runtime, RuntimeState

    known = [hasattr(RuntimeState, "INITIAL"), isinstance(Runtime.state, property)]
    files = config.get_config_files("config.toml")
    assert all([*known, callable(runtime.exists), callable(runtime.get_instance)]), (
        "The runtime's states have changed. Look at _is_there in pages/ui/shell/launch.py, which "
        "waits for the server's port before it prints the address"
    )
    assert str(ROOT / ".streamlit" / "config.toml") in map(str, files), (
        "Streamlit lists its settings' files in another way. Look at _set in "
        "pages/ui/shell/launch.py, which asks whether a browser is to be opened"
    )


def _context() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx(suppress_warning=True)
    st.session_state["session"] = context.session_id
    st.session_state["files"] = hasattr(context.uploaded_file_mgr, "remove_file")
    st.session_state["cookies"] = dict(st.context.cookies)


def test_streamlit_says_in_a_run_which_session_it_is_and_lets_go_of_files():
    page = AppTest.from_function(_context, default_timeout=PATIENCE).run()
    say = (
        "The context of a run has changed. Look at pages/ui/shell/visiting.py: a visitor whose "
        "browser keeps no cookies is known by the session"
    )
    assert not page.exception, say
    assert page.session_state["session"], say
    assert page.session_state["files"], (
        "uploaded_file_mgr.remove_file is gone. Look at _drop in pages/ui/widgets/taken.py: "
        "without it the server holds every file that was loaded until its visitor goes"
    )


@pytest.mark.parametrize(("section", "name"), WORKAROUNDS)
def test_streamlit_still_has_the_option_that_works_around_a_fault(section, name):
    from streamlit import config

    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    say = (
        f"{section}.{name} is gone, or has the lab's value by default. Look at "
        f".streamlit/config.toml: without it {WORKAROUNDS[section, name]}"
    )
    known = config._config_options_template.get(f"{section}.{name}")
    assert known is not None, say
    assert known.default_val != settings[section][name], say


BEGUN, ENDED = threading.Event(), threading.Event()
ASKED: list[bool] = []


def _until_unwanted(key: str) -> None:
    """What a worker's thread does in the test that follows, in this process."""
    from distributed import get_worker

    from kdlab.jobs import driver

    worker = get_worker()
    ASKED.append(driver._is_wanted(worker, key))
    BEGUN.set()
    while driver._is_wanted(worker, key):
        if ENDED.wait(0.01):
            return
    ASKED.append(False)
    ENDED.set()


def test_dask_tells_a_worker_which_of_its_tasks_are_wanted():
    """A run that was cancelled ends because :func:`kdlab.jobs.driver._is_wanted` says so."""
    from distributed import Client, LocalCluster

    BEGUN.clear()
    ENDED.clear()
    ASKED.clear()
    say = (
        "Dask calls the states of a worker's tasks by other names. Look at _is_wanted in "
        "kdlab/jobs/driver.py: runs either end at once, or cannot be stopped"
    )
    alone = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        LocalCluster(processes=False, protocol="inproc://", **alone) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        future = client.submit(_until_unwanted, "canary", key="canary", pure=False)
        assert BEGUN.wait(PATIENCE), say
        assert ASKED[0] is True, say
        future.cancel()
        stopped = ENDED.wait(PATIENCE)
        ENDED.set()  # the thread ends, whatever was found
        assert stopped, say
    assert ASKED == [True, False], say


def test_optuna_opens_a_trial_that_was_added_as_running():
    import optuna

    study = optuna.create_study()
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING))
    (known,) = study.get_trials()
    trial = optuna.Trial(study, known._trial_id)
    trial.report(0.5, 1)
    trial.set_user_attr("said", "so")
    (known,) = study.get_trials()
    assert (known.intermediate_values, known.user_attrs) == ({1: 0.5}, {"said": "so"}), (
        "A trial is opened in another way. Look at _open in kdlab/experiments/search/trial_log.py: "
        "a search cannot report to the trials that it wrote down"
    )


def test_scikit_learn_keeps_the_nodes_of_boosted_trees_under_these_names():
    """kdlab/training/forests.py reads them: nothing public tells a boosted tree's nodes. (Those of
    a forest are public, as ``tree_``.)"""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows = np.random.default_rng(0).normal(size=(60, 2))
    grower = HistGradientBoostingClassifier(max_iter=2).fit(rows, rows[:, 0] > 0)
    assert np.shape(grower._baseline_prediction) == (1, 1)
    assert [len(step) for step in grower._predictors] == [1, 1]
    nodes = grower._predictors[0][0].nodes
    assert {"feature_idx", "num_threshold", "left", "right", "value", "is_leaf"} <= set(
        nodes.dtype.names
    )
    assert not nodes["is_categorical"].any()


def test_all_of_the_browser_runs_together_and_the_rest_by_file():
    from tests.conftest import runs_together

    browser = {runs_together(f"tests/e2e/{name}.py::test_x[a::b]") for name in ("test_a", "test_b")}
    files = {runs_together(f"tests/measure/{name}.py::test_x") for name in ("test_a", "test_b")}
    assert (len(browser), len(files), len(browser | files)) == (1, 2, 3)


HERE: list[str] = []


def test_a_file_is_tested_by_one_process():
    HERE.append("first")


def test_and_by_the_same_one_to_its_end(request):
    """Else what its modules and the browser share is made once a process, or more than once at the
    same time: look at pytest_xdist_make_scheduler in tests/conftest.py."""
    names = {item.name for item in request.session.items}
    if test_a_file_is_tested_by_one_process.__name__ not in names:
        pytest.skip("only one of the two was asked for")
    assert HERE == ["first"]
