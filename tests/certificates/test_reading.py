"""Certificate files are hostile until read; `gametheory verify` in a fresh process is the stranger's view."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from gametheory.arithmetic import RationalArray
from gametheory.certificates import (
    DeviationCertificate,
    DualityCertificate,
    LinearProgramme,
    PureCompletenessCertificate,
    WitnessCertificate,
    certificate_to_json,
    read_certificate,
    read_certificates,
    reading,
    verify_certificate,
    verify_file,
)
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

DILEMMA = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
NASH = DeviationCertificate.nash(DILEMMA, (1, 1))


def security_level(game: NormalFormGame, arguments: object) -> LinearProgramme:
    """What player 1 can be sure of, as a chapter would write it down."""
    n, m = game.num_actions
    rows = [
        (f"column {j}", {0: -1, **{1 + i: int(game.payoffs[0, i, j]) for i in range(n)}}, ">=", 0) for j in range(m)
    ]
    rows.append(("sum", {1 + i: 1 for i in range(n)}, "==", 1))
    return LinearProgramme.from_rows(
        "max", [1, *[0] * n], rows, lower=[None, *[0] * n], name="security level", game_digest=game.digest()
    )


def security_certificate() -> DualityCertificate:
    # Defection secures 1 in the dilemma; the weight on the second column proves that nothing secures more.
    prices = RationalArray.of_integers([0, -1, 1])
    return DualityCertificate(security_level(DILEMMA, {}), Fraction(1), prices, RationalArray.of_integers([1, 0, 1]))


def test_a_file_is_read_by_path_text_and_data(tmp_path: Path) -> None:
    text = certificate_to_json(NASH)
    path = tmp_path / "nash.json"
    path.write_text("\ufeff" + text, encoding="utf-8")  # some editors write a byte order mark
    for source in (text, "\n " + text, path, str(path), json.loads(text)):
        assert read_certificate(source) == NASH
        assert [str(v) for v in verify_file(path, DILEMMA)] == [
            f"verified: at (2, 2) no player gains more than 0 by deviating alone [game {DILEMMA.digest()[:12]}…]"
        ]


def test_a_fresh_process_reaches_no_solver(tmp_path: Path) -> None:
    path = tmp_path / "nash.json"
    path.write_text(certificate_to_json(NASH), encoding="utf-8")
    program = (
        "import sys; from gametheory.certificates import verify_file; "
        f"print(verify_file({str(path)!r})[0].status); "
        "heavy = {'highspy', 'scipy', 'cvxpy', 'flint', 'sympy', 'z3', 'numba', 'matplotlib'} & set(sys.modules); "
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "verified", "")


def test_results_carry_their_certificates_however_deep() -> None:
    witness = WitnessCertificate.of(DILEMMA, (1, 1), {0, 1}, (0, 0))
    result = {
        "gametheory": "0.1.0",
        "equilibria": [{"payoffs": [1.5, 2], "certificate": NASH.to_dict()}, {"kind": "mixed", "note": None}],
        "witness": {"certificate": witness.to_dict()},
    }
    assert read_certificates(json.dumps(result)) == (NASH, witness)
    assert [v.kind for v in verify_file(json.dumps(result))] == ["deviation", "witness"]
    with pytest.raises(SpecificationError, match="found none"):
        read_certificates('{"equilibria": []}')


def test_the_first_false_claim_ends_the_verification() -> None:
    lie = DeviationCertificate.nash(DILEMMA, (0, 0))
    with pytest.raises(CertificateError, match="Player 1 gains 2"):
        verify_file(json.dumps([NASH.to_dict(), lie.to_dict()]))


def test_rows_are_rebuilt_from_the_game() -> None:
    certificate = security_certificate()
    builders = {"security level": security_level}
    assert certificate.verify()
    alone = verify_certificate(certificate)
    assert (alone.status, alone.kind) == ("arithmetic only", "duality")
    assert "pass the game" in alone.remark
    unknown = verify_certificate(certificate, DILEMMA)
    assert unknown.status == "arithmetic only"
    assert "no row builder" in unknown.remark
    assert verify_certificate(certificate, DILEMMA, row_builders=builders).status == "verified"
    with pytest.raises(CertificateError, match="another game"):
        verify_certificate(certificate, NormalFormGame.zero_sum([[1]]), row_builders=builders)


def test_a_changed_row_with_multipliers_that_fit_it_is_seen_through() -> None:
    data = security_certificate().to_dict()
    text = json.dumps(data)
    honest = read_certificate(text)
    assert verify_certificate(honest, DILEMMA, row_builders={"security level": security_level}).status == "verified"
    # The game is said to pay 4 where it pays 1; the multipliers and the value are recomputed to fit.
    richer = NormalFormGame.from_bimatrix([[3, 0], [5, 4]], [[3, 5], [0, 1]])
    programme = security_level(richer, {})
    lie = DualityCertificate(
        LinearProgramme.from_dict({**programme.to_dict(), "game_digest": DILEMMA.digest()}),
        Fraction(4),
        RationalArray.of_integers([0, -1, 4]),
        RationalArray.of_integers([4, 0, 1]),
    )
    assert lie.verify()
    assert lie.verify(DILEMMA)  # the arithmetic is right and the digest is that of the game
    with pytest.raises(CertificateError, match="not the rebuilt one"):
        verify_certificate(lie, DILEMMA, row_builders={"security level": security_level})


NASH_TEXT = certificate_to_json(NASH)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ('{"kind": "deviation"', "no JSON"),
        ('{"kind": "proof"}', "kind"),
        ('{"kind": ["deviation"]}', "kind"),
        ("[1]", "kind"),
        ("{}", "kind"),
        (NASH_TEXT.replace('"concept"', '"concept": "nash", "concept"'), "'concept' is given twice"),
        (NASH_TEXT.replace('"concept"', '"conzept"'), "concept"),
        (NASH_TEXT.replace('"0"', "0.0"), "epsilon"),
        (NASH_TEXT.replace('"0"', "NaN"), "NaN"),
        (NASH_TEXT.replace('"0"', "-Infinity"), "Infinity"),
        (NASH_TEXT.replace('"0"', "1" * 5000), "no JSON that can be read"),
        (NASH_TEXT.replace('"0"', '"' + "1" * 5000 + '"'), "epsilon"),
        (NASH_TEXT.replace('"num_actions": [2, 2]', '"num_actions": [2, 3]'), "expected 12"),
        (NASH_TEXT.replace('"num_actions": [2, 2]', f'"num_actions": {[2**30] * 31}'), "expected"),
        (NASH_TEXT.replace('"num_actions": [2, 2]', f'"num_actions": {[1] * 100}'), "1 to 31"),
        (NASH_TEXT.replace('"num_actions": [2, 2]', '"num_actions": [4, true]'), "num_actions"),
        ("[" * 100_000, "nested deeper"),
        ('{"a":' * 40 + "1" + "}" * 40, "nested deeper"),
        ('{"kind": "' + '\\"[' * 1000, "no JSON"),
    ],
)
def test_hostile_text_ends_in_one_clear_error(text: str, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        read_certificate(text)


def test_names_cannot_steer_a_terminal() -> None:
    data = NASH.to_dict()
    data["game"]["players"] = ["\x1b[2J", "b"]
    with pytest.raises(SpecificationError, match="printable"):
        read_certificate(data)
    programme = LinearProgramme.from_rows("max", [-1], [], name="\x1b[2J")
    certificate = DualityCertificate(programme, Fraction(0), RationalArray.from_fractions([]))
    assert verify_certificate(certificate).claim == "the maximum of \\x1b[2J is at most 0"


def test_files_too_large_absent_or_not_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpecificationError, match="cannot be read"):
        read_certificate(tmp_path / "absent.json")
    with pytest.raises(SpecificationError, match="cannot be read"):
        read_certificate(tmp_path)
    binary = tmp_path / "binary.json"
    binary.write_bytes(b'{"kind": "\xff"}')
    with pytest.raises(SpecificationError, match="UTF-8"):
        read_certificate(binary)
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    big = tmp_path / "big.json"
    big.write_text(NASH_TEXT, encoding="utf-8")
    for source in (big, NASH_TEXT):
        with pytest.raises(SpecificationError, match="100"):
            read_certificate(source)
    monkeypatch.undo()
    monkeypatch.setattr(reading, "MAX_VALUES", 10)
    with pytest.raises(SpecificationError, match="values"):
        read_certificate(NASH_TEXT)


@pytest.mark.parametrize("error", [TypeError, KeyError, IndexError, ZeroDivisionError, SpecificationError])
def test_arguments_that_the_row_builder_stumbles_over(error: type[Exception]) -> None:
    def builder(game: NormalFormGame, arguments: object) -> LinearProgramme:
        raise error("no such player")

    with pytest.raises(CertificateError, match=r"cannot be rebuilt .*no such player"):
        verify_certificate(security_certificate(), DILEMMA, row_builders={"security level": builder})


@pytest.mark.parametrize("digest", ["", "0", "g" * 64, None, DILEMMA.digest().upper()])
def test_a_claim_without_the_digest_of_its_game_is_refused(digest: object) -> None:
    for certificate in (NASH, PureCompletenessCertificate.of(DILEMMA, [(1, 1)])):
        data = certificate.to_dict()
        assert read_certificate(data).verify(DILEMMA)
        with pytest.raises(SpecificationError, match="digest"):
            read_certificate({**data, "game_digest": digest})
