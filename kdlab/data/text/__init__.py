"""Text as a data set like any other: an input is a window of characters, its class the next one."""
