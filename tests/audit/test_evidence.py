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
