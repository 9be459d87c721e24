"""Work as a stream of what its charts show: folded once, told to all browsers that watch.

::

    jobs ── events ──> Source ── folds ──> told ── View(function, args) ──> value ── delta ──┐
                                                                                           Feed
    browser <── server-sent events, or fetch ── Subscription (token, names -> views) <───────┘

A :class:`View` is a pure function of what was told, such as the figure of a chart; a feed asks each
of its views for its value once, whoever watches it, and keeps what changed (:mod:`.deltas`). A
:class:`Subscription` is what one page of one visitor shows. Whoever comes late or again says how
far he has read, and gets what he has missed. An open connection is the lease on the work.

Knows nothing of HTTP, Streamlit or charts; ``pages/ui/stream`` is its way to the browser.
"""

from kdlab.streams.hub import Hub
from kdlab.streams.source import JobsSource, Source
from kdlab.streams.subscription import Subscription
from kdlab.streams.view import View

__all__ = ["Hub", "JobsSource", "Source", "Subscription", "View"]
