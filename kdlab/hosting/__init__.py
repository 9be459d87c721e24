"""What a server that others reach allows to whom.

Whoever works on the machine itself (a command, a script) is its owner and is asked for nothing. In
the browser somebody is the owner who shows the owner's key; everybody else is a visitor, whose work
has the limits of :mod:`kdlab.hosting.limits`.
"""
