"""A process that wants a run folder, told by its parent when: one JSON line each way at a time.

It reads {do, path} from standard input, says {ready}, waits for one byte of the gate, a pipe that
it shares with its rivals so that one write releases all of them, and says what came of it:

``take``      {taken} or {refused}; what it has taken it gives back when the next line comes
``run``       {began} before the first event is dealt with, where it waits for a line; at last
              {state} or {refused}
"""

import json
import os
import sys
from pathlib import Path

from kdlab.errors import KdlabError
from kdlab.full_run.run.folder import RunFolder


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def run(folder):
    from kdlab.full_run.run.run import run

    def tell(event):
        if not begun:
            begun.append(event)
            say(began=os.getpid())
            sys.stdin.readline()

    begun = []
    return run(folder, tell).state


def main(gate):
    if "run" in sys.argv:
        import torch

        import kdlab.full_run.run.run  # before anybody is released  # noqa: F401

        torch.set_num_threads(1)
    while line := sys.stdin.readline():
        asked = json.loads(line)
        folder = RunFolder(Path(asked["path"]))
        say(ready=os.getpid())
        os.read(gate, 1)
        try:
            if asked["do"] == "run":
                say(state=run(folder))
                continue
            folder.owned.take()
            say(taken=os.getpid())
            sys.stdin.readline()
            folder.release()
            say(released=os.getpid())
        except KdlabError as error:
            say(refused=str(error))


if __name__ == "__main__":
    main(int(sys.argv[1]))
