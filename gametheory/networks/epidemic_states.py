"""The states of a contagion on a small network, and the moves between them.

Under SIS a state is the set of infected nodes as a binary number; under SIR a number in base 3 whose digits say of each node
whether it is susceptible (0), infected (1) or immune (2). In continuous time one node changes at a time, at a rate; in
discrete time all change at once, independently given the state, and the numbers are probabilities of a round. Moves are three
arrays: from, to (another state), and how fast or how likely, which are Fractions in an exact epidemic.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.networks.contagion import Epidemic

__all__ = ["MAX_EXACT_STATES", "Moves", "sir_moves", "sir_rounds", "sis_moves"]

Array = NDArray[Any]
Integers = NDArray[np.int64]
Moves = tuple[Integers, Integers, Array]

MAX_EXACT_STATES = 300
"""States with infection up to which an SIS chain is solved in rationals: 8 nodes."""


def _rates(epidemic: Epidemic) -> tuple[Array, Array]:
    """B as a dense matrix and γ, in fractions or floats."""
    n, network = epidemic.num_nodes, epidemic.network
    if epidemic.arithmetic == "exact":
        B = np.full((n, n), Fraction(0), dtype=object)
        B[network.targets, network.sources] = epidemic.exact_arc_rates().fractions()
        return B, epidemic.exact_recovery().fractions()
    B = np.zeros((n, n))
    B[network.targets, network.sources] = epidemic.arc_rates()
    return B, epidemic.float_recovery()


def sis_moves(epidemic: Epidemic) -> Moves:
    """All moves between states (sets of infected nodes as binary numbers) at a positive rate, to another state each."""
    n = epidemic.num_nodes
    exactly = epidemic.arithmetic == "exact"
    if exactly and 2**n - 1 > MAX_EXACT_STATES:
        raise UnsupportedError(
            f"{n} nodes have {2**n - 1:,} states with infection, and up to {MAX_EXACT_STATES} are solved in rationals; write "
            "rates as floats (0.5), or use simulate_epidemic"
        )
    refuse_if_too_large(4**n, 8, "the SIS chain")  # what elimination may fill
    B, gamma = _rates(epidemic)
    states = np.arange(2**n)
    bits = (states[:, None] >> np.arange(n)) & 1
    if epidemic.time == "discrete":
        return _sis_rounds(B, gamma, bits)
    origin, target, rate = [], [], []
    force = bits @ B.T  # of each state on each node
    for i in range(n):
        moved = np.where(bits[:, i] == 1, np.full(len(states), gamma[i], dtype=B.dtype), force[:, i])
        going = np.flatnonzero(moved != 0)
        origin.append(going)
        target.append(going ^ (1 << i))
        rate.append(moved[going])
    return np.concatenate(origin), np.concatenate(target), np.concatenate(rate)


def _sis_rounds(B: Array, gamma: Array, bits: Integers) -> Moves:
    """The chances of a round: nodes decide independently of each other, given the state."""
    n = len(B)
    escape = _escape(B, bits)
    caught = 1 - escape * np.where(bits == 1, gamma, 1)
    chance = np.full((len(bits), 1), caught.dtype.type(1) if caught.dtype != object else Fraction(1))
    for i in range(n):  # the highest node last, so that states count in binary
        chance = np.concatenate([chance * (1 - caught[:, i : i + 1]), chance * caught[:, i : i + 1]], axis=1)
    np.fill_diagonal(chance, 0)
    origin, target = np.nonzero(chance)
    return origin, target, chance[origin, target]


def _escape(B: Array, infected: Array) -> Array:
    """The chance of each node to escape infection by these infected, shape (states, n)."""
    one: Any = Fraction(1) if B.dtype == object else 1.0
    escape = np.full(infected.shape, one, dtype=B.dtype)
    for j in range(len(B)):
        escape *= np.where(infected[:, j : j + 1] == 1, 1 - B[:, j], one)
    return escape


def sir_moves(epidemic: Epidemic, states: Integers, digits: Integers) -> Moves:
    """Moves from these states; the first array counts within them."""
    B, gamma = _rates(epidemic)
    force = (digits == 1).astype(np.int64) @ B.T
    origin, target, rate = [], [], []
    for i in range(len(B)):
        moved = np.where(digits[:, i] == 1, np.full(len(states), gamma[i], dtype=B.dtype), force[:, i])
        going = np.flatnonzero((moved != 0) & (digits[:, i] < 2))
        origin.append(going)
        target.append(states[going] + 3**i)
        rate.append(moved[going])
    return np.concatenate(origin), np.concatenate(target), np.concatenate(rate)


def sir_rounds(epidemic: Epidemic, states: Integers, digits: Integers) -> Moves:
    """The chances of a round from these states, to other states; the first array counts within them."""
    B, gamma = _rates(epidemic)
    n = len(B)
    escape = _escape(B, (digits == 1).astype(np.int64))
    change = np.where(digits == 0, 1 - escape, np.where(digits == 1, gamma, 0 * gamma))
    chance = np.full((len(states), 1), Fraction(1) if B.dtype == object else 1.0, dtype=B.dtype)
    steps = np.zeros(1, dtype=np.int64)
    for i in range(n):
        chance = np.concatenate([chance * (1 - change[:, i : i + 1]), chance * change[:, i : i + 1]], axis=1)
        steps = np.concatenate([steps, steps + 3**i])
    chance[:, 0] = 0 * chance[:, 0]
    origin, move = np.nonzero(chance)
    return origin, states[origin] + steps[move], chance[origin, move]
