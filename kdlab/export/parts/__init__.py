"""What a stand-alone script is made of: plain functions that :mod:`kdlab.export.bundle` copies.

They are a real package so that they are linted, typed and tested like everything else. Each of them
must read well in a file of its own, and use nothing but PyTorch, NumPy, of a table pandas, and what
the lab can be copied from. Nothing of the lab calls them.
"""
