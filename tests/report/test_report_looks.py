"""A report looks as the pages do."""

from kdlab.report import build, looks
from kdlab.studies import EXPERIMENTS
from pages.ui.shell.contents import CONTENTS


def test_lines_differ_without_colour_too():
    found = list(looks.LOOKS.values())
    assert len({look.dash for look in found}) == len({look.symbol for look in found}) == len(found)


def test_every_result_has_its_page():
    known = {entry.path for part in CONTENTS.values() for entry in part}
    assert {build.PAGES.get(name, name) for name in EXPERIMENTS} <= known


def test_every_kind_of_work_has_a_report():
    from kdlab.report.kinds import KINDS

    assert (
        {each.noun for each in EXPERIMENTS.values()}
        == KINDS.keys()
        == build.FOLDERS.keys() - {"teacher"}
    )
