"""Mixtures of a few products improved by sequential linear programming (in floats).

    maximise  min_b Σ_k λ_k u_b(x_k)    over λ within a budget and products x_k of mixed strategies

Around a mixture the payoffs are linearised in (λ, x) and improved within a trust region, which shrinks where the promise is
not kept. The entropy of λ is held below its budget by its tangent, H(λ) ≤ −Σ_k λ_k log₂ λ⁰_k (Gibbs' inequality), so that
every step stays within the budget. With a budget of min-entropy there is one product, of weight 2^−C, and beside it any law
of joint actions, in which the problem is linear as it stands. What is found is a local optimum; which of them is the global
one, :mod:`.covert_search` brackets.

Reference: F. Palacios-Gomez, L. Lasdon and M. Engquist (1982), *Nonlinear optimization by successive linear programming*,
Management Science 28. Complexity: at most 60 linear programmes of about n + K t rows and K Σ m_i columns (t members).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.secret_budgets import SecretBudget
from gametheory.games.profiles import contract
from gametheory.optimize.linear import LinearModel

__all__ = ["Mixture", "MixtureClimb", "Products", "entropy", "normalised"]

Floats = NDArray[np.float64]
Products = tuple[tuple[Floats, ...], ...]

_LINEARISATIONS = 60
_SMALLEST_RADIUS = 1e-9


@final
@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Weights of signals and the mixed strategies at each, ``rest`` the joint law of all others (min-entropy)."""

    value: float
    weights: Floats
    products: Products
    rest: Floats | None = None


@final
class MixtureClimb:
    """The best mixture so far, and ways to better ones.

    Parameters
    ----------
    table : float array, shape (num_b, m_1, …, m_t)
        u[b, a], scaled to lie between 0 and 1.
    budget : SecretBudget
    best : Mixture
        One that is known.
    """

    def __init__(self, table: Floats, budget: SecretBudget, best: Mixture) -> None:
        self.table, self.budget, self.best = table, budget, best
        self.sizes, self.count = table.shape[1:], len(table)
        self.whole = table.reshape(self.count, -1)
        self.most = budget.most_signals(self.count)
        self.amount = float(budget.amount)
        self.least = 2.0**-self.amount if budget.notion == "min_entropy" else 0.0

    def within(self, weights: Floats) -> Floats:
        """Weights moved towards the largest one until their entropy is within the budget."""
        if entropy(weights) <= self.amount:
            return weights
        peak = np.eye(len(weights))[int(np.argmax(weights))]
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (low, middle) if entropy(weights + middle * (peak - weights)) <= self.amount else (middle, high)
        moved: Floats = weights + high * (peak - weights)
        return moved

    def starts(self) -> list[tuple[Floats, Products]]:
        """Random products with weights of several shapes, always the same."""
        rng = np.random.default_rng(0)
        starts = []
        for number in range(4 + 2 * self.most):
            k = self.most if self.budget.notion != "entropy" else 2 + number % max(self.most - 1, 1)
            sharpness = (1.0, 0.3)[number % 2]
            products = tuple(tuple(rng.dirichlet(np.full(n, sharpness)) for n in self.sizes) for _ in range(k))
            weights = normalised(np.sort(rng.dirichlet(np.ones(k)))[::-1])
            starts.append((self.within(weights) if self.budget.notion == "entropy" else weights, products))
        return starts

    def improve(self, weights: Floats, products: Products) -> None:
        """Sequential linear programming from a mixture within the budget; keeps the best of all."""
        at, radius, model = self._valued(weights, products), 1.0, None
        for _ in range(_LINEARISATIONS):
            if model is None:
                model, origin = self._linearised(at)
            low, high = np.maximum(origin - radius, 0.0), origin + radius
            low[-1], high[len(at.weights) * (1 + sum(self.sizes)) :] = -np.inf, np.inf
            model.change_column_bounds(low, high)
            if model.run() != "optimal":
                break
            moved = self._moved(model.primal(), at)
            if moved.value > at.value + 1e-13:
                at, radius, model = moved, min(1.0, 2 * radius), None
            else:
                radius /= 4
            if radius < _SMALLEST_RADIUS:
                break
        if at.value > self.best.value:
            self.best = at

    def _valued(self, weights: Floats, products: Products, rest: Floats | None = None) -> Mixture:
        if self.budget.notion == "min_entropy":
            weights = np.array([self.least])
            if rest is None:
                rest = np.full(self.sizes, 1.0 / self.whole.shape[1])
        value = np.sum([w * contract(self.table, x) for w, x in zip(weights, products, strict=True)], axis=0)
        if rest is not None:
            value = value + (1 - self.least) * (self.whole @ rest.reshape(-1))
        return Mixture(float(value.min()), weights, products, rest)

    def _linearised(self, at: Mixture) -> tuple[LinearModel, Floats]:
        """max t, with Σ_k λ_k u_b(x_k) linearised in (λ, x), and H(λ) replaced by its tangent.

        Columns: λ, then all x_{k,i}, which a trust region confines, the law of the rest (min-entropy), and t. The
        model, and the point at which it is linearised.
        """
        num_signals, count = len(at.weights), self.count
        values = np.column_stack([contract(self.table, x) for x in at.products])
        slopes = [
            w * contract(self.table, x, i)
            for w, x in zip(at.weights, at.products, strict=True)
            for i in range(len(self.sizes))
        ]
        joint = [] if at.rest is None else [(1 - self.least) * self.whole]
        payoffs = np.hstack([values, *slopes, *joint, -np.ones((count, 1))])
        origin = np.concatenate([at.weights, *(x for row in at.products for x in row)])
        # Each u_b is linear in each factor: Σ_i ∇_i u_b(x)·x_i counts it once for each member.
        right = len(self.sizes) * (values @ at.weights)
        widths = [num_signals, *self.sizes * num_signals, *(block.shape[1] for block in joint), 1]
        sums = np.repeat(np.eye(len(widths))[:-1], widths, axis=1)
        matrix, lower, upper = (
            [payoffs, sums],
            [right, np.ones(len(sums))],
            [np.full(count, np.inf), np.ones(len(sums))],
        )
        if self.budget.notion == "min_entropy":
            lower[1][0] = upper[1][0] = self.least
        elif self.budget.notion == "entropy":
            tangent = np.zeros((1, payoffs.shape[1]))
            tangent[0, :num_signals] = -np.log2(np.maximum(at.weights, 1e-300))
            matrix.append(tangent)
            lower.append(np.array([-np.inf]))
            upper.append(np.array([max(self.amount, entropy(at.weights))]))
        dense = np.vstack(matrix)
        cost = np.zeros(dense.shape[1])
        cost[-1] = 1.0
        model = LinearModel(
            *("max", cost, np.arange(len(dense) + 1) * len(cost), np.tile(np.arange(len(cost)), len(dense))),
            *(dense.reshape(-1), np.concatenate(lower), np.concatenate(upper)),
        )
        return model, np.append(origin, np.zeros(len(cost) - len(origin)))

    def _moved(self, primal: Floats, at: Mixture) -> Mixture:
        num_signals = len(at.weights)
        ends = np.cumsum([num_signals, *self.sizes * num_signals])
        weights, *parts = np.split(primal[: ends[-1]], ends[:-1])
        t = len(self.sizes)
        products = tuple(tuple(map(normalised, parts[k * t : (k + 1) * t])) for k in range(num_signals))
        rest = None if at.rest is None else normalised(primal[ends[-1] : -1]).reshape(self.sizes)
        weights = normalised(weights)
        return self._valued(self.within(weights) if self.budget.notion == "entropy" else weights, products, rest)


def entropy(weights: Any) -> float:
    """Σ −p log₂ p."""
    return -sum(float(p) * math.log2(p) for p in weights if p > 0)


def normalised(values: Floats) -> Floats:
    """Clipped at zero and divided by the sum."""
    positive = np.maximum(values, 0.0)
    result: Floats = positive / positive.sum()
    return result
