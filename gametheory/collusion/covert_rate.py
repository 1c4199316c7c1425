"""What a secret key of b bits per round buys in the long run.

Members who share b fresh secret bits per round, and remember all that happened among them, play in each round a mixture
D = Σ_k λ_k d_k of products d_k. The overseer sees a signal of past play, of law W D. The secrecy that a round uses up is

    c = H(W D) − Σ_a D(a) H(W(· | a)) − Σ_k λ_k H(d_k),

the uncertainty H(k) that goes in less H(k, a | signal), what is left; the members see each other's actions and the signal, so
that noise that the overseer does not see is a source of secrets. If he sees all actions, c = I(k; a). What can be kept up for
ever are the mixtures of rounds with an average cost of at most b (Gossner and Tomala 2006, 2007): the value is the concave
envelope

    V(b) = max { Σ_i α_i min_x u_x(D_i) :  Σ_i α_i c_i ≤ b }.

For a given D the least c with all actions seen is Wyner's common information. The envelope matters: a stationary mixture can be
worse than time sharing.

References: O. Gossner and T. Tomala (2006), *Empirical distributions of beliefs under imperfect observation*, Mathematics of
Operations Research 31; (2007), *Secret correlation in repeated games with imperfect monitoring*, ibid. 32; O. Gossner and
N. Vieille (2002), *How to play with a biased coin?*, Games and Economic Behavior 41; M. Valizadeh and A. Gohari (2018),
*Playing games with bounded entropy*; A. D. Wyner (1975), *The common information of two dependent random variables*, IEEE
Trans. Information Theory 21. Complexity: exponential in the number of signals and of actions of all members but one; two
members with two actions each take seconds.
"""

from __future__ import annotations

from fractions import Fraction

from gametheory.arithmetic import RationalArray
from gametheory.certificates.secrecy_stages import Horizon, Plays, Stage, shows_everything
from gametheory.collusion.covert_observation import observation_channel
from gametheory.collusion.covert_question import CovertQuestion
from gametheory.collusion.covert_results import CovertPlay, CovertValue
from gametheory.collusion.secrecy_rounding import SecrecyQuestion
from gametheory.collusion.secrecy_values import SecrecyValue, secrecy_value

__all__ = ["covert_answer", "rate_value", "secrecy_question", "without_secret"]


def rate_value(question: CovertQuestion) -> CovertValue:
    """The long-run value of a secret key: bounds, the rounds that attain the lower one, the price of a further bit.

    Examples
    --------
    Two agents win if both name the number that the adversary names too; an overseer who sees only the second agent's actions
    leaves them the first one's coins as a secret (Gossner and Tomala 2007). With h(x) = 1/2 they secure (x² + (1 − x)²)/2:

    >>> from gametheory.collusion import covert_value
    >>> from gametheory.games.normal_form import NormalFormGame
    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> found = covert_value(game, team=[0, 1], adversary=2, bits=0, notion="rate", observes=1)
    >>> round(float(found.lower), 6), found.gap <= 1e-3
    (0.402078, True)
    """
    channel = observation_channel(question.exact_game, team=question.team, observes=question.observes)
    if not question.bits and shows_everything(channel):
        return without_secret(question)
    return covert_answer(question, secrecy_value(secrecy_question(question, "independent", (channel,), "long run")))


def secrecy_question(
    question: CovertQuestion, plays: Plays, channels: tuple[RationalArray, ...], horizon: Horizon
) -> SecrecyQuestion:
    """The question in terms of limited secrecy."""
    assert question.bits is not None, "a budget in bits is read before"
    return SecrecyQuestion(
        game=question.exact_game,
        team=question.team,
        adversary=question.adversary,
        payoff=question.payoff,
        table=question.table,
        plays=plays,
        channels=channels,
        horizon=horizon,
        bits=question.bits,
        tmecor=question.tmecor,
        starts=(tuple(tuple(x.tolist()) for x in question.tme.exact_profile),),
        gap=question.gap,
        max_cells=question.max_cells,
        deadline=question.deadline,
        tell=question.tell,
    )


def without_secret(question: CovertQuestion) -> CovertValue:
    """The answer to a budget of 0 where nothing else can be kept secret: independent play."""
    tme = question.tme
    found = CovertPlay(Fraction(1), (Fraction(1),), (tuple(tuple(x.tolist()) for x in tme.exact_profile),))
    return CovertValue(
        game=question.game,
        team=question.team,
        adversary=question.adversary,
        notion=question.notion,
        bits=question.bits,
        values=question.values,
        observes=question.observes,
        lower=tme.lower,
        upper=tme.upper,
        gap=tme.gap,
        plays=(found,),
        tme=tme,
        tmecor=question.tmecor,
        stopped=tme.stopped,
        cells=tme.cells,
        marginal_price=None,
        certificate=tme.certificate,
    )


def covert_answer(question: CovertQuestion, found: SecrecyValue) -> CovertValue:
    """The result in terms of the team's plays."""
    sizes = question.table.shape[1:]
    return CovertValue(
        game=question.game,
        team=question.team,
        adversary=question.adversary,
        notion=question.notion,
        bits=question.bits,
        values=question.values,
        observes=question.observes,
        lower=found.lower,
        upper=found.upper,
        gap=(found.upper - found.lower) / question.span if question.span else Fraction(0),
        plays=tuple(_play(stage, sizes) for stage in found.stages),
        tme=question.tme,
        tmecor=question.tmecor,
        stopped=found.stopped,
        cells=found.cells,
        marginal_price=found.marginal_price,
        certificate=found.certificate,
    )


def _play(stage: Stage, sizes: tuple[int, ...]) -> CovertPlay:
    """A stage as products; one distribution over joint actions as a draw among pure ones."""
    if len(stage.plays[0]) == len(sizes) and tuple(map(len, stage.plays[0])) == sizes:
        return CovertPlay(stage.share, stage.weights, stage.plays)
    ((law,),) = stage.plays
    weights, strategies = [], []
    for rest, p in enumerate(law):
        if p:
            digits = []
            for m in reversed(sizes):
                rest, digit = divmod(rest, m)
                digits.append(tuple(Fraction(int(a == digit)) for a in range(m)))
            weights.append(p)
            strategies.append(tuple(reversed(digits)))
    return CovertPlay(stage.share, tuple(weights), tuple(strategies))
