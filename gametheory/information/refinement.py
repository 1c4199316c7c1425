"""When one channel never says more than another: refinement, post-processing, deficiency.

A channel B is a *refinement* of A (A ⊑ B; B is a garbling of A, A is Blackwell-sufficient for B) if B is A followed by
post-processing: A R = B for a channel R. Then, and only then, V_g[π ▷ B] ≤ V_g[π ▷ A] for every prior π and every gain
function g. Both directions are decided here by one linear programme in rationals:

    find R ≥ 0 with  Σ_z R(y, z) = 1 for every y,   Σ_y A(x, y) R(y, z) = B(x, z) for every x and z.

Either it gives R, or its Farkas multipliers of the last rows *are* a gain function, with one action for each output of B,
under which B is worth more than A at the uniform prior. The *deficiency* of A with respect to B is the least ε such that some
A R is within ε of B in total variation for every input.

References: D. Blackwell 1953, "Equivalent comparisons of experiments", *Annals of Mathematical Statistics* 24; A. McIver,
C. Morgan, G. Smith, B. Espinoza and L. Meinicke 2014, "Abstract channels and their robust information-leakage ordering"
(the "coriaceous" theorem); L. Le Cam 1964, "Sufficiency and approximate sufficiency". Size: outputs of A times outputs of
B columns.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gametheory.arithmetic import RationalArray, Verdict
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError
from gametheory.games.memory import refuse_if_too_large
from gametheory.information.distributions import Channel, read_channel
from gametheory.information.leakage import posterior_vulnerability
from gametheory.optimize.design import Design

__all__ = ["deficiency", "is_refined_by", "post_processing", "refinement_programme"]


def is_refined_by(channel: Any, other: Any) -> Verdict:
    """Whether ``other`` is the channel followed by post-processing, so that it never leaks more.

    Parameters
    ----------
    channel, other : Channel, Monitoring or array_like, shape (number of inputs, number of outputs)
        With the same inputs.

    Returns
    -------
    Verdict
        With ``"no"`` the witness is a gain function, a table of Fractions of shape (outputs of ``other``, inputs), and
        ``gain`` by how much more ``other`` is worth than ``channel`` under it at the uniform prior.

    Examples
    --------
    >>> bit, noisy = [[1, 0], [0, 1]], [["9/10", "1/10"], ["1/10", "9/10"]]
    >>> bool(is_refined_by(bit, noisy)), is_refined_by(noisy, bit).status
    (True, 'no')
    """
    question = "is the second channel the first followed by post-processing"
    try:
        post_processing(channel, other)
    except InfeasibleError as error:
        first, second = read_channel(channel), read_channel(other, where="other")
        multipliers = error.certificate.multipliers
        n, outputs = second.num_inputs, second.num_outputs
        table = RationalArray.of_integers(
            -multipliers.numerators[first.num_outputs :].reshape(n, outputs).T, multipliers.denominator
        )
        uniform = [Fraction(1, n)] * n
        worth = [posterior_vulnerability(uniform, c, gain=table) for c in (second, first)]
        return Verdict("no", worth[0] - worth[1], table.fractions(), question)
    return Verdict("yes", Fraction(0), None, question)


def post_processing(channel: Any, other: Any) -> Channel:
    """The channel R with ``channel`` followed by R equal to ``other``, exactly.

    Raises
    ------
    InfeasibleError
        There is none; ``certificate`` is a Farkas certificate.

    Examples
    --------
    >>> after = post_processing([[1, 0], [0, 1]], [["9/10", "1/10"], ["1/10", "9/10"]])
    >>> [[str(p) for p in row] for row in after.probabilities]
    [['9/10', '1/10'], ['1/10', '9/10']]
    """
    from gametheory.optimize.exact import solve_exact

    first, second = read_channel(channel), read_channel(other, where="other")
    found = solve_exact(refinement_programme(first, second))
    table = RationalArray.of_integers(
        found.primal.numerators.reshape(first.num_outputs, second.num_outputs), found.primal.denominator
    )
    return Channel(table, first.outputs, second.outputs)


def deficiency(channel: Any, other: Any) -> Design:
    """How far ``other`` is from any post-processing of ``channel``: the least largest total variation distance.

    Minimise ε subject to Σ_z s(x, z) ≤ ε for every x, s(x, z) ≥ Σ_y A(x, y) R(y, z) − B(x, z), s ≥ 0, R a channel. It is 0 iff
    :func:`is_refined_by`.

    Returns
    -------
    Design
        ``value`` is ε, ``decision`` the post-processing R; certified.

    Examples
    --------
    >>> str(deficiency([["9/10", "1/10"], ["1/10", "9/10"]], [[1, 0], [0, 1]]).value)
    '1/10'
    """
    from gametheory.optimize.exact import solve_exact

    first, second = read_channel(channel), read_channel(other, where="other")
    found = solve_exact(refinement_programme(first, second, approximate=True))
    size = first.num_outputs * second.num_outputs
    table = RationalArray.of_integers(
        found.primal.numerators[:size].reshape(first.num_outputs, second.num_outputs), found.primal.denominator
    )
    return Design.of(found, decision=Channel(table, first.outputs, second.outputs), name="deficiency")


def refinement_programme(channel: Any, other: Any, *, approximate: bool = False) -> LinearProgramme:
    """The linear programme of :func:`post_processing`, or with ``approximate`` of :func:`deficiency`."""
    first = read_channel(channel)
    second = read_channel(other, where="other", num_inputs=first.num_inputs)
    n, seen, made = first.num_inputs, first.num_outputs, second.num_outputs
    refuse_if_too_large(n * seen * made, 200, "the programme of post-processing")
    mine, theirs = first.rows.fractions(), second.rows.fractions()
    size = seen * made
    pairs = [(x, z) for x in range(n) for z in range(made)]
    rows: list[Any] = [
        (f"what follows output {y} is a distribution", {y * made + z: 1 for z in range(made)}, "==", 1)
        for y in range(seen)
    ]
    for x, z in pairs:
        entries = {y * made + z: mine[x, y] for y in range(seen) if mine[x, y]}
        if approximate:
            entries[size + x * made + z] = Fraction(-1)
        rows.append((f"output {z} given input {x}", entries, "<=" if approximate else "==", theirs[x, z]))
    names = [f"{a} becomes {b}" for a in range(seen) for b in range(made)]
    if approximate:
        names += [f"output {z} too likely given input {x}" for x, z in pairs] + ["distance"]
        last = size + n * made
        for x in range(n):
            far = {size + x * made + z: 1 for z in range(made)}
            rows.append((f"distance given input {x}", {**far, last: -1}, "<=", 0))
    return LinearProgramme.from_rows(
        "min", [0] * (len(names) - approximate) + [1] * approximate, rows, column_names=names, name="refinement"
    )
