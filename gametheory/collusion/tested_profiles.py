"""The profile under test: pure, mixed or correlated, in exact numbers.

A tuple or list with one entry for each player is pure or mixed; an array of shape ``num_actions``, or a mapping from pure
profiles to probabilities, is correlated. (For two players an array and a list of two vectors can have one shape: the type
decides.) Floats are the rationals that they are, divided by their exact sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import (
    Distribution,
    ExactProfile,
    exact_distribution,
    exact_profile,
    is_distribution,
)
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import correlated_profile, exact_mixed_profile, is_pure_profile

__all__ = ["exact_correlated_profile", "exact_independent_profile", "exact_tested_profile"]


def exact_tested_profile(game: NormalFormGame, profile: Any) -> ExactProfile | Distribution:
    """The profile as indices, as vectors of fractions, or as pairs of pure profile and probability.

    Raises
    ------
    SpecificationError
        If the profile is none of this game.
    UnsupportedError
        If it has free symbols.
    """
    if isinstance(profile, (np.ndarray, RationalArray)) and tuple(profile.shape) == game.num_actions:
        return exact_correlated_profile(game, profile)
    if isinstance(profile, Mapping) or (isinstance(profile, tuple) and is_distribution(profile)):
        return exact_correlated_profile(game, profile)
    if isinstance(profile, (set, frozenset)):
        raise SpecificationError(
            f"profile: found the set {profile!r}; write a tuple or list, in the order of the players"
        )
    if is_pure_profile(profile):
        return exact_profile(game, profile)
    if isinstance(profile, (tuple, list)) and _depth(profile) > 2:
        raise SpecificationError(
            "profile: found numbers nested three deep; write an action or a vector for each player, or for a correlated "
            f"profile a numpy array of shape {game.num_actions}"
        )
    vectors = exact_mixed_profile(game, profile)
    if all(any(p == 1 for p in vector) for vector in vectors):
        return tuple(int(np.argmax(vector)) for vector in vectors)
    return tuple(tuple(vector.tolist()) for vector in vectors)


def exact_independent_profile(game: NormalFormGame, profile: Any, *, where: str = "profile") -> ExactProfile:
    """The same, for a question about pure and mixed profiles only.

    Raises
    ------
    SpecificationError
        If the profile is none of this game.
    UnsupportedError
        If it is correlated, or has free symbols.
    """
    given = exact_tested_profile(game, profile)
    if is_distribution(given):
        raise UnsupportedError(
            f"{where}: a correlated profile is not offered here; give a pure or mixed one, or ask coalition_gain what a "
            "coalition gains from it"
        )
    return cast(ExactProfile, given)


def exact_correlated_profile(game: NormalFormGame, distribution: Any) -> Distribution:
    """A correlated profile by its support, from an array, or a mapping or pairs from pure profiles to probabilities.

    Raises
    ------
    SpecificationError
        Wrong shape or profiles, negative probabilities, or a sum that is not one.
    """
    if isinstance(distribution, tuple) and is_distribution(distribution):
        distribution = dict(distribution)
    if isinstance(distribution, Mapping):
        array = np.full(game.num_actions, Fraction(0), dtype=object)
        seen = set()
        for key, p in distribution.items():
            index = game.action_indices(key)
            if index in seen:
                raise SpecificationError(f"distribution: the profile {key!r} is listed twice")
            seen.add(index)
            array[index] = p
        if any(isinstance(p, (float, np.floating)) for p in array.flat):
            array = array.astype(np.float64)
        distribution = array
    given = correlated_profile(game, distribution)
    if given.dtype != object:
        exact_values = np.empty(given.shape, dtype=object)
        exact_values.reshape(-1)[:] = [Fraction(x) for x in given.reshape(-1).tolist()]
        given = exact_values / sum(exact_values.flat, Fraction(0))
    if any(not isinstance(p, Fraction) for p in given.flat):
        raise UnsupportedError("the distribution has free symbols; substitute numbers first")
    return exact_distribution(game, given)


def _depth(values: Any) -> int:
    depth = 0
    while isinstance(values, (tuple, list, np.ndarray)) and len(values):
        depth += 1
        values = values[0]
    return depth
