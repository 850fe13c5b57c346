"""Checksums of numbers that name a person or an account, from the rules of those who issue them."""

DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def luhn(body: str) -> str:
    """The digit that completes a number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def iban_check(country: str, account: str) -> str:
    """Two digits (ISO 13616, ISO 7064 mod 97-10)."""
    number = "".join(str(int(sign, 36)) for sign in f"{account}{country}00")
    return f"{98 - int(number) % 97:02}"


def ccc_check(bank: str, account: str) -> str:
    """The two control digits of a Spanish account: of bank and branch, and of the account."""

    def digit(ten: str) -> str:
        total = sum(int(d) * weight for d, weight in zip(ten, (1, 2, 4, 8, 5, 10, 9, 7, 3, 6), strict=True))
        left = 11 - total % 11
        return str({10: 1, 11: 0}.get(left, left))

    return digit(f"00{bank}") + digit(account)


def rib_key(bank: str, branch: str, account: str) -> str:
    """The key of a French account in digits."""
    return f"{97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97:02}"


def dni_letter(number: int) -> str:
    """The letter of a Spanish identity number; of a NIE with X, Y, Z read as 0, 1, 2."""
    return DNI_LETTERS[number % 23]


def cif_control(kind: str, digits: str) -> str:
    """The control sign of a Spanish company: a letter for public bodies, else a digit."""
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in digits[::2])
    control = -(doubled + sum(map(int, digits[1::2]))) % 10
    return "JABCDEFGHI"[control] if kind in "PQRSNW" else str(control)


def nuss_control(province: str, number: str) -> str:
    """Two digits of a Spanish social security number."""
    whole = int(province) * 10_000_000 + int(number) if int(number) < 10_000_000 else int(province + number)
    return f"{whole % 97:02}"
