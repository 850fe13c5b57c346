"""Numbers with check digits: whether one could have been given to somebody.

All take letters and digits alone, in capitals.
"""

from esclusa.scans.pii.words import IBAN_LENGTHS

_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CONTROL = "JABCDEFGHI"
_NIE = {"X": "0", "Y": "1", "Z": "2"}


def luhn(digits: str) -> bool:
    """The check of payment cards (ISO/IEC 7812-1, annex B)."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def card(digits: str) -> bool:
    """A payment card: the length and the beginning that its network gives, and the check."""
    n = len(digits)
    fits = (
        (digits[0] == "4" and n in (13, 16, 19))
        or (digits[:2] in ("34", "37") and n == 15)
        or ((51 <= int(digits[:2]) <= 55 or 2221 <= int(digits[:4]) <= 2720) and n == 16)
        or ((digits[:2] in ("36", "38", "39") or 300 <= int(digits[:3]) <= 305) and n == 14)
        or ((digits[:4] == "6011" or digits[:2] in ("65", "64", "62", "60", "81")) and 16 <= n <= 19)
        or (digits[:2] == "35" and n == 16)
        or (digits[:2] in ("50", "56", "57", "58", "67") and 13 <= n <= 19)
    )
    return fits and luhn(digits) and len(set(digits)) > 2


def iban(text: str) -> bool:
    """An account number: the country's length, and 1 modulo 97 (ISO 13616)."""
    if len(text) != IBAN_LENGTHS.get(text[:2]):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def dni(text: str) -> bool:
    """A Spanish identity number: up to eight digits and the letter that they come to modulo 23."""
    return text[:-1].isdigit() and 7 <= len(text) <= 9 and text[-1] == _LETTERS[int(text[:-1]) % 23]


def nie(text: str) -> bool:
    """A foreigner's identity number in Spain: X, Y or Z, seven digits and a letter."""
    return text[0] in _NIE and len(text) == 9 and dni(_NIE[text[0]] + text[1:])


def cif(text: str) -> bool:
    """A Spanish tax number of an organisation: a letter, seven digits and a check digit or letter."""
    if len(text) != 9 or text[0] not in "ABCDEFGHJNPQRSUVW" or not text[1:8].isdigit():
        return False
    odd = sum(sum(map(int, str(2 * int(digit)))) for digit in text[1:8:2])
    check = -(odd + sum(map(int, text[2:8:2]))) % 10
    letter, digit = _CONTROL[check], str(check)
    if text[0] in "PQRSNW":
        return text[8] == letter
    return text[8] == digit if text[0] in "ABEH" else text[8] in (letter, digit)


def nuss(digits: str) -> bool:
    """A Spanish social security number: a province (2 digits), 8 digits, and 2 that check them modulo 97."""
    if len(digits) != 12 or not (1 <= int(digits[:2]) <= 53 or digits[:2] == "66"):
        return False
    number = int(digits[2:10])
    whole = int(digits[:2]) * 10**7 + number if number < 10**7 else int(digits[:10])
    return whole % 97 == int(digits[10:])


def ssn(digits: str) -> bool:
    """A social security number of the United States, of an area, a group and a serial that are given out."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    given = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    return len(digits) == 9 and given and digits not in ("078051120", "219099999") and len(set(digits)) > 2


def nhs(digits: str) -> bool:
    """A number of the British health service: ten digits, weighted, modulo 11."""
    rest = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(digits) == 10 and rest == int(digits[9]) and len(set(digits)) > 2
