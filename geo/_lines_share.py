"""Whole numbers shared out by length, losing none: steps of a stair, parts of a wait."""

import numpy as np
from numpy.typing import NDArray


def share_out(
    total: NDArray[np.int64], owner: NDArray[np.int64], metres: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return each segment's share, of shape (segments,); those of one owner sum to its total.

    Args:
        total: what is shared out, of shape (owners,).
        owner: the owner of each segment, ascending.
        metres: lengths of the segments; where an owner has none at all, its last segment
            takes everything.
    """
    if not len(owner):
        return np.zeros(0, np.int64)
    first = np.flatnonzero(np.diff(owner, prepend=owner[0] - 1))
    run = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(owner))))
    passed = np.cumsum(metres)
    before = (passed - metres)[first][run]
    length = np.bincount(run, metres)[run]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(length > 0, (passed - before) / length, 0.0)
    last = np.append(first[1:], len(owner)) - 1
    # sums of floats need not come out at one
    share[last] = 1.0
    upto = np.rint(np.clip(share, 0.0, 1.0) * total[owner]).astype(np.int64)
    previous = np.concatenate(([0], upto[:-1]))
    previous[first] = 0
    return np.asarray(upto - previous, np.int64)
