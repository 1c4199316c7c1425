"""How the coalition concepts are nested, for all payoffs: strong, coalition-proof, robust, immune, and side payments.

Blocking rules are those of prove_resilience.py. At a pure profile of two players

    strong Nash         no coalition of one or two has a deviation from which every member gains;
    coalition-proof     a Nash equilibrium to which no other Nash equilibrium is preferred by both;

(k, t)-robust: no coalition of at most k gains (rule "any") whatever at most t others do at the same time; t-immune: no t
players can lower the payoff of another. "At most k" makes resilience nested by definition; "exactly k" only under "any".
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
from drawn import fractions, grid_sampler, number
from theorems import proves

from gametheory.collusion import (
    coalition_gain,
    immunity,
    is_coalition_proof,
    is_robust,
    is_strong_nash_equilibrium,
    resilience,
)
from gametheory.games import NormalFormGame
from gametheory.symbolic import Claim, Induction, Twin, indifference, reals, slack_sampler

ABRAHAM = "Abraham, Dolev, Gonen and Halpern, Distributed computing meets game theory, PODC 2006"
BERNHEIM = "Bernheim, Peleg and Whinston, Coalition-proof Nash equilibria, J. Economic Theory 42 (1987)"


def tensor(*num_actions):
    found = np.empty((len(num_actions), *num_actions), dtype=object)
    for index in np.ndindex(*found.shape):
        found[index] = reals("u" + "".join(map(str, index)))[0]
    return found


def game_of(values, payoffs):
    return NormalFormGame(
        np.array(fractions(values, payoffs.reshape(-1)), dtype=object).reshape(payoffs.shape).tolist()
    )


def moved(profile, players, actions):
    changed = list(profile)
    for i, action in zip(players, actions, strict=True):
        changed[i] = action
    return tuple(changed)


def deviations(payoffs, profile, players):
    """Profiles that these players can bring about, staying put included."""
    return [moved(profile, players, a) for a in itertools.product(*(range(payoffs.shape[1 + i]) for i in players))]


def nash(payoffs, profile):
    return sp.And(
        *(
            payoffs[i][profile] >= payoffs[i][other]
            for i in range(len(payoffs))
            for other in deviations(payoffs, profile, (i,))
            if other != profile
        )
    )


# -- strong ⊆ coalition-proof ⊆ Nash ----------------------------------------------------------------------------------


def both_gain(payoffs, profile, other):
    return sp.And(*(payoffs[i][other] > payoffs[i][profile] for i in range(len(payoffs))))


def strong(payoffs, profile):
    others = [p for p in np.ndindex(*payoffs.shape[1:]) if p != profile]
    return sp.And(nash(payoffs, profile), *(sp.Not(both_gain(payoffs, profile, p)) for p in others))


def coalition_proof(payoffs, profile):
    others = [p for p in np.ndindex(*payoffs.shape[1:]) if p != profile]
    return sp.And(
        nash(payoffs, profile),
        *(sp.Not(sp.And(nash(payoffs, p), both_gain(payoffs, profile, p))) for p in others),
    )


def nested(*shape):
    u, at = tensor(*shape), (0, 0)
    name = "x".join(map(str, shape))
    return Claim(
        id=f"collusion.stable.strong-is-coalition-proof.{name}",
        title=f"{name} games: strong Nash ⇒ coalition-proof ⇒ Nash, at every pure profile.",
        assumptions=[],
        statement=sp.And(
            sp.Implies(strong(u, at), coalition_proof(u, at)), sp.Implies(coalition_proof(u, at), nash(u, at))
        ),
        twins=[
            Twin("coalition-proof ⇒ strong", statement=sp.Implies(coalition_proof(u, at), strong(u, at))),
            Twin("Nash ⇒ coalition-proof", statement=sp.Implies(nash(u, at), coalition_proof(u, at))),
        ],
        source=BERNHEIM,
        not_shown="mixed profiles and deviations; more players, where coalition-proofness is recursive",
        sampler=grid_sampler(list(u.reshape(-1)), -1, 2),
        numeric=lambda values: _stability_agrees(values, u),
        method="provers",
    )


def _stability_agrees(values, payoffs):
    game, at = game_of(values, payoffs), (0, 0)
    verdicts = [
        is_strong_nash_equilibrium(game, at).status == "yes",
        is_coalition_proof(game, at).status == "yes",
        int(resilience(game, at, coalitions=1)) > 0,
    ]
    stated = [bool(concept(payoffs, at).xreplace(dict(values))) for concept in (strong, coalition_proof, nash)]
    return verdicts[:2] == stated[:2] and verdicts == sorted(verdicts)


NESTED = [nested(2, 2), nested(2, 3)]

EFFICIENT = Claim(
    id="collusion.stable.strong-is-efficient.2x2",
    title="At a strong Nash equilibrium of a 2×2 game no profile is better for both: it is weakly Pareto efficient.",
    assumptions=[strong(tensor(2, 2), (0, 0))],
    statement=sp.Not(sp.Or(*(both_gain(tensor(2, 2), (0, 0), p) for p in ((0, 1), (1, 0), (1, 1))))),
    twins=[
        Twin(
            "coalition-proof equilibria are",
            without=[strong(tensor(2, 2), (0, 0))],
            adding=[coalition_proof(tensor(2, 2), (0, 0))],
        ),
        Twin("no profile has a higher sum", statement=sum(tensor(2, 2)[:, 0, 0]) >= sum(tensor(2, 2)[:, 1, 1])),
    ],
    source="Aumann, Acceptable points in general cooperative n-person games (1959)",
    not_shown="other sizes",
)

# -- robustness and immunity ------------------------------------------------------------------------------------------

U, HONEST = tensor(2, 2, 2), (0, 0, 0)
PLAYERS = (0, 1, 2)


def robust(size, faulty):
    """No member of a coalition of at most ``size`` gains, whatever at most ``faulty`` others do."""
    rows = []
    for t, k in itertools.product(range(faulty + 1), range(1, size + 1)):
        for others in itertools.combinations(PLAYERS, t):
            for members in itertools.combinations([i for i in PLAYERS if i not in others], k):
                for noise in deviations(U, HONEST, others):
                    for joint in deviations(U, noise, members):
                        rows += [U[i][joint] <= U[i][noise] for i in members if joint != noise]
    return sp.And(*dict.fromkeys(rows))


def immune(faulty, *, exactly=False):
    """No coalition of at most (or exactly) so many players lowers the payoff of another."""
    rows = []
    for t in range(faulty if exactly else 1, faulty + 1):
        for others in itertools.combinations(PLAYERS, t):
            for joint in deviations(U, HONEST, others):
                rows += [U[i][joint] >= U[i][HONEST] for i in PLAYERS if i not in others and joint != HONEST]
    return sp.And(*dict.fromkeys(rows))


ROBUST = Claim(
    id="collusion.robust.implies-resilient.2x2x2",
    title="Three players: a profile at which no one gains amid one faulty other, or no two gain, is 1-resilient.",
    assumptions=[],
    statement=sp.And(sp.Implies(robust(1, 1), robust(1, 0)), sp.Implies(robust(2, 0), robust(1, 0))),
    twins=[
        Twin("the other way round", statement=sp.Implies(robust(1, 0), robust(1, 1))),
        Twin("(1, 1)-robust ⇒ 2-resilient", statement=sp.Implies(robust(1, 1), robust(2, 0))),
        Twin("(1, 1)-robust ⇒ 1-immune", statement=sp.Implies(robust(1, 1), immune(1))),
    ],
    source=ABRAHAM,
    not_shown="other numbers of players and actions, where the same deviations are among those allowed",
    sampler=lambda rng: _robust_or_any_game(rng),
    numeric=lambda values: (
        (is_robust(game_of(values, U), HONEST, 1, 1, blocking="any").status == "yes")
        == bool(sp.And(robust(1, 1), immune(1)).xreplace(dict(values)))
    ),
    method="provers",
)


def _robust_or_any_game(rng):
    """Any payoffs, or (half of the time) deviations that cost those who deviate and never those who do not."""
    if rng.random() < 1 / 2:
        return grid_sampler(list(U.reshape(-1)), 0, 1)(rng)
    price = [rng.randint(0, 2) for _ in PLAYERS]
    help_ = [[rng.randint(0, 2) for _ in PLAYERS] for _ in PLAYERS]
    return {
        U[i][a]: sp.Integer(-price[i] * a[i] + sum(help_[i][j] * a[j] for j in PLAYERS if j != i))
        for i in PLAYERS
        for a in itertools.product((0, 1), repeat=3)
    }


IMMUNITY = Claim(
    id="collusion.immunity.exactly-two-implies-one.2x2x2",
    title="Three players: if no two can harm the third, no one can harm another.",
    assumptions=[immune(2, exactly=True)],
    statement=immune(1),
    twins=[
        Twin("if no one can, no two can", without=[immune(2, exactly=True)], adding=[immune(1)], statement=immune(2)),
        Twin("an equilibrium", statement=nash(U, HONEST)),
    ],
    source=ABRAHAM,
    not_shown="other sizes (who stays put may be added, as long as the victim is none of them)",
    sampler=lambda rng: _immune_game(rng),
    numeric=lambda values: int(immunity(game_of(values, U), HONEST)) == 2,
)


def _immune_game(rng):
    """Honest play is the worst profile for everybody."""
    drawn = grid_sampler(list(U.reshape(-1)), 0, 4)(rng)
    return drawn | {U[i][HONEST]: sp.Integer(-1) for i in PLAYERS}


# -- larger coalitions ------------------------------------------------------------------------------------------------

largest, joined, wider = reals("largest joined wider")
ANY_SIZE = Claim(
    id="collusion.resilience.any-is-nested-by-size",
    title="For every k: under 'any' a coalition that blocks still does when another joins it and stays put.",
    assumptions=[],
    statement=Induction(
        base=wider > 0,
        base_given=[largest > 0, sp.Eq(wider, largest)],  # nobody has joined yet
        step=wider > 0,
        step_given=[largest > 0, wider >= sp.Max(largest, joined)],
    ),
    twins=[
        Twin("without a gain before", part="step", without=[largest > 0]),
        Twin(
            "if the deviation is not open to the larger coalition",
            part="step",
            without=[wider >= sp.Max(largest, joined)],
        ),
    ],
    source=ABRAHAM,
    not_shown="the principle of induction; that the larger coalition can bring about what the smaller can: who joins stays put",
)


def gain_of(members, rule):
    """The largest minimum, largest single, or largest total gain of the members; staying put is 0."""
    parts = []
    for joint in deviations(U, HONEST, members):
        gains = [U[i][joint] - U[i][HONEST] for i in members]
        parts.append({"all": sp.Min(*gains), "any": sp.Max(*gains), "transfer": sum(gains)}[rule])
    return sp.Max(*parts)


FAMILY = Claim(
    id="collusion.resilience.larger-coalition-gains-more.any",
    title="Three players: under 'any' a pair gains at least what each of its members gains alone.",
    assumptions=[],
    statement=gain_of((0, 1), "any") >= gain_of((0,), "any"),
    twins=[
        Twin("under 'all'", statement=gain_of((0, 1), "all") >= gain_of((0,), "all")),
        Twin("under 'transfer'", statement=gain_of((0, 1), "transfer") >= gain_of((0,), "transfer")),
    ],
    source=ABRAHAM,
    not_shown="other sizes; that a larger family of coalitions never lowers the largest gain, which is a maximum over more",
    sampler=grid_sampler(list(U.reshape(-1)), -2, 2),
    numeric=lambda values: _gains_agree(values),
)


def _gains_agree(values):
    """The library's largest gains of one player and of the pair are those of the formulas."""
    game = game_of(values, U)
    for members, rule in itertools.product([(0,), (0, 1)], ("all", "any", "transfer")):
        formula = number({}, gain_of(members, rule).xreplace(dict(values)))
        if Fraction(coalition_gain(game, HONEST, members, blocking=rule).lower) != formula:
            return False
    return True


# -- side payments and shared randomness ------------------------------------------------------------------------------


def side_payments(size):
    gains = reals(" ".join(f"g{i}" for i in range(size)))
    mean = sum(gains) / size
    paid = [mean - g for g in gains]  # what each receives, so that all gain alike
    free = reals(" ".join(f"t{i}" for i in range(size)))
    return Claim(
        id=f"collusion.side-payments.transfer-is-all.{size}",
        title=f"{size} members gain in sum iff side payments make every one of them gain: 'transfer' is 'all' with payments.",
        assumptions=[sp.Eq(sum(free), 0)],
        statement=sp.And(
            sp.Implies(sum(gains) > 0, sp.And(*(g + t > 0 for g, t in zip(gains, paid, strict=True)))),
            sp.Implies(sp.And(*(g + t > 0 for g, t in zip(gains, free, strict=True))), sum(gains) > 0),
        ),
        twins=[
            Twin("payments need not balance", without=[sp.Eq(sum(free), 0)]),
            Twin("without payments", statement=sp.Implies(sum(gains) > 0, sp.And(*(g > 0 for g in gains)))),
        ],
        source="Aumann and Peleg, Bull. American Math. Soc. 66 (1960); Laffont and Martimort (2000)",
        not_shown="other sizes; payments that are limited (see collusion.side_contracts)",
    )


SIDE_PAYMENTS = [side_payments(size) for size in (2, 3, 4)]

GAINS = [reals("g00 g01 g02"), reals("g10 g11 g12")]  # of two members from three joint deviations
DRAW, (weight,) = reals("p0 p1 p2"), reals("weight")
PRICED = [weight * one + (1 - weight) * two <= 0 for one, two in zip(*GAINS, strict=True)]
PROBABLE = [*(p >= 0 for p in DRAW), sp.Eq(sum(DRAW), 1)]
DRAWN = [sum(p * g for p, g in zip(DRAW, row, strict=True)) for row in GAINS]
SHARED = Claim(
    id="collusion.correlated.weights-refute",
    title="If weights on two members give no joint deviation a positive total, no draw of deviations makes both gain.",
    assumptions=[weight >= 0, weight <= 1, *PRICED, *PROBABLE],
    statement=sp.Or(*(gain <= 0 for gain in DRAWN)),
    twins=[
        Twin("one deviation is not priced", without=PRICED[:1]),
        Twin("neither member gains", statement=sp.And(*(gain <= 0 for gain in DRAWN))),
        Twin(
            "if no single deviation makes both gain",
            without=PRICED,
            adding=[sp.Or(one <= 0, two <= 0) for one, two in zip(*GAINS, strict=True)],
        ),
    ],
    source="linear duality; the certificates of gametheory.collusion for shared randomness",
    not_shown="that such weights exist whenever no draw makes both gain; other sizes",
)

# -- deterrence -------------------------------------------------------------------------------------------------------

gain_a, gain_b, fine_a, fine_b, q = reals("gain_a gain_b fine_a fine_b q")
MOVER = Claim(
    id="collusion.deterrence.who-moves-must-lose",
    title="Fines that cost each of two movers at least what it gains deter the pair under 'any' and under 'transfer'.",
    assumptions=[q > 0, q <= 1, fine_a >= 0, fine_b >= 0, q * fine_a >= gain_a, q * fine_b >= gain_b],
    statement=sp.And(
        sp.Not(sp.Or(gain_a - q * fine_a > 0, gain_b - q * fine_b > 0)), gain_a + gain_b - q * (fine_a + fine_b) <= 0
    ),
    twins=[
        Twin("fining one of two movers suffices", without=[q * fine_b >= gain_b]),
        Twin(
            "it is enough that fines exceed gains in sum",
            without=[q * fine_a >= gain_a, q * fine_b >= gain_b],
            adding=[q * (fine_a + fine_b) >= gain_a + gain_b],
        ),
    ],
    source="Becker, Crime and punishment, J. Political Economy 76 (1968), applied to coalitions",
    not_shown="gains of members who do not move, which no fine on movers touches (collusion.deterrence.bystanders)",
    sampler=slack_sampler(
        {
            fine_a: reals("s1")[0],
            fine_b: reals("s2")[0],
            gain_a: q * reals("s1")[0] - reals("s3")[0],
            gain_b: q * reals("s2")[0] - reals("s4")[0],
        },
        positive=reals("s1 s2 s3 s4"),
        unit=[q],
    ),
)

NEEDED = (gain_a + gain_b) / q
BYSTANDER = Claim(
    id="collusion.deterrence.bystanders",
    title="Where b gains by a's move, the fine on a that deters under 'transfer' rises from gain_a/q to (gain_a + gain_b)/q.",
    assumptions=[q > 0, q <= 1, gain_b > 0],
    statement=sp.And(sp.Equivalent(gain_a + gain_b - q * fine_a <= 0, fine_a >= NEEDED), gain_a / q < NEEDED),
    threshold=NEEDED,
    derivation=lambda: indifference(gain_a + gain_b, q * fine_a, fine_a),
    twins=[
        Twin(
            "the mover's own gain is enough",
            statement=sp.Equivalent(gain_a + gain_b - q * fine_a <= 0, fine_a >= gain_a / q),
        ),
        Twin("without a gain of the bystander", without=[gain_b > 0], adding=[gain_b <= 0]),
        Twin("such a fine keeps the bystander from gaining", adding=[fine_a >= NEEDED], statement=gain_b <= 0),
    ],
    source="Becker (1968), applied to coalitions; why 'any' counts movers only in gametheory.oversight",
    not_shown="fines on bystanders, which need their names",
    sampler=slack_sampler({}, positive=[gain_a, gain_b, fine_a], unit=[q]),
)

size, more_gain, less_seen, fewer = reals("size more_gain less_seen fewer")
DEPOSITS = Claim(
    id="collusion.deterrence.deposits-are-monotone",
    title="The deposit G/(mq) that deters m sharers of a gain G rises with the gain, and as fewer share or less is detected.",
    assumptions=[
        *(gain_a > 0, q > 0, size > 0, less_seen > 0, fewer > 0),
        *(more_gain >= gain_a, less_seen <= q, fewer <= size),
    ],
    statement=more_gain / (fewer * less_seen) >= gain_a / (size * q),
    twins=[
        Twin("where more share", without=[fewer <= size]),
        Twin("where more is detected", without=[less_seen <= q]),
        Twin("where less is gained", without=[more_gain >= gain_a]),
    ],
    source="the formula of oversight.deposits",
    not_shown="nothing beyond that formula",
    sampler=slack_sampler(
        {
            more_gain: gain_a + reals("s1")[0],
            q: less_seen + reals("s2")[0],
            size: fewer + reals("s3")[0],
        },
        positive=[gain_a, less_seen, fewer, *reals("s1 s2 s3")],
    ),
)


@proves(*NESTED, EFFICIENT)
def prove_strong_is_coalition_proof_is_nash(obligation):
    """Theorem: strong Nash ⊆ coalition-proof ⊆ Nash at pure profiles of 2×2 and 2×3 games; strong ones are efficient.

    Source: Bernheim, Peleg and Whinston (1987), Aumann (1959). Not shown: mixed play, more players. Twins: no converse.
    """
    obligation.check()


@proves(ROBUST, IMMUNITY)
def prove_robustness_and_immunity_are_nested(obligation):
    """Theorem: (k, t)-robust ⇒ k-resilient, and immunity to two implies immunity to one, three players with two actions.

    Source: Abraham et al. (2006). Not shown: other sizes. Twins: no converse, and no immunity from robust gains alone.
    """
    obligation.check()


@proves(ANY_SIZE, FAMILY)
def prove_larger_coalitions_under_any(obligation):
    """Theorem: under "any" resilience to coalitions of exactly k + 1 implies it for exactly k, for every k.

    "At most k" is nested under every rule by definition. Not shown: the principle of induction. Twins: "all", "transfer".
    """
    obligation.check()


@proves(*SIDE_PAYMENTS)
def prove_side_payments_turn_sums_into_gains_of_all(obligation):
    """Theorem: members gain in sum iff balanced side payments make all of them gain. Not shown: limited payments."""
    obligation.check()


@proves(SHARED)
def prove_weights_refute_shared_randomness(obligation):
    """Theorem: weights on the members that price every joint deviation at most 0 show that no draw makes both gain."""
    obligation.check()


@proves(MOVER, BYSTANDER, DEPOSITS)
def prove_who_moves_must_lose(obligation):
    """Theorem: fines that cost each mover its gain deter movers under every rule; a bystander's gain adds
    to the fine that deters under "transfer"; deposits rise with gains and fall with detection.

    Source: Becker (1968), applied to coalitions. Not shown: how movers are told from bystanders.
    """
    obligation.check()
