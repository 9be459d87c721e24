"""Lines of a script that put a loaded teacher's outputs into the order of one's own images."""

from __future__ import annotations

from kdlab.config.schema import TeacherConfig

_AFTER = "load_state_dict(load_file(TEACHER_FILE))\n"

_LINES = """\
    with safe_open(TEACHER_FILE, "pt") as file:
        theirs = json.loads((file.metadata() or {}).get("class_names", "null"))
    ours = sorted(set(list_images()["train"][1].tolist()))
    if theirs is not None and theirs != ours:  # the same classes in another order
        assert sorted(theirs) == ours, f"the teacher knows {theirs}, the images are of {ours}"
        last = [layer for layer in teacher.modules() if isinstance(layer, nn.Linear)][-1]
        rows = [theirs.index(name) for name in ours]
        last.weight.data, last.bias.data = last.weight.data[rows], last.bias.data[rows]
"""


def by_name(loader: str, config: TeacherConfig) -> str:
    """The text of ``load_teacher()`` that compares classes by name; as it is for the data sets of
    the lab, whose classes never change."""
    if config.dataset != "images":
        return loader
    return loader.replace(_AFTER, _AFTER + _LINES)
