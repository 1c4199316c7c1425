"""A profile against all coalitions up to a size, against brute force over coalitions: CPU time of the same questions.

    python benchmarks/coalitions.py [--plain 12x2x4 8x4x4 12x2x12 8x4x8] [--slices 16x2x16] [--ours 20x2x20] [--seed 0]

Games with a tensor and networks are built so that no coalition blocks: nothing ends a search early. Ours is `resilience`,
with its certificate; "check" is the certificate's `verify()`. Brute force looks at every joint action of every coalition:
"plain" in Python with integers and dictionaries, "slices" with one numpy slice of the payoff tensor for each coalition.
Neither writes evidence. On networks it asks neighbours, in Python; a thousand identical agents are beyond it.
"""

from __future__ import annotations

import argparse
import itertools
import math
from typing import Any

import networkx as nx
import numpy as np
from timing import cpu_seconds, duration, environment

from gametheory.collusion import resilience
from gametheory.games import NormalFormGame, PolymatrixGame, SymmetricGame, coalitions
from gametheory.games.counts import num_count_vectors, place_table, places

RULES = ("all", "some", "any", "transfer")


def value(gains: Any, rule: str) -> int:
    if rule == "some":
        return sum(gains) if min(gains) >= 0 else 0
    return {"all": min, "any": max, "transfer": sum}[rule](gains)


def plain(payoffs: dict[tuple[int, ...], list[int]], shape: tuple[int, ...], size: int, rule: str) -> bool:
    """Whether a coalition of at most ``size`` players blocks the profile of zeros, in Python."""
    n = len(shape)
    before = payoffs[(0,) * n]
    for k in range(1, size + 1):
        for members in itertools.combinations(range(n), k):
            profile = [0] * n
            for joint in itertools.product(*(range(shape[i]) for i in members)):
                for i, a in zip(members, joint, strict=True):
                    profile[i] = a
                after = payoffs[tuple(profile)]
                if value([after[i] - before[i] for i in members], rule) > 0:
                    return True
    return False


def slices(tensor: np.ndarray, size: int, rule: str) -> bool:
    """The same, a slice of the tensor for each coalition."""
    n = len(tensor)
    before = tensor[(slice(None), *(0,) * n)]
    for k in range(1, size + 1):
        for members in itertools.combinations(range(n), k):
            cut = tuple(slice(None) if j in members else 0 for j in range(n))
            gains = np.stack([tensor[i][cut].reshape(-1) - before[i] for i in members])
            if rule == "all":
                best = gains.min(axis=0).max()
            elif rule == "any":
                best = gains.max()
            else:
                sums = gains.sum(axis=0)
                best = sums.max() if rule == "transfer" else sums[gains.min(axis=0) >= 0].max()
            if best > 0:
                return True
    return False


def withstanding(n: int, m: int, seed: int) -> np.ndarray:
    payoffs = np.random.default_rng(seed).integers(-100, 0, size=(n, *(m,) * n))
    payoffs[(slice(None), *(0,) * n)] = 0
    return payoffs


def needing_programmes(n: int, m: int, seed: int) -> NormalFormGame:
    """No coalition gains by shared randomness, but most only by a linear programme: hidden weights i + 1 show it."""
    rng = np.random.default_rng(seed)
    payoffs = np.zeros((n, *(m,) * n), dtype=np.int64)
    for a in itertools.product(range(m), repeat=n):
        movers = [i for i in range(n) if a[i]]
        if movers:
            gains = -np.ones(n, dtype=np.int64)
            gains[movers] = rng.integers(-40, 60, size=len(movers)) if len(movers) > 1 else -3
            excess = sum(int(gains[i]) * (i + 1) for i in movers)
            gains[movers[-1]] -= max(-(-excess // (movers[-1] + 1)), 0)
            payoffs[(slice(None), *a)] = gains
    return NormalFormGame(payoffs)


def tensors(texts: list[str], seed: int, *, by_plain: bool, by_slices: bool) -> None:
    for text in texts:
        n, m, size = map(int, text.split("x"))
        tensor = withstanding(n, m, seed)
        game = NormalFormGame(tensor)
        written: dict[tuple[int, ...], list[int]] = {}
        if by_plain:
            written = {a: [int(x) for x in tensor[(slice(None), *a)]] for a in itertools.product(range(m), repeat=n)}
        count = sum(math.comb(n, k) for k in range(1, size + 1))
        joint = sum(math.comb(n, k) * m**k for k in range(1, size + 1))
        for rule in RULES:
            taken, found = cpu_seconds(lambda: resilience(game, (0,) * n, blocking=rule, coalitions=size))  # noqa: B023
            assert int(found) == n
            check, _ = cpu_seconds(found.certificate.verify)
            cells = [f"{n} × {m}, up to {size}", rule, f"{count:,}", f"{joint:,}", duration(taken), duration(check)]
            for run, work in (
                (by_plain, lambda: plain(written, (m,) * n, size, rule)),  # noqa: B023
                (by_slices, lambda: slices(tensor, size, rule)),  # noqa: B023
            ):
                if run:
                    spent, blocked = cpu_seconds(work)
                    assert not blocked
                    cells += [duration(spent), f"{spent / taken:,.0f}"]
                else:
                    cells += ["not run", ""]
            print("| " + " | ".join(cells) + " |", flush=True)


def shared(seed: int) -> None:
    print("\n| game | rule | coalitions | shared randomness | check |\n|---|---|---|---|---|")
    for n, m in ((12, 2), (8, 4)):
        game = needing_programmes(n, m, seed)
        for rule in ("all", "some"):
            taken, found = cpu_seconds(
                lambda: resilience(game, (0,) * n, blocking=rule, coordination="correlated", coalitions=4),  # noqa: B023
                at_least=0.0,
            )
            assert int(found) == n
            check, _ = cpu_seconds(found.certificate.verify)
            count = sum(math.comb(n, k) for k in range(1, 5))
            print(f"| {n} × {m}, up to 4 | {rule} | {count:,} | {duration(taken)} | {duration(check)} |", flush=True)


def agents(seed: int) -> None:
    """Identical agents: payoffs drawn at random, and a plot by a third of them hidden among losses."""
    print(
        "\n| agents | actions | vectors of counts | payoffs | rule | withstood | resilience | check |\n"
        + "|---" * 8
        + "|"
    )
    for n, m in ((1000, 2), (1000, 3), (100, 4), (50, 5)):
        rng = np.random.default_rng(seed)
        here = [n // m + (a < n % m) for a in range(m)]
        there = [n // m + (a < n % m) - n // (3 * m) for a in range(m - 1)]
        there.append(n - sum(there))
        for kind, low, high in (("random", -100, 100), ("a plot", -100, 0)):
            payoffs = rng.integers(low, high, size=(m, num_count_vectors(n - 1, m)))
            for counts, pay in ((here, 1), (there, 2)) if kind == "a plot" else ():
                for a in range(m):
                    others = np.array(counts)
                    others[a] -= 1
                    payoffs[a, int(places(others, place_table(n - 1, m)))] = pay
            game = SymmetricGame(payoffs, n)
            for rule in RULES:
                taken, found = cpu_seconds(lambda: resilience(game, here, blocking=rule))  # noqa: B023
                check, _ = cpu_seconds(found.certificate.verify)
                size = f"{num_count_vectors(n, m):,}"
                cells = [f"{n:,}", str(m), size, kind, rule, f"{int(found):,}", duration(taken), duration(check)]
                print("| " + " | ".join(cells) + " |", flush=True)


def neighbourwise(game: PolymatrixGame, network: Any, size: int, rule: str) -> bool:
    """Every joint action of every connected coalition, payoffs from the neighbours, in Python."""
    tables = {
        (i, j): game.tables[e, side].tolist()
        for e, pair in enumerate(game.pairs.tolist())
        for side, (i, j) in enumerate((pair, pair[::-1]))
    }
    around = game.neighbours()
    profile = [0] * game.num_players

    def payoff(i: int) -> int:
        return sum(tables[i, j][profile[i]][profile[j]] for j, _, _ in around[i])

    before = [payoff(i) for i in range(game.num_players)]
    for members in coalitions(game.num_players, max_size=size, connected=network):
        blocked = False
        for joint in itertools.product(*(range(game.num_actions[i]) for i in members)):
            for i, a in zip(members, joint, strict=True):
                profile[i] = a
            blocked = blocked or value([payoff(i) - before[i] for i in members], rule) > 0
        for i in members:
            profile[i] = 0
        if blocked:
            return True
    return False


def networks(seed: int) -> None:
    print("\n| network | players | actions | rule | ours, up to 4 | check | Python | ratio |\n" + "|---" * 8 + "|")
    for name, network, m, compared in (
        ("4-regular", nx.random_regular_graph(4, 1000, seed=seed), 2, True),
        ("4-regular", nx.random_regular_graph(4, 1000, seed=seed), 3, False),
        ("preferential attachment", nx.barabasi_albert_graph(1000, 2, seed=seed), 2, False),
        ("grid", nx.convert_node_labels_to_integers(nx.grid_2d_graph(70, 70)), 2, False),
    ):
        matrix = np.full((m, m), -2)
        np.fill_diagonal(matrix, 1)
        matrix[0, 0] = 3
        game = PolymatrixGame.from_network(network, (matrix, matrix))
        stay = (0,) * game.num_players
        for rule in RULES:
            taken, found = cpu_seconds(lambda: resilience(game, stay, blocking=rule, coalitions=4))  # noqa: B023
            assert int(found) == game.num_players
            check, _ = cpu_seconds(found.certificate.verify)
            cells = [name, f"{game.num_players:,}", str(m), rule, duration(taken), duration(check), "not run", ""]
            if compared:
                spent, blocked = cpu_seconds(lambda: neighbourwise(game, network, 4, rule), at_least=0.0)  # noqa: B023
                assert not blocked
                cells[-2:] = [duration(spent), f"{spent / taken:,.0f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--plain", nargs="*", default=["12x2x4", "8x4x4", "12x2x12", "8x4x8"], help="players x actions x size"
    )
    parser.add_argument("--slices", nargs="*", default=["16x2x16"], help="without the plain search")
    parser.add_argument("--ours", nargs="*", default=["20x2x20"], help="without any brute force")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(environment("numpy", "networkx"))
    print(
        "| players × actions | rule | coalitions | joint actions | ours | check | plain | ratio | slices | ratio |\n"
        + "|---" * 10
        + "|"
    )
    tensors(options.plain, options.seed, by_plain=True, by_slices=True)
    tensors(options.slices, options.seed, by_plain=False, by_slices=True)
    tensors(options.ours, options.seed, by_plain=False, by_slices=False)
    shared(options.seed)
    agents(options.seed)
    networks(options.seed)


if __name__ == "__main__":
    main()
