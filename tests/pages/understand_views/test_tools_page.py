"""The page that reads a loss in other tools' settings: its link, its table, its snippet."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.tools import TOOLS, Wish
from pages.ui.shell import prose
from pages.ui.understand import in_tools
from tests.patience import PATIENCE

PAGE = Path(__file__).parents[3] / "pages" / "use" / "tools.py"


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=PATIENCE)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def verdicts(page: AppTest) -> dict[str, str]:
    """Tool -> what the table says of it."""
    [shown] = [str(each.value) for each in page.get("html") if "kd-tools" in str(each.value)]
    rows = re.findall(
        r'<tr[^>]*><th scope="row">(.*?)</th><td class="kd-said.*?">(.*?)</td>', shown
    )
    return {html.unescape(tool): said for tool, said in rows}


def chosen(page: AppTest) -> str:
    """The tool whose row is marked."""
    [shown] = [str(each.value) for each in page.get("html") if "kd-tools" in str(each.value)]
    [marked] = re.findall(r'<tr aria-current=true><th scope="row">(.*?)</th>', shown)
    return html.unescape(marked)


def said(page: AppTest) -> str:
    """All words on the page, without what keeps Markdown from reading them."""
    drawn: list[Any] = [*page.markdown, *page.caption, *page.warning, *page.info]
    return " ".join(str(each.value) for each in drawn).replace("\\", "")


def test_it_opens_with_a_table_of_all_tools_and_one_snippet():
    page = opened()
    assert page.title[0].value == "In your tool"
    assert set(verdicts(page)) == {tool.label for tool in TOOLS.values()}
    assert verdicts(page)["torchdistill (KDLoss)"] == "✓ exactly"
    assert verdicts(page)["ms-swift (rlhf_type gkd)"] == "≈ up to a factor"
    assert verdicts(page)["TRL GKDTrainer"] == "✗ not"
    assert "alpha: 0.1  # of the labels" in page.code[0].value
    assert page.code[0].language == "yaml"
    assert "of 15 tools can express this" in said(page)
    assert "torchdistill 1.1.5 of 2026-08" in said(page)


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_can_be_linked_to(name):
    tool, wish = TOOLS[name], Wish(divergence="reverse-kl", temperature=2.0, alpha=1.0, own=1.0)
    page = opened(tool=name, divergence="reverse-kl", temperature="2", alpha="1", own="1")
    assert page.subheader[0].value == chosen(page) == tool.label
    answer = tool.answer(wish)
    assert page.code[0].value.strip() == tool.snippet(answer.values, wish).strip()
    assert all(note in said(page) for note in answer.notes)
    assert tool.sources[0].version in said(page)


def test_what_is_set_at_the_side_is_written_into_the_address():
    page = opened()
    page.selectbox(key="tools.tool").select("keras").run()
    page.select_slider(key="tools.temperature").set_value(2.0).run()
    assert not page.exception
    assert page.subheader[0].value == "Keras (keras.distillation)"
    assert "temperature=2.0" in page.code[0].value
    assert {n: page.query_params[n] for n in ("tool", "temperature")} == {
        "tool": "keras",
        "temperature": "2.0",
    }


def test_numbers_of_a_divergence_are_asked_for_where_it_has_them():
    def labels(page):
        return {each.label for each in page.slider}

    page = opened()
    assert labels(page) & {"Mixture β", "Classes kept, k"} == set()
    page.selectbox(key="tools.divergence").select("jsd").run()
    assert labels(page) & {"Mixture β", "Classes kept, k"} == {"Mixture β"}
    page.selectbox(key="tools.divergence").select("top-k").run()
    assert labels(page) & {"Mixture β", "Classes kept, k"} == {"Classes kept, k"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"tool": "nonesuch"}, ["'nonesuch'", "Used instead: torchdistill"]),
        ({"divergence": "hellinger"}, ["“Divergence”", "Used instead"]),
        ({"own": "2"}, ["“Own texts λ” is 2", "Used instead: 0"]),
        ({"beta": "nan"}, ["“Mixture β”", "Used instead"]),
        ({"kept": "1"}, ["“Classes kept, k” is 1"]),
        ({"temperature": "0"}, ["“Temperature T” is 0"]),
    ],
)
def test_a_broken_link_leaves_the_page_alive_and_is_told(query, words):
    page = opened(**query)
    found = " ".join(each.value for each in page.warning).replace("\\", "")
    assert all(word in found for word in words), found
    assert page.code[0].value


def test_what_a_link_hides_is_kept_as_it_was_handed_out():
    page = opened(hide="alpha,tool", alpha="0.5", tool="pytorch-tutorial")
    assert not [each for each in page.slider if each.label == "Weight α"]
    assert not [each for each in page.selectbox if each.label == "Tool"]
    assert "soft_target_loss_weight=0.5" in page.code[0].value
    assert not page.warning


@pytest.mark.parametrize("n", range(5))
def test_what_there_is_to_try(tried, n):
    page = opened(tool="intel-distiller", temperature="7")
    names = [one.name for one in prose.tries("tools")]
    tried(page, names[n])
    expected = [
        "alpha: 0.1",
        "temperature=1.0,",
        "loss_mode: k2",
        "beta: 0.02",
        "keras.losses.KLDivergence()",
    ]
    assert expected[n] in page.code[0].value


@pytest.mark.parametrize("divergence", in_tools.FORMULAS)
def test_the_loss_is_written_with_its_numbers(divergence):
    words = in_tools.formula(Wish(divergence=divergence, temperature=2.5, alpha=0.75, beta=0.2))
    assert r"L = 0.25\;\mathrm{CE}(y, z_s) + 0.75\cdot 2.5" in words
    assert words.count("{") == words.count("}")
    assert ("0.2\\," in words) == (divergence == "jsd")
    assert ("50" in words) == divergence.startswith("top-k")
