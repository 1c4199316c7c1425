"""The same deterrence claim in each of several scenarios of detection rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, final

from gametheory.certificates.deterrence import DeterrenceCertificate
from gametheory.certificates.encoding import fail
from gametheory.certificates.rationals import expect_keys
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["ScenariosCertificate"]


@final
@dataclass(frozen=True, slots=True, repr=False)
class ScenariosCertificate:
    """The claim that deposits deter in every listed scenario.

    Attributes
    ----------
    claims : tuple of DeterrenceCertificate
        About the same game, target, deposits, rule and coalitions; they differ in their rates.
    """

    claims: tuple[DeterrenceCertificate, ...]

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.claims[0].game_digest if self.claims else ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        first = self.claims[0].claim if self.claims else "nothing"
        return f"in each of {len(self.claims)} scenarios of rates {first}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check each scenario, and that they are about the same thing.

        Raises
        ------
        CertificateError
            Naming the scenario that fails.
        """
        if not self.claims:
            fail(self.claim, "there is no scenario")
        first = self.claims[0]
        for s, one in enumerate(self.claims):
            for name in ("target", "deposits", "blocking", "coalitions", "outcomes", "game_digest"):
                if getattr(one, name) != getattr(first, name):
                    fail(self.claim, f"scenario {s} has other {name}")
            one.verify(game)
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {"kind": "scenarios", "claims": [one.to_dict() for one in self.claims]}

    @classmethod
    def from_dict(cls, data: Any) -> ScenariosCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", "claims"), where="certificate")
        if data["kind"] != "scenarios" or not isinstance(data["claims"], list):
            raise SpecificationError(
                f"certificate.kind: found {data['kind']!r}; write 'scenarios' with a list of claims"
            )
        return cls(tuple(DeterrenceCertificate.from_dict(one) for one in data["claims"]))

    def __repr__(self) -> str:
        return f"ScenariosCertificate({self.claim})"
