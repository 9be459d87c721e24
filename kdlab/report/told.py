"""What a kind of work tells its report, and the report that is made of it: one order for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kdlab.config.base import Settings
from kdlab.report import common, words
from kdlab.report.document import Block, Code, Listing, Paragraph, Report, Section, numbered


@dataclass(frozen=True, kw_only=True)
class Told:
    """What only this kind of work knows.

    ``noun`` is what a person calls it, ``question`` what it was done for; ``verdict`` its answer,
    ``basis`` what the intervals are over. ``warnings`` are what to mind, ``notes`` what was said on
    the user's own data and weights. ``machine`` is that of the work, empty where nobody knows.
    """

    noun: str
    question: str
    verdict: str
    basis: str
    data: tuple[Block, ...]
    figures: tuple[Block, ...]
    results: tuple[Block, ...]
    costs: tuple[Block, ...]
    machine: str
    sources: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Again:
    """How the same is done again: the ``page`` with its query, a ``command``, the ``fingerprint``.
    ``made`` says when the result was made, or that it came with the lab."""

    page: str
    command: str
    fingerprint: str
    made: str


def report(told: Told, config: Settings, again: Again) -> Report:
    """The report, in the order in which it is read."""
    verdict: list[Block] = [Paragraph(told.verdict, "verdict")]
    if told.basis:
        verdict.append(Paragraph(told.basis, "note"))
    mind: list[Block] = [Paragraph(text, "warning") for text in told.warnings]
    mind += [Paragraph(text) for text in told.notes]
    sections = [
        Section("Settings", tuple(common.settings(config))),
        Section("Data", told.data),
        Section("Figures", told.figures),
        Section("Results", told.results),
        Section("Remarks", tuple(mind)),
        Section("What it cost", told.costs),
        Section("Machine and versions", tuple(_machine(told))),
        Section("How to repeat it", tuple(_again(again, config))),
        Section("Sources", (Listing(told.sources),) if told.sources else ()),
    ]
    values: Any = config
    whole = Report(
        title=told.question,
        kind=f"Report of a {told.noun}{'' if told.noun.endswith('?') else '.'}",
        made=again.made,
        verdict=tuple(verdict),
        sections=tuple(section for section in sections if section.blocks),
        name=f"kdlab-{told.noun.replace(' ', '-')}-{values.dataset}-{again.fingerprint[:8]}",
        facts=(
            ("Data", common.dataset(values.dataset)),
            ("Teacher", str(values.teacher)),
            ("Student", str(values.student)),
            ("Fingerprint", again.fingerprint),
        ),
    )
    return numbered(whole)


def _machine(told: Told) -> list[Block]:
    said = f"Trained and measured on: {told.machine}."
    if not told.machine:
        said = "The machine on which this was trained is not on record."
    return [Paragraph(said), Paragraph(common.versions(), "note")]


def _again(again: Again, config: Settings) -> list[Block]:
    return [
        Paragraph(
            "The same settings give the same numbers on the same machine. Times differ; on another "
            "machine, or with another version of PyTorch, the last digits of numbers may."
        ),
        Code(again.page, caption="On the lab's pages, after the address of the lab"),
        Code(again.command, "bash", caption="On the command line"),
        *(Paragraph(text, "note") for text in words.elsewhere(config)),
        Code(config.to_json(), "json", caption="All settings, for --config", folded=True),
    ]
