"""Find me a student: a search over student, T, alpha and method under a budget.

::

    SearchConfig ── space ──> candidates that fit ── costs ──> measured once, kept
                                                        |
    journal <── TrialLog.take: trials of one architecture ── a cohort ──> accuracy, or of text
                    ^                                            bits, on validation |
                    └───────────── report, prune, tell ──────────────────────────────┘
                                         | all trials done
                    result: front, importance, and the best on the test images with fresh seeds

Optuna (Akiba et al. 2019, arXiv:1907.10902) proposes trials by TPE (Bergstra et al. 2011), keeps
them in its journal and prunes them; the lab trains each group of trials as one cohort. Everything
lies in ``<home>/searches/<fingerprint>/``:

    config.json       the search, without the number of trials: more of them continue it
    costs.json        size, FLOPs and latency of every candidate, and where they were measured
    journal.log       Optuna's journal, one JSON object a line
    share-<n>.json    who works on it now
    result-<n>.jsonl  what was found after n trials

:func:`run` may be started several times with the same configuration, by processes that share the
folder: they divide the trials between them. :func:`share` only helps, and leaves the result to
others. One worker finds the same however often it was stopped, killed and begun again, and a search
that is continued what one that was asked for all trials finds; what several find depends on who is
quicker, and the result says how many they were (``workers``). Importing this
package needs neither torch nor optuna.
"""

from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.kept import load_result, study, tried
from kdlab.experiments.search.run import run, share
from kdlab.experiments.search.space import normal, possible

__all__ = ["SearchConfig", "load_result", "normal", "possible", "run", "share", "study", "tried"]
