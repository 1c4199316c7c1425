"""Certificates of programmes about no game: their rows are rebuilt from their own arguments."""

from __future__ import annotations

import importlib
import json

import pytest

from gametheory.audit.evidence import PROGRAMMES_WITHOUT_GAME, ROW_BUILDERS, evidence, row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError
from gametheory.games import NormalFormGame
from gametheory.information import leakage_game, neyman_pearson_test

NOISY = [["7/10", "3/10"], ["3/10", "7/10"]]


def certificates() -> list[tuple[str, str]]:
    test = neyman_pearson_test(["0.8", "0.1", "0.1"], [["0.2", "0.8", 0], ["0.2", 0, "0.8"]], false_alarm_rate="0.1")
    hidden = leakage_game(["1/2", "1/2"], [[NOISY, NOISY[::-1]]], choice="hidden", gain=[[1, 0], [0, "1/2"]])
    visible = leakage_game(["1/2", "1/2"], [[NOISY]], choice="visible", num_adversaries=3)
    return [(name, json.dumps(found.certificate.to_dict())) for name, found in
            (("test", test), ("hidden", hidden), ("visible", visible))]  # fmt: skip


def test_every_builder_exists() -> None:
    for module, function in (*ROW_BUILDERS.values(), *PROGRAMMES_WITHOUT_GAME.values()):
        assert callable(getattr(importlib.import_module(module), function))
    assert not ROW_BUILDERS.keys() & PROGRAMMES_WITHOUT_GAME.keys()


@pytest.mark.parametrize(("name", "text"), certificates())
def test_rows_are_rebuilt_from_the_arguments(name: str, text: str) -> None:
    found = verify_certificate(read_certificate(text), row_builders=row_builders())
    assert found.status == "verified", name
    assert verify_certificate(read_certificate(text)).status == "arithmetic only"


@pytest.mark.parametrize(("name", "text"), certificates())
def test_other_arguments_are_noticed(name: str, text: str) -> None:
    data = json.loads(text)
    arguments = data["programme"]["arguments"]
    if name == "test":
        arguments["honest"] = [["1/10", "1/10", "4/5"]]
    else:
        arguments["prior"] = ["1/4", "3/4"]
    with pytest.raises(CertificateError):
        verify_certificate(read_certificate(data), row_builders=row_builders())


def test_a_programme_about_a_game_cannot_do_without_it() -> None:
    from gametheory.equilibria import correlated_equilibrium

    data = correlated_equilibrium(NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])).optimality.to_dict()
    data["programme"]["game_digest"] = ""
    with pytest.raises(CertificateError, match="names no game"):
        verify_certificate(read_certificate(data), row_builders=row_builders())


def test_evidence_without_a_game() -> None:
    test = neyman_pearson_test(["1/2", "1/2"], ["9/10", "1/10"], false_alarm_rate="1/10")
    item = evidence("detection-test", "detection", test.certificate, None).rechecked()
    assert (item.status, item.remark) == ("verified", "")
    assert "game" not in item.to_dict()


def test_trigger_programmes_are_rebuilt_from_the_game() -> None:
    from gametheory.games import Monitoring
    from gametheory.oversight import Convention, obfuscation_design
    from gametheory.repeated import trigger_equilibrium

    game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    other = NormalFormGame.from_bimatrix([[2, -1], [4, 0]], [[2, 4], [-1, 0]])
    noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    found = trigger_equilibrium(game, (0, 0), noisy, reversion=(1, 1), discount="4/5")
    noise = obfuscation_design(Convention(game, (0, 0), (1, 1)), noisy)
    for certificate in (*found.certificates, noise.certificate):
        text = json.dumps(certificate.to_dict())  # type: ignore[union-attr]
        assert verify_certificate(read_certificate(text), game, row_builders=row_builders()).status == "verified"
        with pytest.raises(CertificateError):
            verify_certificate(read_certificate(text), other, row_builders=row_builders())
        data = json.loads(text)
        data["programme"]["arguments"]["reversion"] = ["1/2", "0"]
        with pytest.raises(CertificateError, match=r"player 0, action 1|scale"):
            verify_certificate(read_certificate(data), game, row_builders=row_builders())
