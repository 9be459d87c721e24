"""``python -m kdlab bench``: how fast the lab is on this machine, as a table.

Times belong to a machine and to the hour; ratios are measured side by side in the same run, each
side several times in turn, and given as medians. Nothing here is a test.
"""
