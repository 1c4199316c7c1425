"""Certificates of claims: found with solvers, stored as JSON, and checked again without any.

:func:`find_certificate` turns "A ⇒ S" into the systems that a counterexample would solve (:mod:`.polynomial_cases`) and looks
for an identity against each of them (:mod:`.refutation_search`). :func:`check_certificate` derives the systems from the claim
anew and expands the identities in fractions: it calls no solver, for the sign of a denominator is believed only where
the certificate itself carries the identity that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from gametheory.certificates.refutations import PolynomialSystem, Refutation, RefutationCertificate
from gametheory.errors import UnsupportedError
from gametheory.symbolic.polynomial_cases import polynomial_cases
from gametheory.symbolic.refutation_search import find_refutation

__all__ = ["check_certificate", "find_certificate"]


def find_certificate(
    assumptions: Sequence[Any], statement: Any, *, subject: str = "the claim", max_factors: int = 4
) -> RefutationCertificate:
    """An algebraic certificate that the assumptions imply the statement for all real values.

    Parameters
    ----------
    assumptions, statement
        As in :func:`gametheory.symbolic.prove`, without existential quantifiers.
    subject : str
        What the certificate shows, in words.
    max_factors : int
        Most assumptions that one product of the identity may have.

    Returns
    -------
    RefutationCertificate
        Verified; independent of z3.

    Raises
    ------
    UnsupportedError
        If the statement has no form as polynomial systems, or no identity is found up to the bounds (the claim may be false, or
        need larger degrees).

    Examples
    --------
    >>> from gametheory.symbolic import reals
    >>> x, y = reals("x y")
    >>> find_certificate([], x * y <= x**2 / 4 + y**2, subject="xy <= x²/4 + y²")
    RefutationCertificate(xy <= x²/4 + y²: 1 cases, sum of squares)
    """
    found: dict[Any, Refutation | None] = {}

    def refutation(system: PolynomialSystem) -> Refutation | None:
        key = system.key
        if key not in found:
            width = len(next(iter(system.constraints[0][0]), ())) if system.constraints else 0
            found[key] = find_refutation(system, width, max_factors=max_factors)
        return found[key]

    cases = polynomial_cases(assumptions, statement, refuted=lambda system: refutation(system) is not None)
    proofs = []
    for system in cases.systems:
        proof = refutation(system)
        if proof is None:
            raise UnsupportedError(
                f"{subject}: no identity with at most {max_factors} factors refutes the case "
                f"{system.text(cases.variables)}; the claim may be false (ask the prover), or add a lemma"
            )
        proofs.append(proof)
    certificate = RefutationCertificate(subject, cases.variables, cases.systems, tuple(proofs))
    certificate.verify()
    return certificate


def check_certificate(certificate: RefutationCertificate, assumptions: Sequence[Any], statement: Any) -> Literal[True]:
    """Check that the certificate proves "the assumptions imply the statement", without any solver.

    Raises
    ------
    CertificateError
        If an identity does not expand to 0, or a case of the claim is not among those refuted.
    """
    certificate.verify()
    carried = {system.key for system in certificate.systems}
    cases = polynomial_cases(assumptions, statement, refuted=lambda system: system.key in carried)
    return certificate.verify_against(cases.variables, cases.systems)
