"""A class at the lab: many visitors at once, who speak the browser's own protocol and draw nothing.

::

    lines ──── scenario      what a visitor does in a round: Home, Train, watch, other pages
    question ─ asking        the instructor asks; each visitor answers, and changes his answer
      │ │        ├── room         the instructor: his address, and the histogram on his page
      │ └─────── │ ─ counting     what came of the answers, and whether each was counted
      │          │
      │        visitor       one browser: pages, clicks, and what goes on without him
      │          ├── session      the websocket, and who waits for an answer
      │          │     ├── page        what the server's messages make of the page
      │          │     │     └── screen     its elements, as far as one must know to press a button
      │          │     └── wire        Streamlit's messages, out and in
      │          ├── components   what the lab's components tell their page by themselves
      │          └── following    the stream of a job, where a page has one
      └─────── tally         what all of them have met, as rows of the bench's table

A browser also loads Streamlit's scripts once, sends the values of all widgets along with every
message, and draws: none of this is measured here.
"""
