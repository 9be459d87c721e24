"""Pages with one thing each that a visitor of the bench must be able to do."""

import json

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


@st.fragment
def choice():
    picked = st.radio("Which", ["one.", "two"], key="pick.me", index=None,
                      format_func=lambda each: each.replace(".", "\\."))  # fmt: skip
    st.markdown(f"picked: {picked}")
    if picked == "two":
        st.warning("two is taken")


def secret():
    if "secret" in st.query_params:
        st.html(
            '<script>document.cookie = "pass=a1; Max-Age=60";'
            'there.searchParams.delete("secret");</script>',
            unsafe_allow_javascript=True,
        )
        return
    st.markdown(f"query: {st.query_params.to_dict()}")
    st.markdown(f"pass: {st.context.cookies.get('pass')}")
    st.markdown(f"cookie: {bool(st.context.cookies.get('_streamlit_xsrf'))}")


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
    address = f"kdlab/stream/{token}"
    said = st.session_state.setdefault(f"said {token}", [])

    def changed():
        said.append(["wake", json.loads(st.session_state[f"wake {token}"]["changed"]["value"])])

    def told():
        said.append(["transport", st.session_state[f"transport {token}"]["told"]])

    phase = next((value for who, value in reversed(said) if who == "wake"), "waiting")
    data = {"stream": address, "name": "phase", "value": phase}
    WAKE(key=f"wake {token}", data=data, on_changed_change=changed)
    data = {"stream": address, "mark": token, "stops": "It ends.", "ends": True}
    TRANSPORT(key=f"transport {token}", data=data, on_told_change=told)
    st.markdown(json.dumps(said))


def stream():
    streams("good")


def brief():
    streams("brief")


def hanging():
    streams("hanging")


def stranger():
    streams("unknown")


def crowded():
    streams("crowded")


def broken():
    raise LookupError("the page has a fault")


PAGES = (home, choice, secret, polls, stream, brief, hanging, stranger, crowded, broken)
WAKE, TRANSPORT = (
    st.components.v2.component(f"kdlab_{name}", js="export default function () {}")
    for name in ("wake", "transport")
)
st.navigation([st.Page(page) for page in PAGES]).run()
