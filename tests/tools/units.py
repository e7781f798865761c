"""Sums with units, as the installer's manual prints them, computed again."""
import math
import re

# Of a unit: its size, and its powers of volt, ampere, second and metre.
V, A, S, M = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)
BASE = {"V": V, "A": A, "s": S, "m": M, "Ω": (1, -1, 0, 0), "F": (-1, 1, 1, 0), "W": (1, 1, 0, 0),
        "Hz": (0, 0, -1, 0)}
UNITS = {"mm²": (1e-6, (0, 0, 0, 2)), "min": (60, S), "h": (3600, S), "Ah": (3600, (0, 1, 1, 0)),
         "Wh": (3600, (1, 1, 1, 0)), "%": (0.01, (0, 0, 0, 0)), "nΩ·m": (1e-9, (1, -1, 0, 1)), "m/s": (1, (0, 0, -1, 1)),
         "Ω/km": (1e-3, (1, -1, 0, -1))}
for prefix, size in {"": 1, "k": 1e3, "M": 1e6, "m": 1e-3, "µ": 1e-6, "n": 1e-9, "p": 1e-12}.items():
    for unit, powers in BASE.items():
        UNITS.setdefault(prefix + unit, (size, powers))
TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|nΩ·m|mm²|Ω/km|m/s|[A-Za-zµΩ]+|[%π()+−×/=<>])")


class Sum:
    """Reads one side of a sum: numbers with units, + − × /, brackets, π."""

    def __init__(self, text):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            m = TOKEN.match(text, at)
            if not m:
                raise ValueError(f"cannot read {text[at:]!r}")
            self.tokens.append(m[1])
            at = m.end()

    def next_is(self, *which):
        return bool(self.tokens) and self.tokens[0] in which

    def value(self):
        left = self.product()
        while self.next_is("+", "−"):
            op, right = self.tokens.pop(0), self.product()
            if left[1] != right[1]:
                raise ValueError("adds what has different units")
            left = (left[0] + right[0] if op == "+" else left[0] - right[0], left[1])
        return left

    def product(self):
        left = self.factor()
        while self.next_is("×", "/"):
            sign = 1 if self.tokens.pop(0) == "×" else -1
            right = self.factor()
            left = (left[0] * right[0] ** sign,
                    tuple(a + sign * b for a, b in zip(left[1], right[1])))
        return left

    def factor(self):
        token = self.tokens.pop(0)
        if token == "(":
            inside = self.value()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise ValueError("a bracket is not closed")
            return inside
        if token == "π":
            return math.pi, (0, 0, 0, 0)
        size, powers = 1.0, (0, 0, 0, 0)
        if token[0].isdigit():
            size = float(token)
            token = self.tokens.pop(0) if self.tokens and self.tokens[0] in UNITS else None
        if token is not None:
            if token not in UNITS:
                raise ValueError(f"no unit {token!r}")
            size, powers = size * UNITS[token][0], UNITS[token][1]
        return size, powers


def side(text):
    reader = Sum(text)
    value = reader.value()
    if reader.tokens:
        raise ValueError(f"does not understand {' '.join(reader.tokens)}")
    return value


def sum_error(line):
    """None where the line is right, else what is wrong with it."""
    m = re.fullmatch(r"([^=<>]+)([=<>])([^=<>]+)", line)
    if not m:
        return "not one sum or comparison"
    try:
        (left, units), (right, other) = side(m[1]), side(m[3])
    except (ValueError, IndexError) as error:
        return str(error) or "ends too early"
    if units != other:
        return f"the units differ: {units} and {other}"
    if m[2] != "=":
        return None if (left < right) == (m[2] == "<") and left != right else f"{left} and {right}"
    printed = re.match(r"\s*\d+(?:\.(\d+))?", m[3])
    if not printed:
        return "the result is no number"
    step = 10.0 ** -len(printed[1] or "") * right / float(printed[0])
    return None if abs(left - right) <= 0.5001 * step else f"it is {left:.6g}, not {right:.6g}"
