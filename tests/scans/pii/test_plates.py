"""Plates of vehicles: by country and by what is near, and what has their form."""

import pytest

from esclusa.scans.pii.personal_data import entities


def plates(text: str) -> list[str]:
    return [text[start:end] for entity, start, end in entities(text) if entity.name == "plate"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my car BD51SMR was towed", "BD51SMR"),
        ("white transit reg no dk19 uhb", "dk19 uhb"),
        ("number plate M347 GHT, an old Rover", "M347 GHT"),
        ("The van is P 482 KLM", "P 482 KLM"),
        ("classic Mini, registration GKL 482D", "GKL 482D"),
        ("private plate J4 MES", "J4 MES"),
        ("plate no. OIZ 4821 (Northern Ireland)", "OIZ 4821"),
        ("Irish reg 161-D-23345", "161-D-23345"),
        ("my license plate is 7ABC123, california", "7ABC123"),
        ("NY tag HKL-4821", "HKL-4821"),
        ("Ohio HQR 4821 black pickup, tailgating", "HQR 4821"),
        ("rego 1AB-2CD, Melbourne", "1AB-2CD"),
        ("a German lorry with plates B-MW 1234", "B-MW 1234"),
        ("hire car is Italian, FG 482 KL", "FG 482 KL"),
        ("French car AB-123-CD in space 12", "AB-123-CD"),
        ("Dutch van 12-BXK-3 on the pavement", "12-BXK-3"),
        ("Belgian plate 1-KLM-482", "1-KLM-482"),
        ("Polish truck, plate WA 4821K", "WA 4821K"),
        ("vrm: HG08 PUA", "HG08 PUA"),
        ('{"name": "Ann", "plate": "LK19 XYF"}', "LK19 XYF"),
        ("Name: Ben\nPlate: HKL 4821", "HKL 4821"),
        ("coche en el parking de la universidad, 1234 BCD", "1234 BCD"),
        ("VRM=s912bcd", "s912bcd"),
        ('"licensePlate":"OU68GWN"', "OU68GWN"),
        ("Vehicle registration mark\nNL57 JTO", "NL57 JTO"),
        ("lane=1 vrn=BX16FGH conf=0.98", "BX16FGH"),
        ("mi moto es la 0482 mnb", "0482 mnb"),
        ("un Seat 600 con matrícula M-482113", "M-482113"),
        ("matricula M 4821 KB", "M 4821 KB"),
        ("ciclomotor C-4821-BDF mal aparcado", "C-4821-BDF"),
        ("remolque R-4821-BBC", "R-4821-BBC"),
        ("coche diplomático CD-48-213", "CD-48-213"),
        ("coche patrulla DGP-1187-N", "DGP-1187-N"),
        ("matrícula francesa AB-123-CD", "AB-123-CD"),
        ("rego: 482 XKJ, QLD", "482 XKJ"),
        ("Indian van, reg no ka 05 mj 4521", "ka 05 mj 4521"),
        ("Patente chilena BBCL12", "BBCL12"),
        ("placas XYZ-98-76, Jetta rojo", "XYZ-98-76"),
        ("Versa blanco NTR-882-B", "NTR-882-B"),
        ("dominio AE 221 PO del vehículo", "AE 221 PO"),
        ("placa de rodaje F5K-882", "F5K-882"),
        ("comparendo al vehículo de placas DEF456", "DEF456"),
        ("Peaje: vehículo KLRT55 sin saldo", "KLRT55"),
        ("suspect in a red Mustang HJK 2210 TX", "HJK 2210"),
        ("camioneta GHKL.22 robada", "GHKL.22"),
        ("Ola cab DL 1Z C 4432", "DL 1Z C 4432"),
        ("fotomulta al KLM221", "KLM221"),
        ("who clipped a black 161L8435 outside?", "161L8435"),
        ("What is the plate number, sir?\nCaller: ZCY 7229, it's green", "ZCY 7229"),
        ("reg no kfz 4417", "kfz 4417"),
        ("car is 309-vhh", "309-vhh"),
        ("vendo seat ibiza na 5527 vt", "na 5527 vt"),
        ("El abuelo conserva el 600 con su placa, T-172.607", "T-172.607"),
        ("<td>Placa</td><td>ABC-123</td>", "ABC-123"),
        ("anpr lane=1 read=222dl9708 conf=0.91", "222dl9708"),
        ("INFO gate: unknown vehicle HH RT 6130, operator called", "HH RT 6130"),
        ("Defendant left in XKZ7029, says the dashcam", "XKZ7029"),
        ("I typed YJ20 TUX in the parking machine", "YJ20 TUX"),
        ('{"question": "What plate has the Ford?", "answer": "xym l53"}', "xym l53"),
    ],
)
def test_a_plate_beside_a_word_is_told_in_the_forms_of_many_countries(text: str, value: str) -> None:
    assert plates(text) == [value]


@pytest.mark.parametrize("text", ["please move DG71 ZXC", "que lo mueva el 1604 HNY"])
def test_two_forms_are_told_by_themselves_in_capitals_alone(text: str) -> None:
    assert len(plates(text)) == 1
    assert plates(text.lower()) == []


@pytest.mark.parametrize(
    "text", ["Cab MH 12 AB 1234 at 9", "would 222-DL-3559 please move", "autorizado MA-2231-CX hasta mayo"]
)
def test_some_forms_are_told_by_themselves(text: str) -> None:
    assert len(plates(text)) == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("I changed my plate from KLM 4589 to PQR 1120", ["KLM 4589", "PQR 1120"]),
        ("no renuevan: 5833fkm, 6145CTM, 8873 gkm", ["5833fkm", "6145CTM", "8873 gkm"]),
        ("reg YJ20 TUX instead of ax05 kst", ["YJ20 TUX", "ax05 kst"]),
    ],
)
def test_what_stands_beside_a_plate_in_a_list_is_one(text: str, values: list[str]) -> None:
    assert plates(text) == values


def test_a_column_of_vehicles_holds_plates_where_they_have_a_form_of_their_own() -> None:
    assert plates("patente,modelo\nAE 221 KL,Gol\nLKJ 554,Palio\n") == ["AE 221 KL", "LKJ 554"]
    assert plates("vehiculo;conductor\n1122bbc;Luis\n1123BBD;Ana\nAudi A4;Eva\n") == ["1122bbc", "1123BBD"]


def test_the_column_whose_head_says_so_holds_plates() -> None:
    text = "permit,plate,until\n" + "".join(f"{n},XK {n}21 Z,2026-12-31\n" for n in range(10, 30))
    assert plates(text) == [f"XK {n}21 Z" for n in range(10, 30)]


@pytest.mark.parametrize(
    "text",
    [
        "ship to SW1A 1AA, the car park at SE10 9RT",
        "flight BA 1234, our car is parked",
        "my car is a BMW 320d, a Mazda CX-5, an Audi A4 TDI",
        "the truck weighs 1200 KGS and runs at 3000 RPM",
        "OBD code P0301 on my car, error P0420 on the van",
        "order no AB-123-CD for the car",
        "the car seat is model KSB-123",
        "take the A38 then the M5 in the van",
        "our license was renewed on 12 May 2023",
        "Company reg no. SC 482113",
        "git tag ABC-1234, asset tag IT-00412",
        "The name plate on the machine says 3284 BFD",
        "placa base Z790, placa Arduino UNO R3",
        "matrícula de 2º curso, grupo 2B",
        "I registered for ENG 2210 but it's full",
        "Does my licence cover a 3500 kg van?",
        "ISO 9001, UNE 1234, the GTX 1080, KB4012",
        "el 1200 PVC de la obra y el plan 2030 CSR",
        "room 1204 TWN, table 12 ABC",
        "a plate to cover the XPS 9310",
        "we ship ZB12 CDE and AB45 CDE today",
    ],
)
def test_what_has_the_form_of_a_plate_and_is_something_else_is_none(text: str) -> None:
    assert plates(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Patient registration number HX-22104",
        "Software license no. LX-2210-PRO, 5 seats",
        "Luggage tag LHR 2210, black case",
        "Tag A4-221 on the pallet was unreadable, printed a new one.",
        "Chassis number on the trailer: SBK12345, check the frame.",
        "Car battery type 096, 70AH, 680 CCA",
        "Event registration ID 77-AKD-2, bring the QR code.",
        "PR #4412 merged: fix car search, closes CAR-118",
        "Buque matrícula GI-4-2210, puerto de Avilés",
        "Sobre de matrícula SM-4412",
        "Precio de la matrícula: 220 EUR, código M22-04",
        "Placas fotovoltaicas 540W, inversor SUN2000",
        "Coche: Audi A4 B9 2.0 TDI 190",
        "AB12 XYZ is only an example, not real",
        "Toyota GR86 and CH-R",
        "Ford F150 XLT",
        "badge B-1234-X",
        "the driver passes its checks, see gh-22450",
        "under the same license, 2005 Pyx Engineering",
        "coche de 150 CV",
        "truck axle 10T GVW 26T",
        "96-well plate A12 B4",
        "dinner plate set DPS 221",
        "reserva de coche ABC1234",
        "camión cisterna, ONU 1203",
        "dominio ABC123.com",
        "patente US 1234567 B2",
        "patente EP1234567B1",
        "car insurance quote QTE 4521",
        "charger ABB-1234 offline, 3 cars waiting",
        "Peugeot 208 GTL",
        "carretera CM-4001, coche en la cuneta",
        "the truck carried 200 BOX of tiles",
        "matrícula de honor MH 2023",
        "UPDATE abonados SET matricula='x' WHERE abono='T-970184'",
    ],
)
def test_what_has_a_registration_a_tag_or_a_unit_and_is_no_vehicle_has_no_plate(text: str) -> None:
    assert plates(text) == []
