"""A lesson on paper: one HTML file that prints, for learners and, with answers, for teachers."""

from kdlab.lessons.handout.page import written as written
