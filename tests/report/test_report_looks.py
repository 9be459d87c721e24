"""A report looks as the pages do."""

from kdlab.report import build, looks
from kdlab.studies import EXPERIMENTS
from pages.ui.charts import arms, sweep
from pages.ui.shell.contents import CONTENTS
from pages.ui.shell.theme import LOOKS


def test_the_colours_are_those_of_the_pages():
    assert {n: look.colour for n, look in looks.LOOKS.items()} == {
        n: look.colour for n, look in LOOKS.items()
    }
    assert [look.label for look in looks.LOOKS.values()] == [look.label for look in LOOKS.values()]
    assert arms.COLOURS == looks.COLOURS
    assert arms.GREYS == looks.GREYS
    assert (sweep.WORSE, sweep.SAME, sweep.BETTER) == (looks.WORSE, looks.SAME, looks.BETTER)


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
