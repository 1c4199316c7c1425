"""Brute force for claims about deviations, from the definitions, in plain fractions.

Works on the JSON data of a certificate and imports nothing of the package. A claim whose data is malformed
(probabilities that do not sum to one, an action that is not there, a digest of another game) counts as false.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

Profile = tuple[int, ...]


class MalformedError(Exception):
    """The data is no claim about a game."""


def number(text: Any) -> Fraction:
    """A rational from its text, or an integer."""
    if type(text) is int:
        return Fraction(text)
    if not isinstance(text, str):
        raise MalformedError("number")
    top, _, bottom = text.partition("/")
    return Fraction(int(top, 0 if "x" in top else 10), int(bottom or "1", 0 if "x" in bottom else 10))


class Game:
    """Payoffs by profile, read from JSON data: row-major, the player axis first."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.sizes = tuple(data["num_actions"])
        self.n = len(self.sizes)
        bottom = number(data["payoffs"]["denominator"])
        values = [number(x) / bottom for x in data["payoffs"]["numerators"]]
        profiles = list(itertools.product(*map(range, self.sizes)))
        if bottom.denominator > 1 or any(number(x).denominator > 1 for x in data["payoffs"]["numerators"]):
            raise MalformedError("numerators")
        if bottom <= 0 or not profiles or not self.n or len(values) != self.n * len(profiles):
            raise MalformedError("payoffs")
        self.u = [
            dict(zip(profiles, values[i * len(profiles) : (i + 1) * len(profiles)], strict=True)) for i in range(self.n)
        ]

    def digest(self) -> str:
        """SHA-256 of shape, denominator and numerators in lowest terms."""
        values = [x for table in self.u for x in table.values()]
        bottom = math.lcm(*(x.denominator for x in values))
        text = f"normal-form:{(self.n, *self.sizes)}:{bottom}:" + "".join(f"{int(x * bottom)}," for x in values)
        return hashlib.sha256(text.encode()).hexdigest()


def game_of(data: dict[str, Any]) -> Game:
    """The game of a certificate, if the digest is its own."""
    game = Game(data["game"])
    if data["game_digest"] != game.digest():
        raise MalformedError("digest")
    return game


def distribution_of(data: dict[str, Any], sizes: tuple[int, ...]) -> dict[Profile, Fraction]:
    """Any profile (pure, mixed, correlated) as a distribution over pure profiles."""
    ((kind, parts),) = data.items()
    if kind == "correlated":
        pairs = [(tuple(a), number(p)) for a, p in parts]
        if len({a for a, _ in pairs}) < len(pairs):
            raise MalformedError("twice")
    else:
        vectors = []
        if len(parts) != len(sizes):
            raise MalformedError("length")
        for part, m in zip(parts, sizes, strict=True):
            if kind == "pure" and not 0 <= part < m:
                raise MalformedError("action")
            vector = [Fraction(int(k == part)) for k in range(m)] if kind == "pure" else [number(p) for p in part]
            if len(vector) != m or sum(vector) != 1 or min(vector) < 0:
                raise MalformedError("vector")
            vectors.append(vector)
        pairs = [
            (a, math.prod((v[k] for v, k in zip(vectors, a, strict=True)), start=Fraction(1)))
            for a in itertools.product(*map(range, sizes))
        ]
    if any(len(a) != len(sizes) or not all(0 <= k < m for k, m in zip(a, sizes, strict=True)) for a, _ in pairs):
        raise MalformedError("profile")
    if any(p < 0 for _, p in pairs) or sum(p for _, p in pairs) != 1:
        raise MalformedError("distribution")
    return {a: p for a, p in pairs if p}


def replaced(profile: Profile, members: Iterable[int], actions: Iterable[int]) -> Profile:
    changed = list(profile)
    for i, k in zip(members, actions, strict=True):
        changed[i] = k
    return tuple(changed)


def gain(game: Game, play: dict[Profile, Fraction], i: int, change: Callable[[Profile], Profile]) -> Fraction:
    """Expected gain of player i when every profile a is replaced by change(a)."""
    return sum((p * (game.u[i][change(a)] - game.u[i][a]) for a, p in play.items()), Fraction(0))


def joint_gains(game: Game, play: dict[Profile, Fraction], members: list[int]) -> dict[Profile, list[Fraction]]:
    """Gains of the members for every joint action."""
    return {
        tau: [gain(game, play, i, lambda a, tau=tau: replaced(a, members, tau)) for i in members]
        for tau in itertools.product(*(range(game.sizes[i]) for i in members))
    }


def rule_gain(gains: list[Fraction], blocking: str) -> Fraction | None:
    if blocking == "some":
        return sum(gains) if all(g >= 0 for g in gains) else None
    return {"all": min, "any": max, "transfer": sum}[blocking](gains)


def largest_gain(data: dict[str, Any]) -> Fraction:
    """Largest gain that the claim of a deviation certificate is about, weights and epsilon left aside; at least 0."""
    return max((Fraction(0), *_all_gains(data)))


def _all_gains(data: dict[str, Any]) -> Iterator[Fraction]:
    game = game_of(data)
    play = distribution_of(data["profile"], game.sizes)
    if (data["concept"] == "coalition") != ("coalitions" in data):
        raise MalformedError("coalitions")
    if (data["concept"] in ("correlated", "coarse correlated")) != ("correlated" in data["profile"]):
        raise MalformedError("profile")
    if data["concept"] == "coalition":
        if data["coordination"] not in ("pure", "correlated"):
            raise MalformedError("coordination")
        for coalition in data["coalitions"]:
            members = coalition_of(coalition, game)
            table = joint_gains(game, play, members)
            if data["coordination"] == "correlated" and data["blocking"] in ("all", "some"):
                yield correlated_gain(list(table.values()), data["blocking"])
            else:
                found = [rule_gain(gains, data["blocking"]) for gains in table.values()]
                yield from (x for x in found if x is not None)
        return
    for i, m in enumerate(game.sizes):
        if data["concept"] == "correlated":
            for phi in itertools.product(range(m), repeat=m):
                yield gain(game, play, i, lambda a, i=i, phi=phi: replaced(a, [i], [phi[a[i]]]))
        elif data["concept"] in ("nash", "coarse correlated"):
            for b in range(m):
                yield gain(game, play, i, lambda a, i=i, b=b: replaced(a, [i], [b]))
        else:
            raise MalformedError("concept")


def coalition_of(coalition: list[int], game: Game) -> list[int]:
    if not coalition or len(set(coalition)) < len(coalition) or not all(0 <= i < game.n for i in coalition):
        raise MalformedError("coalition")
    return sorted(coalition)


def correlated_gain(table: list[list[Fraction]], blocking: str) -> Fraction:
    """max_μ min_i E g_i ("all") or max {Σ E g_i : E g ≥ 0} ("some"), staying put allowed: every basic solution."""
    columns = [[Fraction(0)] * len(table[0]), *table]
    size = len(table[0])
    best = Fraction(0)
    for k in range(1, size + 2):
        for chosen in itertools.combinations(columns, k):
            for tight in itertools.combinations(range(size), k if blocking == "all" else k - 1):
                # unknowns: the weights, and for "all" the common value t of the tight members
                extra = [Fraction(-1)] if blocking == "all" else []
                rows = [[column[i] for column in chosen] + extra + [Fraction(0)] for i in tight]
                rows.append([Fraction(1)] * k + [Fraction(0)] * len(extra) + [Fraction(1)])
                solution = solved(rows)
                if solution is None or min(solution[:k]) < 0:
                    continue
                expected = [sum(w * c[i] for w, c in zip(solution, chosen, strict=False)) for i in range(size)]
                value = min(expected) if blocking == "all" else (sum(expected) if min(expected) >= 0 else best)
                best = max(best, value)
    return best


def solved(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """Solution of a square linear system, or None if it is singular."""
    rows = [row[:] for row in rows]
    size = len(rows)
    for k in range(size):
        pivot = next((r for r in range(k, size) if rows[r][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r in range(size):
            if r != k and rows[r][k]:
                rows[r] = [x - rows[r][k] * y for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def _judged(decide: Callable[[dict[str, Any]], bool], data: dict[str, Any]) -> bool:
    try:
        return decide(data)
    except (MalformedError, ValueError, ZeroDivisionError, KeyError, IndexError):
        return False


def deviation_claim_holds(data: dict[str, Any]) -> bool:
    """Whether no listed deviation gains more than epsilon."""
    return _judged(lambda d: 0 <= number(d["epsilon"]) >= largest_gain(d), data)


def deviation_evidence_holds(data: dict[str, Any]) -> bool:
    """Whether a coalition claim is established by its weights where it needs them, and holds where it does not."""

    def decide(d: dict[str, Any]) -> bool:
        if d["concept"] != "coalition":
            return False
        if d["coordination"] == "pure" or d["blocking"] in ("any", "transfer"):
            return not d["weights"] and deviation_claim_holds(d)
        game = game_of(d)
        play, epsilon = distribution_of(d["profile"], game.sizes), number(d["epsilon"])
        if d["blocking"] not in ("all", "some") or d["coordination"] != "correlated" or epsilon < 0:
            return False
        if len(d["weights"]) != len(d["coalitions"]):
            return False
        for coalition, row in zip(d["coalitions"], d["weights"], strict=True):
            members, weights = coalition_of(coalition, game), [number(w) for w in row]
            if len(weights) != len(members) or min(weights) < 0 or (d["blocking"] == "all" and sum(weights) != 1):
                return False
            factors = weights if d["blocking"] == "all" else [1 + w for w in weights]
            for gains in joint_gains(game, play, members).values():
                if sum(f * g for f, g in zip(factors, gains, strict=True)) > epsilon:
                    return False
        return True

    return _judged(decide, data)


def witness_claim_holds(data: dict[str, Any]) -> bool:
    """Whether the members gain what is said, and the coalition at least what is said."""

    def decide(d: dict[str, Any]) -> bool:
        game = game_of(d)
        play = distribution_of(d["profile"], game.sizes)
        members = coalition_of(d["coalition"], game)
        if members != d["coalition"] or d["blocking"] not in ("all", "some", "any", "transfer"):
            return False
        joint = distribution_of(d["deviation"], tuple(game.sizes[i] for i in members))
        table = joint_gains(game, play, members)
        gains = [sum((p * table[tau][k] for tau, p in joint.items()), Fraction(0)) for k in range(len(members))]
        value = rule_gain(gains, d["blocking"])
        return gains == [number(x) for x in d["gains"]] and value is not None and value >= number(d["gain"])

    return _judged(decide, data)


def dominance_claim_holds(data: dict[str, Any]) -> bool:
    """Whether the mixture is better by the margin everywhere (margin 0: never worse, somewhere better)."""

    def decide(d: dict[str, Any]) -> bool:
        game, i, action = game_of(d), d["player"], d["action"]
        mixture, margin = [number(x) for x in d["mixture"]], number(d["margin"])
        if not (0 <= i < game.n and 0 <= action < game.sizes[i] and margin >= 0):
            return False
        if len(mixture) != game.sizes[i] or min(mixture) < 0 or sum(mixture) != 1:
            return False
        rest = d["remaining"] or [list(range(m)) for m in game.sizes]
        if len(rest) != game.n or any(
            not kept or len(set(kept)) < len(kept) or not all(0 <= k < m for k in kept)
            for kept, m in zip(rest, game.sizes, strict=True)
        ):
            return False
        advantages = []
        for a in itertools.product(*(([0] if j == i else kept) for j, kept in enumerate(rest))):
            mixed = sum(x * game.u[i][replaced(a, [i], [b])] for b, x in enumerate(mixture))
            advantages.append(mixed - game.u[i][replaced(a, [i], [action])])
        return min(advantages) >= margin and max(advantages) > 0

    return _judged(decide, data)


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    """The same data with the digest of the game that it carries: a claim about another game, honestly labelled."""
    try:
        return {**data, "game_digest": Game(data["game"]).digest()}
    except (MalformedError, ValueError, ZeroDivisionError, KeyError, IndexError):
        return data
