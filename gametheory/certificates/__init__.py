"""Why a reader should believe an answer."""

from gametheory.certificates.certificate import Certificate
from gametheory.certificates.programme import LinearProgramme, sparse_rows

__all__ = ["Certificate", "LinearProgramme", "sparse_rows"]
