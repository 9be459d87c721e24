"""``python -m kdlab full-run``: a published experiment in full, in a folder of its own."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from typing import Any

from kdlab import data
from kdlab.cli.options import (
    about_settings,
    add_command,
    add_settings,
    in_lines,
    look_at_images,
    read_settings,
)
from kdlab.cli.reporter import Reporter
from kdlab.data import downloads
from kdlab.errors import ConfigError, DataError, KdlabError, ModelError
from kdlab.full_run.engine import torchrun
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import OWN, PAIRS, RECIPES
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.history import FullHistory
from kdlab.full_run.run.owned import TAKE_OVER
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.measure.wording import duration
from kdlab.system.paths import expanded

EPILOG = f"""\
{in_lines("pairs", (*PAIRS, OWN))}
recipes: {", ".join(RECIPES)}

examples:
  python -m kdlab full-run --pair own --dataset digits --teacher resnet8 --student cnn-8 \\
    --epochs 5 --seeds 3 --out runs/digits      # all stages, no download, no GPU; not published
  python -m kdlab full-run --pair resnet56-resnet20 --dataset cifar100 --out runs/r56-r20 --seeds 3
  python -m kdlab full-run --pair resnet56-resnet20 --limit 2000 --epochs 3 --out runs/look --json
  python -m kdlab full-run --dataset images --data photos.zip --pair own --out runs/mine
  python -m torch.distributed.run --nproc-per-node=4 -m kdlab full-run \\
    --pair wrn-40-2-wrn-16-2 --out runs/wrn
  python -m kdlab full-run --out runs/wrn --resume

The folder holds the whole run: config.json, events.jsonl, a checkpoint after every epoch, the
weights. Stop it with Ctrl-C, or kill it: --resume continues from the last complete epoch. Only one
process at a time works in the folder. If a process on another machine ended without releasing it,
that cannot be seen from here: look there first, then use --resume {TAKE_OVER}. --estimate measures
a few steps of each stage on noise, prints the time and memory that the run would need, and writes
nothing; it lists each stage for one seed, the teacher's answers with the distilled student.
--data alone means --dataset images.

With --json stdout gets one object: state, config, device, teacher {{accuracy}}, groups [{{name,
accuracy, fidelity, ece, best}}, one number per seed: accuracy after the last epoch], gain {{mean,
ci95, seeds}}, published {{teacher, student, method, column, source, told, epochs}} in per cent,
images_per_second {{teacher, student, distilled}}, seconds. Accuracies are fractions of the test
images. For a run that was stopped or failed: state, failure, reason, config.

Exit code: 0 done, 1 the run failed, 2 a setting is wrong, 130 stopped."""


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``full-run``."""
    parser = add_command(
        commands,
        name,
        about,
        usage="python -m kdlab full-run --out DIR [--pair NAME] [--dataset NAME] [SETTING ...] "
        "[--resume] [--json]",
        description="",
        described=FullRunConfig,
        epilog=EPILOG,
    )
    add_settings(parser, FullRunConfig, without=("noise", "points"), cached=False)
    parser.add_argument("--out", metavar="DIR", help="the folder of the run")
    parser.add_argument(
        "--resume", action="store_true", help="resume the run in that folder, or start it"
    )
    parser.add_argument(
        TAKE_OVER,
        action="store_true",
        help="with --resume: take the run over from a process on another machine that has ended",
    )
    parser.add_argument(
        "--estimate", action="store_true", help="measure a few steps; train and write nothing"
    )
    again = argparse.SUPPRESS
    parser.add_argument("--data", dest="folder", metavar="PATH", default=again, help="= --folder")
    parser.add_argument(
        "--limit", dest="train_limit", metavar="N", default=again, help="= --train-limit"
    )
    parser.set_defaults(run=_full_run, model=FullRunConfig)


def _full_run(arguments: argparse.Namespace) -> int:
    if arguments.estimate:
        return _estimate(_config(arguments), as_json=arguments.json)
    if not arguments.out:
        raise ConfigError("--out is missing", "the folder of the run", "Add --out DIR")
    folder = RunFolder(expanded(arguments.out))
    first = torchrun.told().rank == 0  # and whether the variables can be, before anything is made
    # before torch is imported: whoever ends it then can resume it
    try:
        made = first and _prepare(arguments, folder)
    except DataError as error:  # of images that were only looked at: no folder is left
        if arguments.json:
            told = {"state": "failed", "failure": "data", "reason": str(error)}
            config = read_settings(arguments, FullRunConfig)
            print(json.dumps(told | {"config": config.model_dump(mode="json")}))
        raise
    if first and folder.told().state != "finished":
        _tell_download(folder.config())
    try:
        from kdlab.full_run.run.run import run

        with Reporter(sys.stderr) as reporter:
            status = run(folder, reporter.tell)
    except KdlabError:
        if made:  # the corrected command finds the place as this one did
            folder.withdraw()
        raise
    finally:
        folder.release()
    if first and status.state == "finished":
        result = _result(folder)
        print(json.dumps(result) if arguments.json else _summary(result))
    elif first:
        print(status.reason, file=sys.stderr)
        if arguments.json:
            told = {"state": status.state, "failure": status.failure, "reason": status.reason}
            print(json.dumps(told | {"config": folder.config().model_dump(mode="json")}))
    return {"finished": 0, "stopped": 130}.get(status.state, 1)


def _prepare(arguments: argparse.Namespace, folder: RunFolder) -> bool:
    """The folder with its configuration, owned by this process; whether it was made. ConfigError
    where it holds another run, or none, StoreError where another process is at work in it."""
    if arguments.take_over and not arguments.resume:
        raise ConfigError(
            f"{TAKE_OVER} is given without --resume", "both or neither", "Add --resume"
        )
    if folder.exists() and not arguments.resume:
        raise ConfigError(
            f"{folder.path} already holds a run, which is {folder.status().state}",
            "an empty or new folder, or --resume to continue that run",
            "Choose another folder, or add --resume",
        )
    if folder.exists():
        _same(arguments, folder)
        if folder.told().state == "finished":
            return False
        started = folder.status().alive  # by a page, where somebody may have asked to stop since
        folder.owned.take(over=arguments.take_over)
        if not started:
            folder.forget_stop()
        return False
    if arguments.resume and not _given(arguments) and arguments.config is None:
        raise ConfigError(
            f"there is no run in {folder.path}",
            "the folder of a run, or settings to start one",
            "Check --out, or leave --resume out and give the settings",
        )
    RunFolder.create(folder.path, _config(arguments))
    folder.owned.take()
    return True


def _tell_download(config: FullRunConfig) -> None:
    """Say on stderr how much is downloaded before anything is trained, where something is."""
    if said := downloads.announced(config.dataset, data.find(config.dataset).label):
        print(
            f"{': '.join(said)}. To see how long the run would take, add --estimate.",
            file=sys.stderr,
        )


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings on the command line."""
    return {n: v for n, v in vars(arguments).items() if n in FullRunConfig.model_fields}


def _config(arguments: argparse.Namespace) -> FullRunConfig:
    from kdlab.full_run.recipe import possible

    given = _given(arguments)
    if "folder" in given and "dataset" not in given and arguments.config is None:
        arguments.dataset = "images"  # what else could a folder be
    config = read_settings(arguments, FullRunConfig)
    with about_settings():
        possible.check(config)
    look_at_images(config)
    _check_teacher_file(config)
    return config


def _check_teacher_file(config: FullRunConfig) -> None:
    """ModelError where a file of weights that was named by a path is not there."""
    from kdlab.full_run.recipe import names

    path = expanded(config.teacher_file)
    named = config.teacher_file and not config.teacher_file.startswith(names.GIVEN)
    if named and not path.is_file():
        raise ModelError(
            f"the teacher's weights {str(path)!r} are not a file on this machine",
            "the path of a .safetensors file",
            "Check --teacher-file",
        )


def _same(arguments: argparse.Namespace, folder: RunFolder) -> None:
    """ConfigError where other settings are given than the run began with."""
    known = folder.config()
    asked = FullRunConfig.parse({**known.model_dump(), **_given(arguments)})
    different = [n for n in FullRunConfig.model_fields if getattr(asked, n) != getattr(known, n)]
    if different:
        name = different[0]
        raise ConfigError(
            f"{name} is {getattr(asked, name)} with --resume, but {getattr(known, name)} in "
            f"{folder.path}",
            "the settings that the run started with, or none",
            "Leave the settings out, or start a new run in another folder",
        )


def _estimate(config: FullRunConfig, *, as_json: bool) -> int:
    import psutil

    from kdlab.full_run.engine import device as devices
    from kdlab.full_run.engine import estimate
    from kdlab.full_run.engine.stage import DeviceContext
    from kdlab.full_run.recipe.sizes import size_of
    from kdlab.full_run.run.run import engine

    where = devices.choose()
    bare = DeviceContext(where, "fp32", "plain")
    place = DeviceContext(where, devices.precision(config.precision, where), engine(config, bare))
    devices.prepare(where)
    ready = time.time() - psutil.Process().create_time()  # as long as a run takes to begin
    found = estimate.estimate(config, size_of(config), place)
    if as_json:
        print(json.dumps(dataclasses.asdict(found) | {"ready_seconds": round(ready, 1)}))
        return 0
    for name, seconds in found.seconds.items():
        print(
            f"{name}: {found.steps[name]:,} steps of {1000 * found.step_seconds[name]:.1f} ms, "
            f"{duration(seconds)}"
        )
    print(
        f"In all about {duration(found.total_seconds)} after {duration(ready)} of preparation, "
        f"with {found.memory_bytes / 2**30:.1f} GiB of the {found.free_bytes / 2**30:.1f} GiB "
        "of free memory."
    )
    return 0


def _result(folder: RunFolder) -> dict[str, Any]:
    """The object that ``--json`` prints."""
    history = FullHistory()
    history.take(folder.read()[0])
    assert history.started is not None
    assert history.finished is not None
    end = history.finished
    return {
        "state": "finished",
        "config": folder.config().model_dump(mode="json"),
        "device": history.started.device,
        "teacher": {"accuracy": end.teacher_accuracy},
        "groups": end.groups,
        "gain": end.gain,
        "published": history.started.published,
        "images_per_second": end.images_per_second,
        "seconds": end.seconds,
        **({"data": history.data.account} if history.data else {}),
    }


def _summary(result: dict[str, Any]) -> str:
    """The result in words."""
    config, device = result["config"], result["device"]
    lines = [
        f"{config['teacher']} -> {config['student']}, {config['dataset']}, {config['epochs']} "
        f"epochs, on {device['name']}",
        f"teacher: {100 * result['teacher']['accuracy']:.2f} %",
    ]
    for group in result["groups"]:
        mean, low, high = (100 * value for value in interval(group["accuracy"]))
        low, high = max(low, 0.0), min(high, 100.0)  # few seeds reach beyond what there is
        spread = f" (95 % {low:.2f} to {high:.2f})" if low == low else ""
        lines.append(f"{group['name']}: {mean:.2f} %{spread}")
    gain = Gain.of(result["gain"]).within()
    spread = "one seed: no interval"
    if gain.ci95:
        spread = f"95 % {gain.between(2)} over {gain.seeds} seeds, with this teacher"
    lines.append(f"gain: {gain.amount(2)} ({spread})")
    if known := result["published"]:
        method = f", {known['column']} {known['method']:.2f}" if "method" in known else ""
        if method and known.get("told"):  # what this figure was run with
            method += f" with {known['told']}"
        lines.append(
            f"published: teacher {known['teacher']:.2f}, student {known['student']:.2f}{method} "
            f"({known['source']})"
        )
    speeds = ", ".join(f"{name} {rate:,.0f}" for name, rate in result["images_per_second"].items())
    lines.append(f"images/s: {speeds}; {duration(result['seconds']['total'])} in all")
    return "\n".join(lines)
