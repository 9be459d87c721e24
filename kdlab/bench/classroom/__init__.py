"""A class at the lab: many visitors at once, who speak the browser's own protocol and draw nothing.

::

    lines ──── scenario    what a visitor does in a round: Home, Train, watch, other pages
      │          │
      │        visitor     one browser: pages, clicks, fragments that run again by themselves
      │          ├── screen     what is on the page, as far as one must know to press a button
      │          ├── wire       Streamlit's messages, out and in
      │          └── following  the stream of a job, where a page has one
      └─────── tally       what all of them have met, as rows of the bench's table

A browser also loads Streamlit's scripts once, sends the values of all widgets along with every
message, and draws: none of this is measured here.
"""
