"""A process that has everything imported and forks one child for each run that is asked for, which
is killed, or whose disk is full, at a chosen file operation: see ``file_operations.py``.

It reads {run, home, root, at, how} line by line, and answers {killed} or {state, failure, reason,
operations}; {refused} where the run was refused with a sentence of the lab.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from file_operations import Operations

from kdlab.errors import KdlabError
from kdlab.full_run.run.folder import RunFolder


def child(asked, answer):
    os.environ["KDLAB_HOME"] = asked["home"]
    operations = Operations(asked["root"], asked["at"], asked["how"])
    told = {}
    write = os.write
    try:
        from kdlab.full_run.run.run import run

        operations.watch()
        status = run(RunFolder(Path(asked["run"])))
        told = {"state": status.state, "failure": status.failure, "reason": status.reason}
    except KdlabError as error:
        told = {"refused": str(error)}
    except BaseException:
        told = {"traceback": traceback.format_exc()}
    told["operations"] = operations.names
    write(answer, json.dumps(told).encode())


def answer_of(asked):
    heard, answer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(heard)
        child(asked, answer)
        os._exit(0)
    os.close(answer)
    with os.fdopen(heard, "rb") as file:
        content = file.read()
    _, status = os.waitpid(pid, 0)
    return json.loads(content) if content else {"killed": os.WTERMSIG(status)}


def main():
    import torch

    import kdlab.full_run.run.run  # noqa: F401
    from kdlab.data import load
    from kdlab.full_run.recipe.config import FullRunConfig

    torch.set_num_threads(1)
    os.fsync = lambda file: None  # a kill loses nothing that was written, only a power cut does
    list(load(FullRunConfig(dataset="digits")))  # what a first reading imports
    while line := sys.stdin.readline():
        sys.stdout.write(json.dumps(answer_of(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
