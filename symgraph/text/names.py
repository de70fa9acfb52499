"""Characters and names: what may stand in a text, what a plain name is, and how any other name is quoted.

Names are compared letter by letter after canonical composition (Unicode NFC). Letters with a compatibility
form (ligatures, full-width and mathematical alphabets) are refused rather than folded, so that two names that
look different are never one symbol, and letters of another alphabet that look like Latin ones are told apart.
"""

from __future__ import annotations

import re
import unicodedata

RESERVED = frozenset({"and", "or", "not", "pi", "inf", "nan"})
SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
AXIS_LETTERS = "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"  # they name the axes of an array and end its name
SIGN_LETTERS = "ᵀ·" + AXIS_LETTERS  # letters to Unicode, operators here

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

# Cc except tab and line ends, Cf, Zl, Zp, surrogates, private use, and letters and marks that show nothing
# (the Default_Ignorable_Code_Point property of the Unicode Character Database).
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)

# Letters drawn like a Latin letter in most typefaces (Unicode Technical Standard 39, confusables).
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABESIJKMHOPCTXYaeopcyxijshdqwABEZHIKMNOPTYXo",
)


def code_point(character: str) -> str:
    """Name a character that may be invisible.

    >>> code_point("\\u202e")
    'U+202E RIGHT-TO-LEFT OVERRIDE'
    """
    return f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}"


def continues_name(character: str) -> bool:
    """True for a character that may stand inside a plain name."""
    if character in SIGN_LETTERS:
        return False
    return character in SUBSCRIPTS or ("a" + character).isidentifier()


def starts_name(character: str) -> bool:
    """True for a character that may begin a plain name."""
    return character.isidentifier() and character not in SIGN_LETTERS


def compatibility_letter(name: str) -> tuple[int, str] | None:
    """Give the place of the first letter that has a plainer form, and that form; ``None`` if there is none.

    >>> compatibility_letter("x₁"), compatibility_letter("ﬁt")
    (None, (0, 'fi'))
    """
    for place, character in enumerate(name):
        if character.isascii() or character in SUBSCRIPTS:
            continue
        plain = unicodedata.normalize("NFKC", character)
        if plain != unicodedata.normalize("NFC", character):
            return place, plain
    return None


def skeleton(name: str) -> str:
    """Replace letters that look like Latin ones.

    >>> skeleton("а") == "a"
    True
    """
    return name.translate(LOOK_ALIKES)


def is_plain_name(name: str) -> bool:
    """True if the name can be written without backticks.

    >>> is_plain_name("x_1"), is_plain_name("Δx"), is_plain_name("pi"), is_plain_name("my name")
    (True, True, False, False)
    """
    if _PLAIN.match(name):
        return name not in RESERVED
    if not name or name.isascii() or not starts_name(name[0]) or not all(map(continues_name, name)):
        return False
    if FORBIDDEN.search(name) or unicodedata.normalize("NFC", name) != name:
        return False
    return compatibility_letter(name) is None and skeleton(name) == name


def quote_name(name: str) -> str:
    """Write any name so that the parser reads it back: plain where it can be, else between backticks.

    >>> quote_name("x"), quote_name("pi"), quote_name("a`b")
    ('x', '`pi`', '`a\\\\`b`')
    """
    if is_plain_name(name):
        return name
    return "`" + quoted_text(name, "`") + "`"


def quote_string(value: str) -> str:
    """Write a string literal.

    >>> quote_string("ij->ji")
    '"ij->ji"'
    """
    return '"' + quoted_text(value, '"') + '"'


def quoted_text(value: str, mark: str) -> str:
    """Escape what may not stand between two quotation marks: the mark, the backslash, and what cannot be seen."""
    value = value.replace("\\", "\\\\").replace(mark, "\\" + mark)
    return re.sub(r"[\t\r\n]|" + FORBIDDEN.pattern, lambda found: f"\\u{{{ord(found.group()):x}}}", value)


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|([\\`\"]))|\\")


def unquoted_text(value: str) -> str:
    """Read what stands between two quotation marks.

    Raises:
        ValueError: an escape is not one of ``\\\\``, ``\\```, ``\\"`` and ``\\u{hex}``.
    """
    return _ESCAPE.sub(_unescape, value) if "\\" in value else value


def _unescape(found: re.Match[str]) -> str:
    digits, character = found.groups()
    if character:
        return str(character)
    if not digits or int(digits, 16) > 0x10FFFF:
        raise ValueError("after a backslash write a backslash, the quotation mark, or u{hexadecimal digits}")
    return chr(int(digits, 16))
