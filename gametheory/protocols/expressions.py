"""The language of utilities, probabilities and constraints of a protocol: its grammar and its exact value.

A term is built from declared names and rational numbers by +, −, ·, / and brackets; a constraint compares two terms, and
``|`` joins constraints ("or"; "and" is written by listing them):

    constraint = comparison ("|" comparison)*      comparison = term (= | != | < | > | <= | >=) term | "true"
    term = factor (("+" | "-") factor)*            factor = unary (("*" | "/") unary)*
    unary = ("-" | "+")* (number | name | "(" term ")")         "(" constraint ")" is a comparison, too

A name stands for a real number (a *constant*) or for an *infinitesimal*, so that the value of a term is a pair
(real, infinitesimal); pairs are compared lexicographically:

    (r, e) > (s, f)   iff   r > s,  or  r = s and e > f.

Two infinitesimals are never multiplied, and nothing is divided by one.

Texts come from files that nobody has read: a tokenizer and a parser of our own read them, neither ``eval`` nor sympy's
parser is reached. At most 4,000 characters, 1,000 operations, nesting 60, numbers of 4,096 bits; errors name the character.
:func:`value_at` evaluates the operations as they were written, in fractions; it shares nothing with the polynomials that
the prover is asked about, and re-checks what comes back from it.

Reference: V. R. Pratt, "Top down operator precedence", POPL 1973.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn, final

from gametheory.arithmetic import parse_rational
from gametheory.errors import SpecificationError

__all__ = ["MAX_CHARACTERS", "Names", "Operation", "constraint_at", "parse_constraint", "parse_term", "value_at"]

MAX_CHARACTERS = 4_000
MAX_OPERATIONS = 1_000
MAX_NESTING = 60
MAX_BITS = 4_096

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?(?!\w))
    | (?P<name>\w+)
    | (?P<sign><=|>=|!=|==|\*\*|\|\||&&|[-+*/()<>=|!^&,])
    )""",
    re.VERBOSE,
)
_COMPARISONS = frozenset(("=", "!=", "<", ">", "<=", ">="))
_HINTS = {
    "==": "write = for equality",
    "**": "write a product: p*p",
    "^": "write a product: p*p",
    "||": "write | for or",
    "&&": "list the constraints one by one for 'and'",
    "&": "list the constraints one by one for 'and'",
}

Pair = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: ``sign`` is "number", "name", "+", "-", "*", "/", a comparison, "or" or "true"; then its operands."""

    sign: str
    operands: tuple[Operation, ...] = ()
    detail: Any = None


@final
@dataclass(frozen=True, slots=True)
class Names:
    """The declared names.

    Attributes
    ----------
    constants, infinitesimals : tuple of str
    """

    constants: tuple[str, ...]
    infinitesimals: tuple[str, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for kind, names in (("constants", self.constants), ("infinitesimals", self.infinitesimals)):
            for place, name in enumerate(names):
                if not isinstance(name, str) or not re.fullmatch(r"\w{1,100}", name) or name == "true" or _number(name):
                    raise SpecificationError(
                        f"{kind}[{place}]: found {str(name)[:60]!r}; a name is letters, digits and underscores, at most 100, "
                        "and no number"
                    )
                if name in seen:
                    raise SpecificationError(f"{kind}[{place}]: the name {name!r} is declared twice; declare it once")
                seen.add(name)


def _number(text: str) -> bool:
    return re.fullmatch(r"\d+(?:[eE]\d+)?", text) is not None


def parse_term(text: str, names: Names, *, where: str = "utility") -> Operation:
    """Read a term.

    Raises
    ------
    SpecificationError
        The text is no term, uses an undeclared name, or exceeds a limit; the message names the character.

    Examples
    --------
    >>> term = parse_term("p*p - a/2", Names(("a", "p"), ()))
    >>> value_at(term, {"a": Fraction(1), "p": Fraction(3)}, ())
    (Fraction(17, 2), Fraction(0, 1))
    """
    parser = _Parser(text, names, where)
    term = parser.term(1)
    parser.finish()
    return term


def parse_constraint(text: str, names: Names, *, where: str = "constraint") -> Operation:
    """Read a constraint.

    Raises
    ------
    SpecificationError
        As :func:`parse_term`.

    Examples
    --------
    >>> constraint = parse_constraint("a > 0 | a = p", Names(("a", "p"), ()))
    >>> constraint_at(constraint, {"a": Fraction(-1), "p": Fraction(-1)}, ())
    True
    """
    parser = _Parser(text, names, where)
    constraint = parser.constraint(1)
    parser.finish()
    return constraint


def value_at(term: Operation, values: Mapping[str, Fraction], infinitesimals: Collection[str]) -> Pair:
    """The (real, infinitesimal) value of a term where the names have these values.

    Raises
    ------
    ZeroDivisionError
        If a denominator is zero there.
    """
    zero = Fraction(0)
    sign = term.sign
    if sign == "number":
        return term.detail, zero
    if sign == "name":
        value = values[term.detail]
        return (zero, value) if term.detail in infinitesimals else (value, zero)
    parts = [value_at(part, values, infinitesimals) for part in term.operands]
    real, small = parts[0]
    for other_real, other_small in parts[1:]:
        if sign == "+":
            real, small = real + other_real, small + other_small
        elif sign == "-":
            real, small = real - other_real, small - other_small
        elif sign == "*":
            real, small = real * other_real, real * other_small + small * other_real
        else:
            real, small = real / other_real, small / other_real
    return real, small


def constraint_at(constraint: Operation, values: Mapping[str, Fraction], infinitesimals: Collection[str]) -> bool:
    """Whether a constraint holds where the names have these values."""
    if constraint.sign == "true":
        return True
    if constraint.sign == "or":
        return any(constraint_at(part, values, infinitesimals) for part in constraint.operands)
    left, right = (value_at(part, values, infinitesimals) for part in constraint.operands)
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
    }[constraint.sign]


@final
class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, names: Names, where: str) -> None:
        if not isinstance(text, str):
            raise SpecificationError(f"{where}: found {text!r} of type {type(text).__name__}; write a text or a number")
        if len(text) > MAX_CHARACTERS:
            raise SpecificationError(
                f"{where}: found an expression of {len(text):,} characters; at most {MAX_CHARACTERS:,} are read"
            )
        self.text, self.names, self.where = text, names, where
        self.constants, self.infinitesimals = frozenset(names.constants), frozenset(names.infinitesimals)
        self.tokens = self._tokens()
        self.next = self.operations = 0

    def _tokens(self) -> list[tuple[str, str, int]]:
        tokens, position, end = [], 0, len(self.text.rstrip())
        while position < end:
            match = _TOKEN.match(self.text, position)
            if match is None:
                at = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                self.fail(at, f"found {self.text[at]!r}", "write names, numbers, + - * / ( ), comparisons and |")
            kind = str(match.lastgroup)
            tokens.append((kind, match.group(kind), match.start(kind)))
            position = match.end()
        return [*tokens, ("end", "", len(self.text))]

    def fail(self, position: int, found: str, allowed: str) -> NoReturn:
        raise SpecificationError(f"{self.where}: character {position + 1} of {self.text[:60]!r}: {found}; {allowed}")

    def sign(self) -> str:
        kind, value, _ = self.tokens[self.next]
        return value if kind == "sign" else ""

    def unexpected(self, allowed: str) -> NoReturn:
        kind, value, position = self.tokens[self.next]
        found = "the expression ends" if kind == "end" else f"found {value[:40]!r}"
        self.fail(position, found, _HINTS.get(value, allowed))

    def finish(self) -> None:
        if self.tokens[self.next][0] != "end":
            self.unexpected("expected an operator, or the end of the expression")

    def operation(self, sign: str, operands: tuple[Operation, ...] = (), detail: Any = None) -> Operation:
        self.operations += 1
        if self.operations > MAX_OPERATIONS:
            raise SpecificationError(f"{self.where}: found more than {MAX_OPERATIONS:,} operations; write it shorter")
        return Operation(sign, operands, detail)

    def check_nesting(self, depth: int) -> None:
        if depth > MAX_NESTING:
            self.fail(self.tokens[self.next][2], f"found nesting deeper than {MAX_NESTING}", "use fewer brackets")

    # -- constraints -----------------------------------------------------------------------------------------------

    def constraint(self, depth: int) -> Operation:
        parts = [self.comparison(depth)]
        while self.sign() == "|":
            self.next += 1
            parts.append(self.comparison(depth))
        return parts[0] if len(parts) == 1 else self.operation("or", tuple(parts))

    def comparison(self, depth: int) -> Operation:
        self.check_nesting(depth)
        kind, value, _ = self.tokens[self.next]
        if kind == "name" and value == "true":
            self.next += 1
            return self.operation("true")
        if self.sign() == "(" and self.brackets_hold_constraint():
            self.next += 1
            inside = self.constraint(depth + 1)
            self.close()
            return inside
        left = self.term(depth)
        sign = self.sign()
        if sign not in _COMPARISONS:
            self.unexpected("expected a comparison: = != < > <= >=")
        self.next += 1
        right = self.term(depth)
        if self.sign() in _COMPARISONS:
            self.unexpected("compare two terms at a time")
        return self.operation(sign, (left, right))

    def brackets_hold_constraint(self) -> bool:
        """Whether the bracket that opens here has a comparison directly inside, so that it is one of constraints."""
        depth, place = 0, self.next
        while self.tokens[place][0] != "end":
            kind, value, _ = self.tokens[place]
            if kind == "sign" and value == "(":
                depth += 1
            elif kind == "sign" and value == ")":
                depth -= 1
                if depth == 0:
                    return False
            elif (kind == "sign" and value in _COMPARISONS) or (kind == "name" and value == "true"):
                return True
            place += 1
        return False

    # -- terms -----------------------------------------------------------------------------------------------------

    def term(self, depth: int) -> Operation:
        return self.chain(("+", "-"), self.factor, depth)

    def factor(self, depth: int) -> Operation:
        return self.chain(("*", "/"), self.unary, depth)

    def chain(self, signs: tuple[str, str], part: Any, depth: int) -> Operation:
        found: Operation = part(depth)
        while (sign := self.sign()) in signs:
            position = self.tokens[self.next][2]
            self.next += 1
            operand = part(depth)
            if sign == "*" and self.small(found) and self.small(operand):
                self.fail(position, "found a product of two infinitesimals", "multiply an infinitesimal by reals only")
            if sign == "/" and self.small(operand):
                self.fail(position, "found a division by an infinitesimal", "divide by reals only")
            same = found.sign == sign and sign in "+*"  # one wide operation for a long sum, not a deep one
            operands = (*found.operands, operand) if same else (found, operand)
            found = self.operation(sign, operands)
        return found

    def small(self, operation: Operation) -> bool:
        """Whether an infinitesimal occurs in the term."""
        if operation.sign == "name":
            return operation.detail in self.infinitesimals
        return any(self.small(part) for part in operation.operands)

    def unary(self, depth: int) -> Operation:
        self.check_nesting(depth)
        negative = False
        while self.sign() in ("+", "-"):
            negative ^= self.sign() == "-"
            self.next += 1
        operand = self.primary(depth)
        if not negative:
            return operand
        if operand.sign == "number":
            return self.operation("number", detail=-operand.detail)
        return self.operation("*", (self.operation("number", detail=Fraction(-1)), operand))

    def primary(self, depth: int) -> Operation:
        kind, value, position = self.tokens[self.next]
        if kind == "number":
            self.next += 1
            number = parse_rational(value, where=f"{self.where}: character {position + 1}")
            if max(number.numerator.bit_length(), number.denominator.bit_length()) > MAX_BITS:
                self.fail(position, f"found a number of more than {MAX_BITS:,} bits", "write a shorter one")
            return self.operation("number", detail=number)
        if kind == "name":
            if value not in self.constants and value not in self.infinitesimals:
                known = [*self.names.constants, *self.names.infinitesimals]
                listed = ", ".join(known[:20]) + (", …" if len(known) > 20 else "") if known else "none"
                self.fail(position, f"found the name {value[:40]!r}", f"the declared names are: {listed}")
            self.next += 1
            return self.operation("name", detail=value)
        if self.sign() == "(":
            self.next += 1
            inside = self.term(depth + 1)
            self.close()
            return inside
        return self.unexpected("expected a number, a name or a bracket")

    def close(self) -> None:
        if self.sign() != ")":
            self.unexpected("expected ')'")
        self.next += 1
