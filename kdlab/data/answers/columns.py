"""Which columns are a teacher's answers, by the names of the classes.

::

    classes cat, dog      p_cat, p_dog      cat, dog      P(cat), P(dog)      logit_cat, logit_dog

All columns of answers are written in one way, which is recognised by what stands before and behind
the names of the classes.
"""

from __future__ import annotations

from collections.abc import Sequence

from kdlab.data.naming import printable, shown_names
from kdlab.data.table.answers import Form, comparing, folded, readings, ways
from kdlab.errors import DataError

SHOWN = 8


def chosen(
    columns: Sequence[str], classes: Sequence[str], wanted: Sequence[str] = ()
) -> tuple[list[str], Form]:
    """The columns of the answers, in the order of ``classes``, and what they are by their names.
    ``wanted`` are those that somebody named. DataError where they cannot be found, or where it
    could be others as well."""
    if wanted:
        return _wanted(columns, classes, wanted)
    found = ways(columns, classes)
    whole = {way: (own, form) for way, (own, form) in found.items() if len(own) == len(classes)}
    sets: dict[tuple[str, ...], Form] = {
        tuple(own[name] for name in classes): form for own, form in whole.values()
    }
    marked: dict[tuple[str, ...], Form] = {names: form for names, form in sets.items() if form}
    sets = marked or sets
    if len(sets) == 1:
        names, form = next(iter(sets.items()))
        return list(names), form
    if sets:
        told = "; ".join(", ".join(names[:3]) for names in list(sets)[:3])
        raise DataError(
            f"{len(sets)} sets of columns may be the teacher's answers: {printable(told)}",
            "one of them",
            "Name its columns in teacher_columns, in the order of the classes",
        )
    raise _none(columns, classes, found)


def _wanted(
    columns: Sequence[str], classes: Sequence[str], wanted: Sequence[str]
) -> tuple[list[str], Form]:
    by = {folded(name): name for name in columns}
    missing = [name for name in wanted if name not in columns and folded(name) not in by]
    if missing:
        raise DataError(
            f"teacher_columns has {printable(missing[0])[:60]!r}, not a column of the file",
            "columns of it: " + _listed(columns),
            "Correct teacher_columns, or leave it empty",
        )
    names = [name if name in columns else by[folded(name)] for name in wanted]
    one = len(classes) == 2 and len(names) == 1
    if len(set(names)) != len(names) or (len(names) != len(classes) and not one):
        more = f", or that of {printable(classes[1])[:40]!r} alone" if len(classes) == 2 else ""
        raise DataError(
            f"teacher_columns has {len(names)} columns, {len(set(names))} of them different, and "
            f"the data have {len(classes)} classes",
            f"a column for each of {_listed(classes)}, in this order{more}",
            "Correct teacher_columns, or leave it empty",
        )
    if one and _is_of(names[0], classes[0], classes):
        raise DataError(
            f"teacher_columns has {printable(names[0])[:60]!r} alone, which is called after the "
            f"class {printable(classes[0])[:40]!r}",
            f"of two classes the column of {printable(classes[1])[:40]!r} alone, or both",
            "Name that column, or one for each class",
        )
    forms = {form for name in names for _, form, _ in readings(name) if form}
    return names, forms.pop() if len(forms) == 1 else ""


def _is_of(column: str, name: str, classes: Sequence[str]) -> bool:
    """Whether ``column`` is called after the class ``name``."""
    alike = comparing(classes)
    return alike(name) in {alike(core) for _, _, core in readings(column)}


def in_order(theirs: Sequence[str], ours: Sequence[str]) -> list[int]:
    """For each of ``ours`` its place among ``theirs``; DataError where they are not the same."""
    form_of = comparing(ours)
    places = {form_of(name): place for place, name in enumerate(theirs)}
    missing = [name for name in ours if form_of(name) not in places]
    if missing or len(places) != len(theirs):
        raise DataError(
            f"the file of answers names the classes {_listed(theirs)}"
            + (f", without {printable(missing[0])[:40]!r}" if missing else ", one of them twice"),
            f"the classes of the data: {_listed(ours)}",
            "Correct their names in the file of answers",
        )
    return [places[form_of(name)] for name in ours]


def _none(
    columns: Sequence[str],
    classes: Sequence[str],
    found: dict[str, tuple[dict[str, str], Form]],
) -> DataError:
    part = max((own for own, _ in found.values()), key=len, default={})
    if part:
        lost = [name for name in classes if name not in part]
        near = next(iter(part.values()))
        received = (
            f"the file has the column {printable(near)[:40]!r}, and none like it for "
            f"{_listed(lost)}"
        )
    else:
        received = f"none of the columns {_listed(columns)} is named after a class"
    like = printable(classes[0])[:30]
    return DataError(
        received,
        f"a column for each of the classes {_listed(classes)}, like {f'p_{like}'!r} or {like!r}",
        "Rename the columns, or name them in teacher_columns, in the order of the classes",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, shown_names(names)[:SHOWN]))
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
