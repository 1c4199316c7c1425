"""Refutations of polynomial systems: identities that expand are believed, changed ones as far as they are still true."""

from __future__ import annotations

import random
from fractions import Fraction as F

import pytest
from lies import COSTLY_LIES, lies

from gametheory.certificates import RefutationCertificate, read_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.symbolic import find_certificate, reals

x, y, z = reals("x y z")


def bases():
    claims = [
        ([x > y, y > z], x > z),
        ([x >= -1], (1 + x) ** 3 >= 1 + 3 * x),
        ([], x * y <= x**2 / 4 + y**2),
        ([x > 0, y > x], 1 / x > 1 / y),
        ([x > 0, y > 0], x * y + x > 0),
    ]
    import sympy as sp

    claims.append(([sp.Eq(x * y, 1), x > 0], y > 0))
    return [find_certificate(*claim).to_dict() for claim in claims]


def is_refuted(data) -> bool:
    """The conditions on every case, the identity tested at points where a polynomial that is not 0 hardly vanishes."""
    rng = random.Random(3)
    width = len(data["variables"])
    for case in data["cases"]:
        relations = [relation for _, relation in case["constraints"]]
        points = [[F(rng.randint(-(10**6), 10**6), rng.randint(1, 1000)) for _ in range(width)] for _ in range(3)]
        for point in points:
            total = F(0)
            for weight, factors, square in case["summands"]:
                if F(weight) <= 0 or any(not 0 <= k < len(relations) or relations[k] == "==" for k in factors):
                    return False
                term = F(weight)
                for k in factors:
                    term *= value(case["constraints"][k][0], point)
                total += term if square is None else term * value(square, point) ** 2
            for k, multiplier in case["equalities"]:
                if not 0 <= k < len(relations) or relations[k] != "==":
                    return False
                total += value(case["constraints"][k][0], point) * value(multiplier, point)
            if total:
                return False
        if not any(s is None and all(relations[k] == ">" for k in factors) for _, factors, s in case["summands"]):
            return False
    return True


def value(polynomial, point):
    total = F(0)
    for coefficient, powers in polynomial:
        term = F(coefficient)
        for base, power in zip(point, powers, strict=True):
            term *= base**power
        total += term
    return total


@COSTLY_LIES
def test_changed_refutations_are_accepted_only_where_they_still_refute(count):
    verdicts = {True: 0, False: 0}
    for what, data in lies(bases(), count, seed=17, words={"constraints": [">=", ">", "=="]}):
        try:
            accepted = RefutationCertificate.from_dict(data).verify()
        except SpecificationError:
            continue
        except CertificateError:
            accepted = False
        assert accepted == is_refuted(data), (what, data)
        verdicts[accepted] += 1
    assert verdicts[False] > count / 10


def test_written_and_read_back(tmp_path):
    import json

    for k, data in enumerate(bases()):
        path = tmp_path / f"{k}.json"
        path.write_text(json.dumps(data))
        assert read_certificate(path).to_dict() == data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variables": ["x", "x", "z"]}, "twice"),
        ({"variables": "xyz"}, "list of names"),
        ({"subject": 3}, "no text"),
        ({"cases": {}}, "no list"),
        ({"cases": [{"constraints": [], "summands": []}]}, "missing"),
        ({"cases": [{"constraints": [[[], "<"]], "summands": [], "equalities": []}]}, "write one of"),
        ({"cases": [{"constraints": [[[["1", [1]]], ">"]], "summands": [], "equalities": []}]}, "exponents"),
        ({"cases": [{"constraints": [[[["1", [1, 0, 900]]], ">"]], "summands": [], "equalities": []}]}, "exponents"),
        ({"cases": [{"constraints": [], "summands": [["1", [True], None]], "equalities": []}]}, "places"),
        ({"cases": [{"constraints": [], "summands": [["0.5", [], None]], "equalities": []}]}, "rational|integer"),
    ],
)
def test_odd_files_are_refused(change, message):
    with pytest.raises(SpecificationError, match=message):
        RefutationCertificate.from_dict(bases()[0] | change)
