"""What looks like personal data and is none, for the part `fresh`: of goods, machines and meetings."""

from collections.abc import Callable, Mapping

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts.entities import month

Maker = Callable[[Stream], str]

_TEN = "0123456789"
_AIRLINES = ("EI", "QF", "AV", "LA", "AM", "AR", "IB", "BA", "AI", "UX", "DL")
_MIXED = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def _words(*lines: str) -> Maker:
    words = [word.replace("_", " ") for line in lines for word in line.split()]
    return lambda s: s.pick(words)


def _day(language: str, first: int, last: int) -> Maker:
    """A day of some years, in figures or in words, which only its sentence tells from a birth."""

    def make(s: Stream) -> str:
        day, number, year = s.between(1, 28), s.between(1, 12), s.between(first, last)
        name = month(language, number)
        words = (
            f"{day} de {name} de {year}"
            if language == "es"
            else s.pick((f"{day} {name} {year}", f"{name} {day}, {year}"))
        )
        return s.pick(
            (
                words,
                words,
                f"{day:02}/{number:02}/{year}",
                f"{day}.{number}.{year}",
                f"{year}-{number:02}-{day:02}",
            )
        )

    return make


def _prose_day(language: str, first: int, last: int) -> Maker:
    def make(s: Stream) -> str:
        day, name, year = s.between(1, 28), month(language, s.between(1, 12)), s.between(first, last)
        return (
            f"{day} de {name} de {year}"
            if language == "es"
            else s.pick((f"{day} {name} {year}", f"{name} {day}, {year}"))
        )

    return make


def _moment(s: Stream) -> str:
    day = f"{s.between(2025, 2026)}-{s.between(1, 12):02}-{s.between(1, 28):02}"
    clock = f"{s.between(0, 23):02}:{s.between(0, 59):02}:{s.between(0, 59):02}"
    return s.pick(
        (f"{day}T{clock}Z", f"{day} {clock}", f"{day}T{clock}.{s.text(_TEN, 3)}Z", f"{day}T{clock}+02:00")
    )


def _degrees(s: Stream, most: int) -> str:
    return f"{s.pick(('', '-'))}{s.between(3, most)}.{s.text(_TEN, 5)}"


_SHARED: Mapping[str, Maker] = {
    "so": lambda s: s.pick((f"SO-{s.digits(5)}", f"ORD{s.digits(7)}", f"#{s.digits(5)}", f"W-{s.digits(6)}")),
    "bill": lambda s: s.pick(
        (
            f"INV-{s.digits(4)}",
            f"FAC-{s.between(2024, 2026)}-{s.text(_TEN, 4)}",
            f"{s.between(24, 26)}/{s.digits(5)}",
        )
    ),
    "parcel": lambda s: s.pick(
        (
            f"LX{s.digits(9)}DE",
            f"TRK-{s.text(_MIXED, 4)}-{s.text(_MIXED, 4)}-{s.text(_MIXED, 4)}",
            f"PKG/{s.digits(5)}/{s.text(_MIXED, 3)}",
        )
    ),
    "licence": lambda s: "-".join(s.text(_MIXED, 5) for _ in range(5)),
    "spare": lambda s: s.pick(
        (
            f"{s.text('BCFGHKLMNPRSTVWX', 2)}-{s.digits(4)}-{s.digits(2)}",
            f"{s.digits(2)}.{s.digits(3)}.{s.text('ABCDEF', 2)}",
            f"{s.text('BCFGHK', 3)}/{s.digits(3)}/{s.pick('ABC')}",
        )
    ),
    "air": lambda s: s.pick(_AIRLINES) + s.pick((" ", "")) + str(s.between(100, 2999)),
    "release": lambda s: f"{s.between(0, 9)}.{s.between(0, 40)}.{s.between(0, 12)}",
    "moment": _moment,
    "commit": lambda s: s.hexadecimal(40),
    "digest": lambda s: f"sha256:{s.hexadecimal(64)}",
    "geo": lambda s: f"{_degrees(s, 54)}, {_degrees(s, 99)}",
    "goals": lambda s: f"{s.between(0, 5)}-{s.between(0, 4)}",
    "points": lambda s: f"{s.between(61, 128)}-{s.between(60, 128)}",
    "kwh": lambda s: f"{s.between(10_000, 98_000)}",
    "m3": lambda s: f"{s.text(_TEN, 5)}.{s.text(_TEN, 3)}",
    "unit": lambda s: f"{s.pick('ABCDEF')}{s.between(1, 6)}.{s.between(1, 48):02}",
    "few": lambda s: str(s.between(2, 19)),
    "some": lambda s: str(s.between(20, 980)),
    "ends": lambda s: f"{s.between(1, 12):02}/{s.between(27, 33)}",
    "pnr": lambda s: s.pick("QWXZ") + s.text("ABCDEFGHJKLMNPRSTUVWXYZ", 5),
    "hour": lambda s: f"{s.between(7, 20)}:{s.pick(('00', '10', '15', '20', '30', '40', '45'))}",
    "euros": lambda s: f"{s.between(4, 2400)},{s.text(_TEN, 2)} €",
    "serial": lambda s: f"SN{s.text(_MIXED, 4)}{s.pick('KLMX')}{s.text(_MIXED, 6)}",
    "fault": lambda s: s.pick((f"E-{s.digits(3)}", f"ERR_{s.digits(4)}", f"0x8{s.hexadecimal(7).upper()}")),
    "folio": lambda s: f"{s.between(2024, 2026)}/{s.text(_TEN, 5)}-{s.pick('ABCX')}",
    "book": lambda s: s.pick(
        (
            f"978-0-{s.digits(4)}-{s.digits(4)}-{s.pick(_TEN)}",
            f"978-84-{s.digits(4)}-{s.digits(3)}-{s.pick(_TEN)}",
        )
    ),
}
_ENGLISH: Mapping[str, Maker] = {
    **_SHARED,
    "motorway": lambda s: s.pick(
        (f"M{s.between(1, 74)}", f"A{s.between(3, 696)}", f"N{s.between(2, 87)}", f"I-{s.between(5, 95)}")
    ),
    "dollars": lambda s: f"${s.between(4, 2400)}.{s.text(_TEN, 2)}",
    "pounds": lambda s: f"£{s.between(4, 2400)}.{s.text(_TEN, 2)}",
    "fee_gbp": lambda s: f"£{s.between(1, 48)}.{s.text(_TEN, 2)}",
    "fee_usd": lambda s: f"${s.between(1, 48)}.{s.text(_TEN, 2)}",
    "soon": _day("en", 2025, 2027),
    "founded": _prose_day("en", 1870, 1998),
    "opened": _day("en", 1905, 1999),
    "vehicle": _words(
        "Corolla Focus Fiesta Astra Swift_Dzire Hilux F-150 Model_Y Qashqai Yaris",
        "Outback Ranger i20 Tiguan Civic Camry",
        "Transit Polo Creta Peugeot_3008 BMW_118i Mazda_3 Golf CR-V Defender Kia_Sportage",
    ),
    "tint": _words("silver white black grey red blue green gold maroon navy orange"),
    "place": _words(
        "Galway Pune Leeds Geelong Tucson Bristol Kochi Cork Durham Ballarat",
        "Swansea Fresno Nagpur Sligo Hobart Derby",
        "Mysore Stockport Waterford Cairns",
    ),
    "outfit": _words(
        "Kestrel_Hire Bluegum_Travel Thornbury_Dental Oakline",
        "Castlegate_Surgery Meridian_Freight Larkspur_School",
        "Penfold_Motors Sunward_Airways Tidewater_Insurance Harbourline_Ferries",
        "Cobalt_Systems Fernhill_Council",
    ),
    "item": _words(
        "cordless_drill baby_monitor running_shoes coffee_machine lawnmower bookcase",
        "desk_lamp hiking_boots yoga_mat",
        "projector cot slow_cooker e-reader suitcase microwave speaker",
    ),
}
_SPANISH: Mapping[str, Maker] = {
    **_SHARED,
    "level": lambda s: f"-{s.between(1, 4)} {s.pick('ABCDEF')}{s.between(1, 90)}",
    "highway": lambda s: s.pick(
        (f"A-{s.between(1, 92)}", f"N-{s.between(110, 640)}", f"AP-{s.between(1, 68)}")
    ),
    "pesos": lambda s: f"${s.between(3, 980)}.{s.text(_TEN, 3)}",
    "fee_eur": lambda s: f"{s.between(1, 48)},{s.text(_TEN, 2)} €",
    "soon": _day("es", 2025, 2027),
    "founded": _prose_day("es", 1870, 1998),
    "opened": _day("es", 1905, 1999),
    "vehicle": _words(
        "Corolla Clio Ibiza Hilux Onix Duster Versa Gol_Trend Spark_GT Berlingo",
        "Kangoo Tucson Picanto March León Aveo",
        "Amarok Fiat_Cronos Suzuki_Swift Mazda_2 Yaris Sandero Qashqai Peugeot_208",
    ),
    "tint": _words("gris blanco negro rojo azul plateado verde dorado"),
    "place": _words(
        "Rosario Medellín Guadalajara Salamanca Arequipa Valparaíso Puebla Mendoza",
        "Cali Huesca Trujillo Temuco León",
        "Bucaramanga Albacete Cusco Mérida Concepción Gandía Salta",
    ),
    "outfit": _words(
        "Rentauto_Cóndor Viajes_Ceibo Clínica_Las_Acacias Transportes_Quetzal",
        "Seguros_Atalaya Colegio_Río_Claro",
        "Aerolíneas_Faro Hotel_Los_Tilos Ferretería_Progreso Laboratorio_Sur",
        "Autopistas_del_Valle Grupo_Nopal",
    ),
    "item": _words(
        "taladro cuna parrilla cafetera_exprés cortacésped librero",
        "proyector microondas zapatillas_de_correr maleta",
        "bocina licuadora ventilador heladera calefactor silla_gamer",
    ),
}
FRESH_FILLERS: Mapping[str, Mapping[str, Maker]] = {"en": _ENGLISH, "es": _SPANISH}
"""By language and slot."""
