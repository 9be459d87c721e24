"""Whoever is cited is cited as it is: papers by their authors, threads by their kind and number.

The tables were typed from the sources, not from the lab's texts.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path
    for part in ("kdlab", "pages", "assets/text")
    for path in sorted((ROOT / part).rglob("*"))
    if path.suffix in (".py", ".md")
] + [ROOT / "README.md"]

PAPERS = {
    "1312.6034": "Simonyan", "1312.6184": "Caruana", "1406.1078": "Cho", "1409.1556": "Simonyan",
    "1412.6550": "Romero", "1502.03167": "Ioffe", "1503.02531": "Hinton", "1512.03385": "He",
    "1605.01713": "Shrikumar", "1605.07146": "Zagoruyko", "1606.07947": "Kim",
    "1612.03928": "Zagoruyko", "1706.00384": "Zhang", "1706.03762": "Vaswani",
    "1706.04599": "Guo", "1707.01083": "Zhang", "1708.07747": "Xiao",
    "1710.09412": "Zhang", "1801.04381": "Sandler", "1803.10837": "Passalis",
    "1805.04770": "Furlanello", "1805.08974": "Kornblith", "1807.11164": "Ma",
    "1810.03292": "Adebayo", "1902.03393": "Mirzadeh", "1904.01802": "Peng",
    "1904.05068": "Park", "1904.05835": "Ahn", "1905.00414": "Kornblith", "1905.02244": "Howard",
    "1905.11946": "Tan", "1907.09682": "Tung", "1907.10902": "Akiba", "1910.01108": "Sanh",
    "1910.01348": "Cho", "1910.10699": "Tian", "2001.08361": "Kaplan", "2010.11929": "Dosovitskiy",
    "2104.07163": "Jafari", "2106.05237": "Beyer", "2106.05945": "Stanton", "2201.03545": "Liu",
    "2203.08679": "Zhao", "2205.10536": "Huang", "2304.10255": "Watanabe", "2306.08543": "Gu",
    "2306.13649": "Agarwal", "2307.15190": "Wen", "2402.03898": "Ko", "2403.01427": "Sun",
    "2503.16870": "Anshumann", "2507.14805": "Cloud", "2605.23645": "Brockers",
}  # fmt: skip
"""The number of a paper on arXiv, and a surname that stands with it."""

THREADS = {
    ("haitongli", "issue"): {2, 4, 9, 23, 48},
    ("Intel Distiller", "issue"): {122},
    ("keras-io", "issue"): {257, 869},
    ("keras-io", "pull request"): {870},
    ("TextBrewer", "issue"): {39},
    ("aprender", "pull request"): {2153},
    ("unbiased-teacher", "issue"): {50},
    ("RepDistiller", "issue"): {3, 16},
    ("mdistiller", "issue"): {30, 42},
    ("hunto", "issue"): {19},
    ("AutoGluon", "pull request"): {779},
    ("fasterai", "pull request"): {80},
    ("ability-draft-plus", "pull request"): {80},
}
"""GitHub threads by project and kind; what each is about is told where they are cited."""

CITED = re.compile(r"\b(issue|pull request)s? (\d+(?:(?:, | and )\d+)*)")


def texts():
    for path in FILES:
        yield path, path.read_text(encoding="utf-8")


def test_papers_are_cited_with_their_authors():
    found = set()
    for path, text in texts():
        for number in re.findall(r"arXiv[: ](\d{4}\.\d{5}|\d{4}\.\d{4})", text):
            assert number in PAPERS, f"{path}: check arXiv:{number} against its source"
            if "day on which arXiv" not in text:  # a date that happens to be a paper's
                assert PAPERS[number] in text, f"{path}: arXiv:{number} is by {PAPERS[number]}"
            found.add(number)
    assert {"1503.02531", "2403.01427"} <= found


def test_threads_are_cited_by_kind_and_number():
    known = {(kind, number) for (_, kind), numbers in THREADS.items() for number in numbers}
    found = set()
    for path, text in texts():
        flat = " ".join(text.replace('"\n', " ").split())
        for match in CITED.finditer(flat):
            kind = match[1]
            for number in map(int, re.findall(r"\d+", match[2])):
                assert (kind, number) in known, f"{path}: {match[0]}: check it"
                projects = [p for (p, k), n in THREADS.items() if k == kind and number in n]
                before = flat[max(0, match.start() - 160) : match.end() + 80]
                assert any(p in before for p in projects), f"{path}: {match[0]} is of {projects}"
                found.add((kind, number))
    assert {("issue", 869), ("pull request", 870), ("issue", 16), ("issue", 30)} <= found


@pytest.mark.parametrize("wrong", ["RepDistiller, issue 3, and mdistiller", "869 and 870"])
def test_what_was_cited_wrongly_is_gone(wrong):
    assert not [path for path, text in texts() if wrong in text]
