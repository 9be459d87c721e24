"""``python -m kdlab`` as it is, but for a hook in its reader of events: in the middle of a named
epoch it says so, and waits to be killed. So no test has to be quick enough to see that moment.

stops_itself.py STAGE EPOCH COMMAND...
"""

import json
import sys

from kdlab import __main__ as door
from kdlab.cli.reporter import Reporter
from kdlab.events import FullPart
from kdlab.full_run.engine import train


def main(stage, epoch, *command):
    tell = Reporter.tell

    def stopping(self, event):
        tell(self, event)
        here = isinstance(event, FullPart) and event.what == "student"
        if here and (event.stage, event.epoch) == (stage, int(epoch)) and event.done < event.total:
            sys.stdout.write(json.dumps({"done": event.done, "total": event.total}) + "\n")
            sys.stdout.flush()
            sys.stdin.read()

    Reporter.tell = stopping
    train.TICK_SECONDS = 0.0  # it tells of every step: the place is met however quick the machine
    return door.main(command)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
