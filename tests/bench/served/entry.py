"""Pages with one thing each that a visitor of the bench must be able to do."""

import streamlit as st


def count(name):
    st.session_state[name] = st.session_state.get(name, 0) + 1
    return st.session_state[name]


def home():
    st.markdown(f"query: {st.query_params.to_dict()}")
    st.markdown(f"cookie: {bool(st.context.cookies.get('_streamlit_xsrf'))}")
    st.markdown(f"whole: {count('whole')}")
    st.button("Press me", key="press.me", on_click=count, args=("presses",))
    st.markdown(f"presses: {st.session_state.get('presses', 0)}")
    st.button("Switched off", disabled=True)
    part()


@st.fragment
def part():
    if st.button("Inside", key="inside"):
        st.markdown("inside was pressed")
    st.markdown(f"part: {count('part')}")


def polls():
    if st.session_state.get("looks", 0) < 4:
        st.fragment(look, run_every=0.05)()
    else:
        st.markdown("seen enough")


def look():
    st.markdown(f"looks: {count('looks')}")
    if st.session_state["looks"] >= 4:
        st.rerun()


def streams(token):
    heard = COMPONENT(
        key="follower", data={"stream": f"kdlab/stream/{token}"}, on_ended_change=lambda: None
    )
    st.markdown(f"ended: {heard.ended}, runs: {count('runs ' + token)}")


def stream():
    streams("good")


def stranger():
    streams("unknown")


def broken():
    raise LookupError("the page has a fault")


COMPONENT = st.components.v2.component("follower", js="export default function () {}")
st.navigation([st.Page(page) for page in (home, polls, stream, stranger, broken)]).run()
