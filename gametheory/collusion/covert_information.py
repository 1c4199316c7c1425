"""What correlation of b bits buys: mutual information of the joint action, in one shot and in the long run.

A device tells each member something in private; the members act on it. Whatever the device, with D the law of the joint action,

    V(b) = max { min_x u_x(D) :  Σ_i H(D_i) − H(D) ≤ b },

for two members the mutual information I(a₁; a₂), which the device's signals must have at least (data processing); for more the
total correlation (multi-information, Watanabe 1960). The set of such D is not convex, since the entropy of the marginals is
concave; for given marginals it is. ``"mutual_information"`` is V itself, ``"mutual_information_rate"`` its concave envelope:
the average over many rounds, each with a device of its own.

References: S. Watanabe (1960), *Information theoretical analysis of multivariate correlation*, IBM Journal 4; T. Cover and
J. Thomas (2006), *Elements of Information Theory*, theorem 2.8.1. Complexity: exponential in the number of all members' actions
at worst; two members with two actions take less than a second.
"""

from __future__ import annotations

from gametheory.arithmetic import RationalArray
from gametheory.certificates.secrecy_stages import Horizon, own_actions
from gametheory.collusion.covert_question import CovertQuestion
from gametheory.collusion.covert_rate import covert_answer, secrecy_question, without_secret
from gametheory.collusion.covert_results import CovertValue
from gametheory.collusion.secrecy_values import secrecy_value
from gametheory.errors import UnsupportedError

__all__ = ["mutual_information_value"]


def mutual_information_value(question: CovertQuestion) -> CovertValue:
    """The value of correlation by its mutual information: bounds, the joint law that attains the lower one.

    Raises
    ------
    UnsupportedError
        If the overseer is to see anything but all actions: the device's signals are secret whatever he sees.

    Examples
    --------
    Two agents win if both name the number that the adversary names too: with C = 1 − h(e) bits, (1 − e)/2.

    >>> from gametheory.collusion import covert_value
    >>> from gametheory.games.normal_form import NormalFormGame
    >>> match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    >>> game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    >>> found = covert_value(game, team=[0, 1], adversary=2, bits="1/2", notion="mutual_information")
    >>> round(float(found.lower), 6), found.gap <= 1e-3
    (0.444986, True)
    """
    if not (isinstance(question.observes, str) and question.observes == "all"):
        raise UnsupportedError(
            f"observes: found {question.observes!r} with {question.notion!r}, which is about the members' signals alone; use "
            "notion='rate' for what an overseer sees of play"
        )
    if not question.bits:
        return without_secret(question)
    sizes = question.table.shape[1:]
    channels = tuple(RationalArray.of_integers(own_actions(sizes, i)) for i in range(len(sizes)))
    horizon: Horizon = "one stage" if question.notion == "mutual_information" else "long run"
    return covert_answer(question, secrecy_value(secrecy_question(question, "joint", channels, horizon)))
