"""When players who only talk to each other can do without the mediator.

A (k, t)-robust profile withstands coalitions of k and t players of unknown aims. What a mediator sustains, *cheap talk*
(messages between pairs of players) sustains too where n is large enough; how large depends on what can be assumed. For
synchronous talk (Abraham, Dolev, Gonen and Halpern 2006; lower bounds: Abraham, Dolev and Halpern 2008)

* n > 3k + 3t: exactly, knowing nobody's payoffs, in a bounded number of rounds;
* n > 2k + 3t: exactly, if payoffs are known and there is a (k + t)-punishment;
* n > 2k + 2t: within every ε > 0, with broadcast;
* n > k + 3t: within every ε > 0, with cryptography and players of polynomially bounded computing power;
* n > k + t: the same with a public-key infrastructure.

Where n is no larger these papers have games in which it cannot be done, each under the assumptions that its row names. For
asynchronous talk: n > 4k + 4t exactly (Abraham, Dolev, Geffner and Halpern 2019), tight (Geffner and Halpern 2021), and
n > 3k + 4t with punishments. What no row says is reported as unknown.

The numbers are quoted. Compared with the papers' abstracts: 4k + 4t, enough and tight, and the assumptions on which the
synchronous bounds depend. Not compared with the full texts: the numbers of the single synchronous rows, what they grant and
how long they take, and 3k + 4t. Before a decision rests on a row, read it in its source.

A profile ρ is an **m-punishment** for a target if, whatever up to m players do while the others play ρ, every player is
strictly worse off than at the target.

References: I. Abraham, D. Dolev, R. Gonen and J. Halpern (2006), *Distributed computing meets game theory: robust mechanisms
for rational secret sharing and multiparty computation*, PODC; I. Abraham, D. Dolev and J. Halpern (2008), *Lower bounds on
implementing robust and resilient mediators*, TCC, section 1; I. Abraham, D. Dolev, I. Geffner and J. Halpern (2019),
*Implementing mediators with asynchronous cheap talk*, PODC; I. Geffner and J. Halpern (2021), *Lower bounds implementing
mediators in asynchronous systems*; I. Geffner (2022), *Implementing mediators with cheap talk*, Cornell.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import Verdict, exact
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.gains import StatusQuo
from gametheory.certificates.programme import LinearProgramme
from gametheory.collusion.robust_results import RobustDesign
from gametheory.collusion.tested_profiles import exact_independent_profile
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = [
    "MediatorThresholds",
    "Threshold",
    "implementable_without_mediator",
    "is_punishment",
    "mediator_thresholds",
    "punishment_exists",
]

Answer = Literal["yes", "not in general", "unknown"]
_PODC06 = "Abraham, Dolev, Gonen and Halpern 2006"
_TCC08 = "Abraham, Dolev and Halpern 2008, section 1"
_PODC19 = "Abraham, Dolev, Geffner and Halpern 2019"
_LOWER21 = "Geffner and Halpern 2021"
_THESIS22 = "Geffner 2022"


@final
@dataclass(frozen=True, slots=True)
class Threshold:
    """One theorem: with what it assumes, n above ``per_rational`` · k + ``per_faulty`` · t is enough, or is needed.

    Attributes
    ----------
    synchronous : bool
    per_rational, per_faulty : int
    possible : bool
        ``True``: above the threshold it can be done, given what is in ``needs``. ``False``: at or below it there are games
        in which it cannot, even given what is in ``despite``, and nothing else.
    exactly : bool
        Exactly, or within every ε > 0. (What cannot be done within ε cannot be done exactly, and the reverse.)
    needs, despite : frozenset of str
        Among "punishment", "payoffs known", "broadcast", "cryptography", "public keys".
    running_time, source : str
    """

    synchronous: bool
    per_rational: int
    per_faulty: int
    possible: bool
    exactly: bool
    needs: frozenset[str]
    despite: frozenset[str]
    running_time: str
    source: str

    def holds(self, n: int, k: int, t: int) -> bool:
        """Whether n, k and t are where the theorem says something."""
        return (n > self.per_rational * k + self.per_faulty * t) == self.possible

    @property
    def condition(self) -> str:
        """ "n > 2k + 3t" or "n ≤ 2k + 3t"."""
        factors = [
            ("" if c == 1 else str(c)) + letter for c, letter in ((self.per_rational, "k"), (self.per_faulty, "t"))
        ]
        return f"n {'>' if self.possible else '≤'} {' + '.join(factors)}"


def _can(
    synchronous: bool, per_rational: int, per_faulty: int, exactly: bool, needs: Sequence[str], time: str, source: str
) -> Threshold:
    return Threshold(synchronous, per_rational, per_faulty, True, exactly, frozenset(needs), frozenset(), time, source)


def _cannot(
    synchronous: bool, per_rational: int, per_faulty: int, exactly: bool, despite: Sequence[str], source: str
) -> Threshold:
    return Threshold(synchronous, per_rational, per_faulty, False, exactly, frozenset(), frozenset(despite), "", source)


THRESHOLDS = (
    _can(True, 3, 3, True, (), "a bounded number of rounds", _PODC06),
    _can(
        True,
        2,
        3,
        True,
        ("punishment", "payoffs known"),
        "finite expected running time that does not depend on payoffs",
        _PODC06,
    ),
    _can(True, 2, 2, False, ("broadcast",), "bounded expected running time that does not depend on payoffs", _PODC06),
    _can(True, 1, 3, False, ("cryptography",), "depends on payoffs and ε where n ≤ 2k + 2t", _PODC06),
    _can(True, 1, 1, False, ("cryptography", "public keys"), "depends on payoffs and ε where n ≤ 2k + 2t", _PODC06),
    _cannot(True, 3, 3, True, ("punishment",), _TCC08),
    _cannot(True, 3, 3, True, ("payoffs known",), _TCC08),
    _cannot(True, 2, 3, True, ("punishment", "payoffs known"), _TCC08),
    _cannot(True, 2, 2, False, ("broadcast",), _TCC08),
    _cannot(True, 1, 3, False, ("cryptography", "punishment"), _TCC08),
    _can(False, 4, 4, True, (), "", _PODC19),
    _can(False, 3, 4, True, ("punishment", "payoffs known"), "", _THESIS22),
    _cannot(False, 4, 4, True, (), _LOWER21),
)
"""What is known; the thresholds of each row are those of its source."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MediatorThresholds:
    """Whether (k, t)-robust profiles of n players can do without a mediator, by theorem.

    Attributes
    ----------
    n, k, t : int
    synchronous : bool
    assumptions : frozenset of str
    exactly, approximately : "yes", "not in general" or "unknown"
        Implementation proper, and within every ε > 0. "Not in general": some game has a robust profile that cannot be
        implemented; this game may be another one.
    theorems : tuple of Threshold
        Those that say so.
    remark : str
        What else was decided on the way, such as whether there is a punishment.
    """

    n: int
    k: int
    t: int
    synchronous: bool
    assumptions: frozenset[str]
    exactly: Answer
    approximately: Answer
    theorems: tuple[Threshold, ...]
    remark: str = ""

    def describe(self) -> str:
        """The answer in words, with its sources."""
        assumed = ", ".join(sorted(self.assumptions)) or "nothing else"
        reasons = (
            "; ".join(f"{row.condition} ({row.source})" for row in self.theorems) or "no theorem listed here applies"
        )
        talk = "synchronous" if self.synchronous else "asynchronous"
        remark = f". {self.remark}" if self.remark else ""
        return (
            f"n = {self.n}, k = {self.k}, t = {self.t}, {talk} talk, assuming {assumed}: exactly: {self.exactly}; within "
            f"every ε: {self.approximately}: {reasons}{remark}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "n": self.n,
            "k": self.k,
            "t": self.t,
            "synchronous": self.synchronous,
            "assumptions": sorted(self.assumptions),
            "exactly": self.exactly,
            "approximately": self.approximately,
            "theorems": [{"condition": row.condition, "source": row.source} for row in self.theorems],
            "remark": self.remark,
        }

    def to_frame(self) -> Any:
        """A pandas table of every theorem about this kind of talk, and whether its condition holds here."""
        rows = [
            [
                row.condition,
                row.holds(self.n, self.k, self.t),
                "can" if row.possible else "cannot in general",
                "exactly" if row.exactly else "within every ε",
                ", ".join(sorted(row.needs if row.possible else row.despite)),
                row.running_time,
                row.source,
            ]
            for row in THRESHOLDS
            if row.synchronous == self.synchronous
        ]
        columns = ["condition", "holds", "can", "how", "given", "running time", "source"]
        return data_frame(rows, columns)

    def __repr__(self) -> str:
        return f"MediatorThresholds(published theorems: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.describe())}</p>"


def mediator_thresholds(
    n: int,
    k: int,
    t: int,
    *,
    synchronous: bool,
    punishment: bool,
    payoffs_known: bool,
    broadcast: bool = False,
    cryptography: bool = False,
    public_keys: bool = False,
) -> MediatorThresholds:
    """What theorems say about doing without the mediator of a (k, t)-robust profile of n players.

    The theorems are quoted, most of them not compared with the full papers; see the head of this module.

    Parameters
    ----------
    n, k, t : int
        Players, size of coalitions ≥ 1, and number of faulty players ≥ 0; k + t ≤ n.
    synchronous : bool
        Whether messages arrive within a known time.
    punishment : bool
        Whether the game has a (k + t)-punishment (:func:`punishment_exists`).
    payoffs_known, broadcast, cryptography, public_keys : bool
        Whether players know each other's payoffs; whether there are broadcast channels; whether computing power is
        polynomially bounded and one-way functions exist; whether there is a public-key infrastructure.

    Returns
    -------
    MediatorThresholds

    Raises
    ------
    SpecificationError
        Numbers out of range, or an assumption that is neither true nor false.

    Examples
    --------
    >>> mediator_thresholds(4, 1, 0, synchronous=True, punishment=False, payoffs_known=False).exactly
    'yes'
    >>> found = mediator_thresholds(3, 1, 0, synchronous=True, punishment=False, payoffs_known=False)
    >>> found.exactly, found.approximately
    ('not in general', 'unknown')
    >>> mediator_thresholds(3, 1, 0, synchronous=True, punishment=True, payoffs_known=True).exactly
    'yes'
    """
    for name, value, least in (("n", n, 1), ("k", k, 1), ("t", t, 0)):
        check_count(name, value, least=least)
    if k + t > n:
        raise SpecificationError(f"k, t: found {k} + {t} players of {n}; write k + t ≤ n")
    flags = {
        "punishment": punishment,
        "payoffs known": payoffs_known,
        "broadcast": broadcast,
        "cryptography": cryptography,
        "public keys": public_keys,
    }
    for name, flag in (*flags.items(), ("synchronous", synchronous)):
        if not isinstance(flag, bool):
            raise SpecificationError(f"{name}: found {flag!r}; write True or False")
    assumed = frozenset(name for name, flag in flags.items() if flag)
    rows = [row for row in THRESHOLDS if row.synchronous == synchronous and row.holds(n, k, t)]
    can = [row for row in rows if row.possible and row.needs <= assumed]
    # A lower bound is a game: it stands only where no more is assumed than it grants.
    cannot = [row for row in rows if not row.possible and assumed <= row.despite]
    exactly: Answer = "unknown"
    approximately: Answer = "unknown"
    if any(row.exactly for row in can):
        exactly = "yes"
    elif cannot:
        exactly = "not in general"
    if can:
        approximately = "yes"
    elif any(not row.exactly for row in cannot):
        approximately = "not in general"
    used = tuple(can) if exactly == "yes" else (*can, *cannot)
    return MediatorThresholds(
        n=n,
        k=k,
        t=t,
        synchronous=synchronous,
        assumptions=assumed,
        exactly=exactly,
        approximately=approximately,
        theorems=used,
    )


def is_punishment(game: NormalFormGame, target: Sequence[Any], punishment: Any, size: int) -> Verdict:
    """Whether, whatever up to ``size`` players do while the others punish, everybody is worse off than at the target.

    Parameters
    ----------
    target : sequence of n numbers
        Expected payoffs at the target.
    punishment : pure or mixed profile
    size : int, 0 ≤ size ≤ n

    Returns
    -------
    Verdict
        "no" names in its witness the deviators, what they play, and who is not worse off.

    Raises
    ------
    SpecificationError
        Another number of payoffs, a size out of range, a profile that is none.
    UnsupportedError
        A correlated punishment; a symbolic game.

    Examples
    --------
    Prisoners who can also walk out, after which nobody gets anything.

    >>> game = NormalFormGame.from_bimatrix([[3, 0, 0], [5, 1, 0], [0, 0, 0]], [[3, 5, 0], [0, 1, 0], [0, 0, 0]])
    >>> is_punishment(game, (3, 3), (2, 2), 1).status, is_punishment(game, (3, 3), (1, 1), 1).status
    ('yes', 'no')
    """
    exact_game = game.exact()
    aims = _target(exact_game, target)
    check_count("size", size, least=0, most=game.num_players)
    question = f"is this a {size}-punishment?"
    status_quo = StatusQuo(exact_game, exact_independent_profile(exact_game, punishment, where="punishment"))
    before = status_quo.expected_payoffs()
    worst = min(aim - now for aim, now in zip(aims, before, strict=True))
    if worst <= 0:
        return Verdict("no", -worst, {"deviators": frozenset(), "play": ()}, question)
    slack = worst
    for number in range(1, size + 1):
        for members in itertools.combinations(range(game.num_players), number):
            table, denominator = status_quo.changes(members)
            flat = table.reshape(len(table), -1)
            for i, (aim, now) in enumerate(zip(aims, before, strict=True)):
                best = int(flat[i].argmax())
                left = aim - now - Fraction(int(flat[i, best]), denominator)
                if left <= 0:
                    play = tuple(int(k) for k in np.unravel_index(best, table.shape[1:]))
                    witness = {"deviators": frozenset(members), "play": play, "player": i}
                    return Verdict("no", -left, witness, question)
                slack = min(slack, left)
    return Verdict("yes", -slack, None, question)


def punishment_exists(
    game: NormalFormGame, target: Sequence[Any], size: int
) -> tuple[Literal["yes", "no", "unknown"], Any]:
    """Whether the game has a ``size``-punishment for the target payoffs: an answer, and the profile if there is one.

    Pure profiles are tried; so is the independent play of the best *correlated* punishment, which a linear programme
    finds: where even that does not punish, "no" is certain. Between the two: "unknown".

    Parameters
    ----------
    target, size
        As for :func:`is_punishment`.

    Returns
    -------
    str
        "yes", "no" or "unknown".
    profile or None
        A punishment, pure or mixed.

    Raises
    ------
    SpecificationError
        As :func:`is_punishment`; or the linear programme would not fit into memory.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0, 0], [5, 1, 0], [0, 0, 0]], [[3, 5, 0], [0, 1, 0], [0, 0, 0]])
    >>> punishment_exists(game, (3, 3), 1), punishment_exists(game, (3, 0), 1)
    (('yes', (2, 2)), ('no', None))
    """
    exact_game = game.exact()
    aims = _target(exact_game, target)
    for pure in itertools.product(*(range(m) for m in game.num_actions)):
        if is_punishment(exact_game, aims, pure, size).status == "yes":
            return "yes", pure
    slack, joint = _correlated_punishment(exact_game, aims, size)
    if slack <= 0:
        return "no", None
    mixed = tuple(
        tuple(joint.sum(axis=tuple(j for j in range(game.num_players) if j != i))) for i in range(game.num_players)
    )
    return ("yes", mixed) if is_punishment(exact_game, aims, mixed, size).status == "yes" else ("unknown", None)


def _correlated_punishment(game: NormalFormGame, aims: tuple[Fraction, ...], size: int) -> tuple[Fraction, Any]:
    """max s s.t. Σ_a p(a) u_i(τ_S, a_−S) + s ≤ target_i for all i, S of ``size`` and τ_S; a distribution that has it."""
    from gametheory.optimize.exact import solve_exact

    count, shape = game.num_profiles, game.num_actions
    plays = [(s, tau) for s in itertools.combinations(range(game.num_players), size) for tau in _joint(shape, s)]
    refuse_if_too_large(count * len(plays) * game.num_players, 200, "the linear programme of punishments")
    where = np.array(np.unravel_index(np.arange(count), shape))
    rows: list[Any] = [("probabilities", dict.fromkeys(range(count), 1), "==", 1)]
    for members, tau in plays:
        moved = where.copy()
        for j, a in zip(members, tau, strict=True):
            moved[j] = a
        places = np.ravel_multi_index(tuple(moved), shape)
        for i, aim in enumerate(aims):
            payoffs = game.numerators[i].reshape(-1)[places].tolist()
            row = {a: Fraction(int(u), game.denominator) for a, u in enumerate(payoffs) if u}
            rows.append((f"{members} {tau} {i}", {**row, count: 1}, "<=", aim))
    programme = LinearProgramme.from_rows("max", [0] * count + [1], rows, lower=[0] * count + [None])
    solution = solve_exact(programme)
    joint = solution.primal.fractions()[:count].reshape(shape)
    return solution.value, joint


def _joint(shape: tuple[int, ...], players: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(shape[i]) for i in players)))


def _target(game: NormalFormGame, target: Sequence[Any]) -> tuple[Fraction, ...]:
    if isinstance(target, str) or len(target) != game.num_players:
        raise SpecificationError(f"target: found {target!r}; write {game.num_players} expected payoffs")
    return tuple(exact(x, where=f"target[{i}]") for i, x in enumerate(target))


def implementable_without_mediator(
    design: RobustDesign,
    *,
    synchronous: bool,
    payoffs_known: bool,
    broadcast: bool = False,
    cryptography: bool = False,
    public_keys: bool = False,
) -> MediatorThresholds:
    """Whether the profile of a design can be had by cheap talk, with its coalitions and faulty players.

    Whether there is a (k + t)-punishment is decided from the game (:func:`punishment_exists`); "unknown" counts as none.

    Parameters
    ----------
    design : RobustDesign
        Under ``blocking="any"``, or ``"all"`` with ``coordination="correlated"`` and ``timing="ex_ante"``: in the theorems
        coalitions may do anything together. All coalitions of its size must have been allowed.

    Returns
    -------
    MediatorThresholds
        ``remark`` says whether there is a punishment.

    Raises
    ------
    SpecificationError
        The design is not about all coalitions of its size, or not about the rules of the theorems.

    Examples
    --------
    >>> from gametheory.collusion import robust_correlated_equilibrium
    >>> game = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]], actions=[["stag", "hare"]] * 2)
    >>> best = robust_correlated_equilibrium(game, size=1, blocking="any")
    >>> found = implementable_without_mediator(best, synchronous=True, payoffs_known=True)
    >>> found.exactly, found.remark
    ('not in general', "1-punishment: yes, ('hare', 'hare')")
    """
    robustness = design.certificate.robustness
    strong = robustness.blocking == "any" or design.size == 1
    whole = robustness.blocking == "all" and robustness.coordination == "correlated" and robustness.timing == "ex_ante"
    if not (strong or whole):
        raise SpecificationError(
            f"design: found {robustness.in_words}; the theorems are about blocking='any', or 'all' with "
            "coordination='correlated' and timing='ex_ante'; design it so"
        )
    game, k, t = design.game, design.size, design.faulty
    expected = sum(1 for r in range(1, k + 1) for _ in itertools.combinations(range(game.num_players), r))
    if len(robustness.coalitions) < expected:
        raise SpecificationError(
            "design: only some coalitions of its size may form; the theorems are about all of them"
        )
    answer, profile = punishment_exists(game, design.payoffs, min(k + t, game.num_players))
    found = mediator_thresholds(
        game.num_players,
        k,
        t,
        synchronous=synchronous,
        punishment=answer == "yes",
        payoffs_known=payoffs_known,
        broadcast=broadcast,
        cryptography=cryptography,
        public_keys=public_keys,
    )
    shown = (
        answer
        if profile is None
        else "yes, "
        + (str(tuple(game.actions[i][a] for i, a in enumerate(profile))) if isinstance(profile[0], int) else "mixed")
    )
    return replace(found, remark=f"{k + t}-punishment: {shown}")
