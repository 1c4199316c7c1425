"""Why a reader should believe an answer."""

from gametheory.certificates.certificate import Certificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.programme import LinearProgramme, sparse_rows

__all__ = ["Certificate", "DeviationCertificate", "LinearProgramme", "sparse_rows"]
