"""The control that a step speaks of: how it is found on the page, and its outline.

Widgets go by the key of their setting, which changes when they are drawn anew
(:meth:`pages.ui.shell.state.State.set`): it is asked for after the page has run. What lies behind a
closed button is shown by that button.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kdlab.translation import say
from pages.ui.guide import going, predicting, waiting
from pages.ui.guide.progress import Open
from pages.ui.shell import prose

SIDE_BAR = '[data-testid="stSidebar"]'
OPENER = '[data-testid="stExpandSidebarButton"]'
BEHIND = {
    "teacher": ("teacher", "teacher_epochs", "teacher_learning_rate", "teacher_seed"),
    "student": ("student", "learning_rate", "batch_size"),
}
"""Button that opens widgets -> the settings behind it."""
TEACHING = ("soft-targets", "loss", "covering-or-seeking")
"""Pages whose settings are parts of one component."""
SLIDERS = {
    "temperature": '.slider:has([aria-label^="Temperature T"], [aria-label^="NAME"])',
    "alpha": '.slider:has([aria-label*="α"], [aria-label*="alpha"], [aria-label^="Weight"])',
}
"""Setting -> its slider in a component; NAME is what the slider of T is called in the
reader's language, which not every page speaks."""
OF_THE_BARS = '.slider:has([aria-label^="T of the bars"], [aria-label^="NAME"])'
"""The same of the language model's page, whose bars have a temperature of their own."""
INSIDE = {
    "heatmap": ".heat",
    "entropy": ".entropy",
    "logits": ".plot",
    "examples": ".strip",
    "view": ".switch:has([data-value=mathematics])",
    "convention": ".switch:has([data-value=labels])",
}
"""Part of a component -> what it is within it."""
OUTLINE = (
    "{ outline: 3px solid var(--kd-guide); outline-offset: 3px; border-radius: 4px; "
    "animation: kd-guide 0.6s ease-out 2; }"
)
PICTURE = ".st-key-picture"
"""What a page measures, of pages with work."""
NEWS = (".st-key-answer", PICTURE, ".st-key-result [data-testid='stAlert']")
"""What has just been measured, from top to bottom: the last of it is what a run comes to."""
COVERED = """
:is(.st-key-answer, .st-key-standing) { display: none !important; }
:is(.st-key-picture, .stMain [data-testid="stTabs"]),
:is(.st-key-picture, .stMain [data-testid="stTabs"]) * {
  visibility: hidden !important; }  /* Streamlit makes text within what is hidden visible again */
/* No higher than its words need, which are seen wherever its top is. */
.st-key-picture { position: relative; overflow: hidden;
  height: 7rem; max-height: 7rem; min-height: 7rem; }
.st-key-picture::before { visibility: visible; position: absolute; inset: 0; display: flex;
  align-items: center; justify-content: center; text-align: center; padding: 0.5rem;
  border: 2px dashed rgba(128, 128, 128, 0.6); border-radius: 8px; content: "WORDS"; }
"""


@dataclass(frozen=True)
class Pointed:
    """CSS selectors of the control, the first that is there counts, and the rules that show it."""

    targets: tuple[str, ...] = ()
    rules: str = ""
    inside: str = ""
    """Of a component, which has a document of its own: what in it is outlined instead of it."""
    along: str = ""
    """What is to be seen along with the control, where there is room: what it changes."""


def of_key(key: str) -> str:
    """The class of what is drawn under ``key``, as Streamlit makes it."""
    return f".st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key.strip())}"


def pointed(now: Open, path: str) -> Pointed:
    """Of the step's control, where its page is the one at ``path``."""
    step, where = now.step, now.where
    if step is None or not step.control or where is None or where.path != path:
        return Pointed(seen(now, path))
    targets = _targets(step.control, path)
    bars = path == "language-model" and step.control == "shown_temperature"
    part = OF_THE_BARS if bars else (SLIDERS | INSIDE).get(step.control, "")
    part = part.replace("NAME", say("T of the bars") if bars else say("Temperature T"))
    component = bool(part) and (bars or path in (*TEACHING, "live"))
    outlined = [each for each in targets if not (component and _is_component(each))]
    rules = [f"{', '.join(outlined)} {OUTLINE}"] if outlined else []
    openers = _openers(step.control, path)
    inside = f":is({', '.join(targets)})"
    # what lies behind a closed button, in a closed fold, or in the settings of a phone
    rules += [f"body:not(:has({inside})) {opener} {OUTLINE}" for opener in openers]
    rules.append(f"details:not([open]):has({inside}) > summary {OUTLINE}")
    found = ", ".join([inside, *openers])
    rules.append(
        f"@media (max-width: 768px) {{ .stApp:has({SIDE_BAR}[data-collapsed='true'] "
        f":is({found})) {OPENER} {OUTLINE} }}"
    )
    rules.append(
        f"@media (max-width: 768px) {{ .stApp:has({SIDE_BAR}[data-collapsed='true'] "
        f":is({found})) .st-key-guide_where {{ display: flex; }} }}"
    )
    shows = "" if step.control == "picture" else _picture(path)
    return Pointed((*targets, *openers), "\n".join(rules), part if component else "", shows)


def seen(now: Open, path: str) -> tuple[str, ...]:
    """What is brought into view of a step that points at nothing: the picture of its page."""
    here = now.step is not None and now.where is not None and now.where.path == path
    return (_picture(path),) if here else ()


def behind(now: Open, path: str) -> str:
    """Where on a phone the control is, in a sentence, which is seen where it is out of sight
    there; empty where the step points at no setting."""
    here, control = going.state_of(path), now.step.control if now.step is not None else ""
    inside = path in TEACHING or control == "shown_temperature"  # on the page, within its picture
    there = here is not None and control in here.model.model_fields and not inside
    return (
        say("On a phone, it is under **{settings}**.", settings=prose.text("phone", "settings"))
        if there
        else ""
    )


def _picture(path: str) -> str:
    here = going.state_of(path)
    if path in TEACHING and here is not None:
        return of_key(here.key("picture"))
    return PICTURE


def _is_component(selector: str) -> bool:
    return any(part in selector for part in ("-picture", "live-strip", "-letters"))


def cover(words: str) -> str:
    """The rules that cover the result of the page, on which ``words`` stand."""
    return COVERED.replace("WORDS", words.replace('"', "").replace("\\", ""))


def covers(now: Open, path: str) -> bool:
    """Whether the result is covered: it is to be predicted first."""
    asked = now.step.predict if now.step is not None else None
    return asked is not None and asked.link.path == path and bool(_unanswered(now))


def _unanswered(now: Open) -> bool:
    asked = now.asked
    return asked is not None and predicting.given(now.key, asked) is None


def _openers(control: str, path: str) -> tuple[str, ...]:
    page = going.entry(path)
    if page is None:
        return ()
    names = [name for name, inside in BEHIND.items() if control in inside]
    return tuple(of_key(f"{page.key}.popover.{name}") for name in names)


def _targets(control: str, path: str) -> tuple[str, ...]:
    page, here, shown = going.entry(path), going.state_of(path), waiting.screen_of(path)
    key = page.key if page is not None else ""
    start = shown.work.start_key if shown is not None else "start"
    named = {
        "train": (of_key(f"{key}.{start}"),),
        "player": (of_key(f"{key}.course"),),
        "new-seeds": (of_key("live.reseed"),),
        "try": (of_key(f"{key}.tries"),),
        "result": (".st-key-result",),
        "pin": (of_key(f"{key}.pin"),),
        "elsewhere": (f'[class*="{of_key(f"{key}.elsewhere")[1:]}"]',),
        "takeaway": ('.stMain [data-testid="stTabs"] [role="tablist"]',),
        "more": (f'{SIDE_BAR} [data-testid="stExpander"] summary',),
        "cell": (".st-key-picture .kd-chart",),
        "pad": (of_key("draw.pad"),),
        "picture": (of_key(f"{key}.picture"), ".st-key-picture"),
    }
    if control in named:
        return named[control]
    if here is None or control not in here.model.model_fields:
        return (of_key(here.key("picture") if here is not None else "picture"),)
    drawn = of_key(here.key(control))
    strip = f'[class*="{of_key("live.strip")[1:]}"]'
    if path == "live" and control == "temperature":
        return (strip, drawn)
    if path == "language-model" and control == "shown_temperature":
        return (of_key(here.key("letters")),)
    if path in TEACHING:
        return (drawn, of_key(here.key("picture")))
    return (drawn,)
