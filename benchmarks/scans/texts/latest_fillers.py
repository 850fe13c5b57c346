"""What looks like personal data and is none, for the part `latest`: numbers of things, not of people."""

from collections.abc import Callable, Mapping

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts import numbers

Maker = Callable[[Stream], str]

_AREAS = "LS BS M B NE CF EH G SW SE N W BN OX CB YO BT NR"
_MAKERS = ("WVW", "VF1", "VSS", "SAL", "WBA")


def _words(*lines: str) -> Maker:
    words = [word.replace("_", " ") for line in lines for word in line.split()]
    return lambda s: s.pick(words)


def _bad_nie(s: Stream) -> str:
    first, digits = s.pick("XYZ"), s.text("0123456789", 7)
    right = numbers.dni_letter(int(str("XYZ".index(first)) + digits))
    return f"{first}{digits}{s.pick(numbers.DNI_LETTERS.replace(right, ''))}"


def _not_luhn(body: str, s: Stream) -> str:
    """A long number of something that no card could have."""
    return body + s.pick("0123456789".replace(numbers.luhn(body), ""))


def _tracking(s: Stream) -> str:
    forms = (
        *(
            f"1Z{s.text('0123456789ABCEFWX', 6)}{s.digits(10)}",
            f"{s.pick('RLC')}{s.pick('RXPZ')}{s.digits(9)}GB",
        ),
        *(
            f"JD{_not_luhn('00' + s.digits(15), s)}",
            _not_luhn(s.digits(13), s),
            f"H{s.digits(4)}A{s.digits(11)}",
        ),
    )
    return s.pick(forms)


def _postcode(s: Stream) -> str:
    area = s.pick(_AREAS.split())
    return f"{area}{s.between(1, 19)} {s.between(1, 9)}{s.text('ABDEFGHJLNPQRSTUWXYZ', 2)}"


def _stamp(s: Stream) -> str:
    day = f"2026-{s.between(1, 12):02}-{s.between(1, 28):02}"
    clock = f"{s.between(0, 23):02}:{s.between(0, 59):02}:{s.between(0, 59):02}"
    return s.pick((f"{day}T{clock}Z", f"{day} {clock}", f"{day} {clock},{s.text('0123456789', 3)}"))


def _part_number(s: Stream) -> str:
    forms = (
        *(
            f"{s.between(1, 8)}K0 {s.digits(3)} {s.digits(3)} {s.pick('ABCD')}",
            f"{s.digits(5)}-{s.text('0BDKY', 3)}{s.digits(2)}",
        ),
        *(
            f"{s.digits(2)} {s.digits(2)} {s.between(1, 9)} {s.digits(3)} {s.digits(3)}",
            f"{s.text('BFGHM', 2)}-{s.digits(4)}-{s.pick('XLR')}",
        ),
    )
    return s.pick(forms)


_SHARED: Mapping[str, Maker] = {
    "bad_nie": _bad_nie,
    "tracking": _tracking,
    "stamp": _stamp,
    "part_number": _part_number,
    "card_end": lambda s: s.text("0123456789", 4),
    "expiry": lambda s: f"{s.between(1, 12):02}/{s.between(26, 31)}",
    "seat": lambda s: f"{s.between(1, 38)}{s.pick('ABCDEF')}",
    "gate": lambda s: f"{s.pick('ABCDHJ')}{s.between(1, 58)}",
    "room": lambda s: s.pick(
        (str(s.between(101, 940)), f"{s.pick('ABCE')}{s.between(1, 4)}.{s.between(1, 40):02}")
    ),
    "locator": lambda s: s.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 6),
    "invoice": lambda s: s.pick(
        (f"2026/{s.between(1, 9999):04}", f"F26-{s.digits(5)}", f"INV-{s.digits(6)}", f"A-{s.digits(4)}/26")
    ),
    "case": lambda s: s.pick(
        (f"{s.digits(4)}/2026", f"EXP-{s.digits(7)}", f"CL{s.digits(8)}", f"26-{s.digits(6)}")
    ),
    "nine": lambda s: s.pick("679") + s.text("0123456789", 8),
    "ten": lambda s: s.digits(10),
    "eleven": lambda s: "0" + s.digits(10),
    "eight": lambda s: s.digits(8),
    "imei": lambda s: _not_luhn(f"35{s.digits(12)}", s),
    "chassis": lambda s: s.pick(_MAKERS) + s.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", 8) + s.digits(6),
    "sha": lambda s: s.hexadecimal(s.pick((7, 8, 40))),
    "sha256": lambda s: s.hexadecimal(64),
    "mac": lambda s: ":".join(s.hexadecimal(2) for _ in range(6)),
    "error": lambda s: s.pick(
        (
            f"E{s.digits(4)}",
            f"0x{s.hexadecimal(8)}",
            f"ERR-{s.digits(3)}",
            f"P0{s.digits(3)}",
            f"SQLSTATE {s.digits(5)}",
        )
    ),
    "semver": lambda s: s.pick(("v", "")) + f"{s.between(0, 24)}.{s.between(0, 40)}.{s.between(0, 30)}",
    "ms": lambda s: str(s.between(3, 29_999)),
    "percentage": lambda s: str(s.between(1, 99)),
    "big": lambda s: str(s.between(1000, 9_999_999)),
    "kilometres": lambda s: f"{s.between(4, 280)}.{s.text('0123456789', 3)}",
    "day_2026": lambda s: f"{s.between(1, 28):02}/{s.between(1, 12):02}/2026",
    "iso_2026": lambda s: f"2026-{s.between(1, 12):02}-{s.between(1, 28):02}",
    "car": _words(
        "Golf_GTI BMW_320d Audi_A4 Peugeot_208 Ford_Focus_ST Seat_León Toyota_C-HR Kia_EV6 Tesla_Model_3",
        "Mazda_CX-5 Volvo_XC60 Fiat_500 Renault_5 Mercedes_C220 Hyundai_i30 Dacia_Sandero Skoda_Octavia_RS",
    ),
    "latitude": lambda s: f"{s.between(36, 57)}.{s.text('0123456789', 6)}",
    "longitude": lambda s: f"-{s.between(0, 8)}.{s.text('0123456789', 6)}",
    "call": lambda s: f"call_{s.text('abcdefghijkmnpqrstuvwxyzABCDEFGHJKLM0123456789', 16)}",
}
_ENGLISH: Mapping[str, Maker] = {
    **_SHARED,
    "postcode": _postcode,
    "zip": lambda s: s.pick((s.digits(5), f"{s.digits(5)}-{s.text('0123456789', 4)}")),
    "town": _words(
        "Sheffield Cork York Swindon Galway Hull Boise Tulsa Newport Dundee Limerick Plymouth Omaha Toledo",
        "Reading Bath Luton Preston Perth Newcastle",
    ),
    "firm": _words(
        "Peakline Harrow_&_Finch Quayside_Motors Silverbirch_Energy Blue_Heron_Travel Corvane",
        "Mossgate_Housing Tallow_&_Co Ridgeway_Insurance Applegarth_School Fennimore_Parking Brightloop",
    ),
    "thing": _words(
        "dishwasher headphones pram laptop toaster blender heat_pump smart_watch wardrobe trainers air_fryer",
        "robot_vacuum monitor duvet ladder freezer drill scooter",
    ),
}
_SPANISH: Mapping[str, Maker] = {
    **_SHARED,
    "cp": lambda s: f"{s.between(1, 52):02}{s.text('0123456789', 3)}",
    "town": _words(
        "Getafe Cádiz Alicante Oviedo Granada Logroño Huelva Pamplona Santander Badajoz Tarragona Almería",
        "Elche Cuenca Soria Terrassa Móstoles Jaén",
    ),
    "firm": _words(
        "Autos_Ribera Seguros_Levantia Colegio_Los_Fresnos Gestoría_Montalbán Envíos_Rayo Energía_Clara",
        "Clínica_Arenal Parking_Plaza Inmobiliaria_Cierzo Talleres_Duero Viajes_Alondra Bufete_Almadén",
    ),
    "thing": _words(
        "lavavajillas auriculares carrito_de_bebé portátil tostadora patinete congelador monitor colchón",
        "reloj robot_aspirador termo taladro freidora_de_aire zapatillas mesa",
    ),
}
LATEST_FILLERS: Mapping[str, Mapping[str, Maker]] = {"en": _ENGLISH, "es": _SPANISH}
"""By language and slot."""
