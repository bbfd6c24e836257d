"""Sizes: the same program smaller or larger, and what that costs; all of it measured on the machine at hand.

`resize.py` reads like train.py: from an installed program and a target to another one. `target.py` is what was asked,
`scaled.py` makes plans of another size from a plan, `rungs.py` measures them before anything is learned, `measures.py`
puts figures of programs side by side, and `frontier.py` draws quality against time.
"""
