"""Why a reader should believe an answer."""

from gametheory.certificates.certificate import Certificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.duality import DualityCertificate, FarkasCertificate, UnboundedCertificate
from gametheory.certificates.programme import LinearProgramme, sparse_rows

__all__ = [
    "Certificate",
    "DeviationCertificate",
    "DualityCertificate",
    "FarkasCertificate",
    "LinearProgramme",
    "UnboundedCertificate",
    "sparse_rows",
]
