"""The local stack: all servers that Stadttor needs, started by `./run` on one machine.

Nothing here is part of a deployment and nothing here imports Django: this package only starts processes, and
it works before the project does. `python -m config.local` is its command line.
"""
