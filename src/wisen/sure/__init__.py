"""How sure: what an answer promises, how unlike the training examples an input is, and when callers' inputs drift.

`vectors.py` is what a program has made of its inputs, `unlike.py` how far that is from the training examples,
`promise.py` sets and intervals with a promised coverage, `curve.py` what a program scores where it may keep silent,
and `drift.py` looks at calls. Calling needs numpy only.
"""
