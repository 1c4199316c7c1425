"""Lies: a certificate's JSON data with something changed, to see whether the kernel believes it.

:func:`lies` yields ``(what was done, changed data)``, the same for the same seed. The changes know JSON, not claims: a
digit, a sign, a unit more or less, two entries of a list swapped, one dropped or doubled, a word replaced by another
that is allowed there, probabilities shifted and renormalised, the digest touched. Some leave the claim true: a test
asks an independent oracle, and counts both kinds. A test adds changes of its own (``special``) and may seal a changed
game with its own digest (``reseal``), which makes an honest claim about another game. :data:`LIES` says how many: a
thousand by default, ten thousand in the nightly campaign; :data:`COSTLY_LIES` two hundred, a thousand among the slow tests.
"""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

# The nightly campaign covers 17 kinds: Nash, correlated and coarse profiles, coalitions with pure and with shared
# deviations, witnesses, dominance, completeness for two and for more players and for pure equilibria, enclosures, duality,
# Farkas proofs, rays, optima of correlated equilibria, team bounds, trees of cases. When it was run, none of the 170,000 lies
# was believed that an oracle called false.
LIES = pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.nightly)])

COSTLY_LIES = pytest.mark.parametrize(
    "count", [200, pytest.param(1000, marks=pytest.mark.slow), pytest.param(10_000, marks=pytest.mark.nightly)]
)
"""For evidence that takes milliseconds to check, or claims that take milliseconds to judge."""

Change = Callable[[Any, random.Random], bool]
"""Changes the data in place; says whether it could."""


def lies(
    bases: Sequence[dict[str, Any]],
    count: int,
    seed: int,
    *,
    words: Mapping[str, Sequence[str]] | None = None,
    special: Sequence[Change] = (),
    reseal: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """``count`` changed copies of the ``bases``, each with one to three changes, all different from their base.

    Parameters
    ----------
    words : mapping
        From a key to the words that are allowed there.
    special : sequence of changes
        Each is drawn as often as two of the general ones.
    reseal : function, optional
        Applied to half of the changed data.
    """
    rng = random.Random(seed)
    general: list[Change] = [
        change_digit,
        flip_sign,
        add_unit,
        swap_entries,
        drop_entry,
        double_entry,
        renormalise,
        touch_digest,
    ]
    if words:
        general += [lambda data, r: change_word(data, r, words)] * 2
    changes = [*general, *special, *special]
    made = 0
    while made < count:
        base = rng.choice(bases)
        data = copy.deepcopy(base)
        done = []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            change = rng.choice(changes)
            if change(data, rng):
                done.append(getattr(change, "__name__", "change").strip("<>"))
        if reseal is not None and rng.random() < 0.5:
            data = reseal(data)
        if data != base:
            made += 1
            yield " + ".join(done), data


def on_intact_data(change: Change) -> Change:
    """The change, or none where an earlier one has left nothing to change."""

    @functools.wraps(change)
    def attempt(data: Any, rng: random.Random) -> bool:
        try:
            return bool(change(data, rng))
        except (IndexError, KeyError, TypeError, ValueError, ZeroDivisionError):
            return False

    return attempt


# -- places ------------------------------------------------------------------------------------------------------------


def places(data: Any, wanted: Callable[[Any, Any], bool], key: Any = None) -> list[tuple[Any, Any]]:
    """All (container, key) whose value is ``wanted(key, value)``; in a list the key is that of the list itself."""
    found = []
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for k, value in entries:
        name = k if isinstance(data, dict) else key
        if wanted(name, value):
            found.append((data, k))
        found.extend(places(value, wanted, name))
    return found


def is_number(key: Any, value: Any) -> bool:
    if key == "game_digest" or isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").replace("/", "", 1).isdigit())


def _number_place(data: Any, rng: random.Random) -> tuple[Any, Any] | None:
    part = data
    if rng.random() < 0.6 and isinstance(data, dict):  # outside the game, whose numbers outnumber all others
        part = {key: value for key, value in data.items() if key != "game"}
        own = [key for key, value in part.items() if is_number(key, value)]
        if own and rng.random() < 0.3:
            return data, rng.choice(own)
        part = {key: value for key, value in part.items() if key not in own}
    found = places(part, is_number)
    return rng.choice(found) if found else None


def _write(old: Any, new: str | Fraction) -> Any:
    """Keep the type of what was there: an integer stays a JSON number."""
    text = str(new)
    return int(text) if isinstance(old, int) and text.lstrip("-").isdigit() else text


# -- changes -----------------------------------------------------------------------------------------------------------


def change_digit(data: Any, rng: random.Random) -> bool:
    place = _number_place(data, rng)
    if place is None:
        return False
    container, key = place
    text = str(container[key])
    k = rng.choice([k for k, c in enumerate(text) if c.isdigit()])
    container[key] = _write(container[key], text[:k] + rng.choice("0123456789") + text[k + 1 :])
    return True


def flip_sign(data: Any, rng: random.Random) -> bool:
    place = _number_place(data, rng)
    if place is None:
        return False
    container, key = place
    text = str(container[key])
    container[key] = _write(container[key], text[1:] if text.startswith("-") else "-" + text)
    return True


def add_unit(data: Any, rng: random.Random) -> bool:
    """One more or less, or a very small step: claims are tight or not."""
    place = _number_place(data, rng)
    if place is None:
        return False
    container, key = place
    old = container[key]
    try:
        value = Fraction(old)
    except (ValueError, ZeroDivisionError):
        return False
    step = Fraction(1) if isinstance(old, int) else rng.choice([Fraction(1), Fraction(1, 2), Fraction(1, 10**12)])
    container[key] = _write(old, value + rng.choice((-step, step)))
    return True


def _list_place(data: Any, rng: random.Random, least: int) -> list[Any] | None:
    lists = [c[k] for c, k in places(data, lambda _, value: isinstance(value, list) and len(value) >= least)]
    return rng.choice(lists) if lists else None


def swap_entries(data: Any, rng: random.Random) -> bool:
    entries = _list_place(data, rng, 2)
    if entries is None:
        return False
    i, j = rng.sample(range(len(entries)), 2)
    entries[i], entries[j] = entries[j], entries[i]
    return True


def drop_entry(data: Any, rng: random.Random) -> bool:
    entries = _list_place(data, rng, 1)
    if entries is None:
        return False
    del entries[rng.randrange(len(entries))]
    return True


def double_entry(data: Any, rng: random.Random) -> bool:
    entries = _list_place(data, rng, 1)
    if entries is None:
        return False
    k = rng.randrange(len(entries))
    entries.insert(rng.randrange(len(entries) + 1), copy.deepcopy(entries[k]))
    return True


def change_word(data: Any, rng: random.Random, words: Mapping[str, Sequence[str]]) -> bool:
    found = [
        (place, allowed)
        for name, allowed in words.items()
        for place in places(data, lambda key, value, name=name: key == name and isinstance(value, str))
    ]
    if not found:
        return False
    (container, key), allowed = rng.choice(found)
    container[key] = rng.choice(allowed)
    return True


def renormalise(data: Any, rng: random.Random) -> bool:
    """Change one probability of a distribution, perhaps below zero, and divide by the new sum."""

    def probabilities(value: Any) -> list[Fraction] | None:
        try:
            pairs = all(isinstance(x, list) and len(x) == 2 and isinstance(x[1], str) for x in value)
            numbers = [Fraction(x[1] if pairs else x) for x in value]
        except (TypeError, ValueError, ZeroDivisionError):
            return None
        return numbers if sum(numbers) == 1 else None

    found = places(data, lambda _, v: isinstance(v, list) and bool(v) and isinstance(v[0], (str, list)))
    found = [(c, k) for c, k in found if probabilities(c[k])]
    if not found:
        return False
    container, key = rng.choice(found)
    entries = container[key]
    numbers = probabilities(entries) or []
    k = rng.randrange(len(numbers))
    x = numbers[k]
    numbers[k] = rng.choice([x + Fraction(1, 3), x * 2, Fraction(0), x + Fraction(1, 10**9), x - Fraction(3, 4)])
    total = sum(numbers)
    if not total:
        return False
    for j, x in enumerate(numbers):
        if isinstance(entries[j], list):
            entries[j][1] = str(x / total)
        else:
            entries[j] = str(x / total)
    return True


def touch_digest(data: Any, rng: random.Random) -> bool:
    found = places(data, lambda key, value: key == "game_digest" and isinstance(value, str) and bool(value))
    if not found:
        return False
    container, key = rng.choice(found)
    digest = container[key]
    k = rng.randrange(len(digest))
    container[key] = digest[:k] + rng.choice("0123456789abcdef") + digest[k + 1 :]
    return True


def garbage(base: dict[str, Any], count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Copies with one entry replaced by something that may not stand there, or a key lost or added."""
    rng = random.Random(seed)
    junk: list[Any] = [
        None,
        True,
        1.5,
        -1,
        2**70,
        "",
        "nan",
        "1/0",
        "1e5",
        "0x",
        "é",
        [],
        [[]],
        {},
        {"kind": 1},
        "9" * 5000,
    ]
    for _ in range(count):
        data = copy.deepcopy(base)
        container, key = rng.choice(places(data, lambda *_: True))
        roll = rng.random()
        if roll < 0.8:
            container[key] = copy.deepcopy(rng.choice(junk))
        elif isinstance(container, dict) and roll < 0.9:
            del container[key]
        elif isinstance(container, dict):
            container[f"{key} "] = container[key]
        else:
            container.insert(0, copy.deepcopy(rng.choice(junk)))
        if data != base:
            yield data
