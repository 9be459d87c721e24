"""Home: what distillation is, one picture that moves, and the way through the lab."""

import streamlit as st

from kdlab.config.schema import TeacherConfig
from kdlab.studies import STUDIES
from kdlab.system import machine
from kdlab.translation import say
from pages.ui.guide import listed
from pages.ui.live import temperature_strip
from pages.ui.shell import explain, images, page_links, prose, state, workers
from pages.ui.shell.contents import CONTENTS, STEPS
from pages.ui.shell.theme import page_header
from pages.ui.stage import damaged
from pages.ui.stream import workers_line
from pages.ui.understand import softening
from pages.ui.widgets import allowed

state.visit("home")
page_header("", prose.text("home", "lead"), say("Knowledge distillation lab"))

words, picture = st.columns([5, 6], gap="large", vertical_alignment="center")
with words:
    st.markdown(explain.text("home", "what it is"))
with picture:
    outputs = damaged.teacher_outputs(TeacherConfig(), "home", workers.store())
    if outputs is not None:
        index = temperature_strip.telling(outputs.logits)
        st.html(
            softening.picture(
                outputs.logits[index],
                outputs.classes,
                int(outputs.labels[index]),
                images.address(outputs.inputs[index]),
            )
        )
        st.caption(explain.text("home", "picture"))

listed.row()
st.subheader(say("The way through the lab"), anchor=False)
rows = -(-len(STEPS) // 4)
with st.container(key="home_way"):
    across = [st.columns(-(-len(STEPS) // rows), gap="medium") for _ in range(rows)]
steps = [place for row in across for place in row]
for number, (column, page) in enumerate(zip(steps, STEPS, strict=False), start=1):
    with column.container(border=True, height="stretch"):
        page_links.page(page.script, f"{number}. {say(page.title)}")
        st.markdown(explain.text("home", page.path))

st.subheader(say("Questions, answered by training"), anchor=False)
st.markdown(explain.text("home", "studies"))
entries = [entry for pages in CONTENTS.values() for entry in pages if entry.path in STUDIES]
with st.container(key="home_studies"):
    places = [place for _ in entries[::3] for place in st.columns(3, gap="medium")]
for place, entry in zip(places, entries, strict=False):
    with place:
        page_links.page(entry.script, say(entry.title))
        st.caption(say(STUDIES[entry.path].question))

workers_line.show()
allowed.show()
st.caption(say("This machine: {machine}.", machine=machine.describe()))
