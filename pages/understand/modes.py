"""Covering or seeking: a teacher with two modes, a student with one, and what decides."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from kdlab.insight.modes import Mixture
from pages.ui.components.live_chart import live_chart
from pages.ui.components.modes import ModesState, modes
from pages.ui.shell import explain
from pages.ui.shell import state as links
from pages.ui.shell.theme import page_header
from pages.ui.understand import modes as ours
from pages.ui.understand import views

PAGE = "modes"

here = links.state(PAGE, ours.ModesSettings)
page_header("covering-or-seeking", views.lead(PAGE))
links.warn(here)
views.try_this(
    here,
    PAGE,
    [
        {"divergence": "soft-targets"},
        {"divergence": "reverse-kl"},
        {"divergence": "reverse-kl", "mean": 3.5, "sigma": 0.8},
        {"divergence": "jsd", "beta": 0.35, "mean": -1.5, "sigma": 3.0},
        {"divergence": "jsd", "mean": 5.0, "sigma": 0.4},
        {"distance": 2.0},
    ],
)
shown = modes(
    ModesState(**here.config().model_dump()),
    help=ours.HELP,
    hide=links.hidden(),
    key=here.key("picture"),
)
here.values.update(asdict(shown))
here.write()

if "over_beta" not in links.hidden():
    st.subheader("How β moves it", anchor=False)
    st.markdown(explain.text(PAGE, "over beta"))
    mixture = Mixture(shown.weight, shown.distance, shown.width)
    found = ours.over_beta(mixture)
    said = ours.in_words(found)
    charts = (
        (
            "modes_students",
            ours.students_over_beta(mixture, found),
            f"Best student over β. {said}",
        ),
        ("modes_size", ours.size_over_beta(found), f"JSD of the best student over β. {said}"),
    )
    for place, (key, figure, alt) in zip(st.columns(2, gap="medium"), charts, strict=True):
        with place:
            live_chart(key, figure, alt, 320, about=ours.about(mixture))
    st.caption(said)
views.more(PAGE)
