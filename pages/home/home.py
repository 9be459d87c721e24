"""Home: what distillation is, one picture that moves, and the way through the lab."""

import streamlit as st

from kdlab.config.schema import TeacherConfig
from kdlab.studies import STUDIES
from kdlab.system import machine
from pages.ui.lessons import softening
from pages.ui.live import temperature_strip
from pages.ui.shell import images, prose, state, workers
from pages.ui.shell.contents import CONTENTS
from pages.ui.shell.theme import page_header
from pages.ui.stage import damaged
from pages.ui.stream import workers_line
from pages.ui.widgets import allowed

state.visit("home")
page_header("Knowledge distillation lab", prose.text("home", "lead"))

words, picture = st.columns([5, 6], gap="large", vertical_alignment="center")
with words:
    st.markdown(prose.text("home", "what it is"))
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
        st.caption(prose.text("home", "picture"))

st.subheader("The way through the lab", anchor=False)
stations = (
    ("pages/understand/soft_targets.py", "1. Soft targets", "soft targets"),
    ("pages/understand/the_loss.py", "2. The loss", "the loss"),
    ("pages/distil/live.py", "3. Live distillation", "live distillation"),
    ("pages/distil/map.py", "4. Map of two settings", "map"),
    ("pages/distil/search.py", "5. Find me a student", "search"),
    ("pages/distil/full_run.py", "6. Full run", "full run"),
    ("pages/use/draw.py", "7. Draw a digit", "draw a digit"),
)
rows = [st.columns(count, gap="medium", border=True) for count in (4, 3)]
for column, (script, title, section) in zip(rows[0] + rows[1], stations, strict=True):
    with column:
        state.page(script, title)
        st.markdown(prose.text("home", section))

st.subheader("Questions, answered by training", anchor=False)
st.markdown(prose.text("home", "studies"))
entries = [entry for pages in CONTENTS.values() for entry in pages if entry.path in STUDIES]
places = [place for _ in entries[::3] for place in st.columns(3, gap="medium")]
for place, entry in zip(places, entries, strict=False):
    with place:
        state.page(entry.script, entry.title)
        st.caption(STUDIES[entry.path].question)

workers_line.show()
allowed.show()
st.caption(f"This machine: {machine.describe()}.")
