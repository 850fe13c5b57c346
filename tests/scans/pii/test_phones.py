"""Telephone numbers: as people write and say them, and what only looks like one."""

import pytest

from esclusa.scans.pii.personal_data import entities


def phones(text: str) -> list[str]:
    return [text[start:end] for entity, start, end in entities(text) if entity.name == "phone"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("I'm on 07712 904 381 after six, before that I'm driving", "07712 904 381"),
        ("The plumber said to text 07458-113-902 with a photo", "07458-113-902"),
        ("You can get hold of Siobhan on 087 612 4478 most days", "087 612 4478"),
        ("tel: +44 (0)161 496 3382", "+44 (0)161 496 3382"),
        ("He dialled 00 44 7911 304482 from the hotel", "00 44 7911 304482"),
        ("Phone: (512) 774-2209 ext. 14", "(512) 774-2209"),
        ("it's 7742209x14? no, 512-774-2209x14", "512-774-2209"),
        ("the concierge's cell: (786)3349021", "(786)3349021"),
        ("In Boston use 617/343-1158", "617/343-1158"),
        ("Telephone no. 01752/338207", "01752/338207"),
        ("Number to ring: 0 1 4 8 2 3 3 9 2 0 1", "0 1 4 8 2 3 3 9 2 0 1"),
        ("msisdn: 447911304482", "447911304482"),
        ("WhatsApp: wa.me/447007064667", "447007064667"),
        ("Melbourne clinic (03) 9417 2288", "(03) 9417 2288"),
        ("Give Ray a bell on 07700 900 461", "07700 900 461"),
        ("phone 734-2291 (local), open till five", "734-2291"),
        ("bizum al 655204118, son 12 euros", "655204118"),
        ("mi móvil: 65520 41 18", "65520 41 18"),
        ("el tlf de la gestoría: 964/22 71 08", "964/22 71 08"),
        ("Escríbeme al +34 643·90·22·17", "+34 643·90·22·17"),
        ("el teléfono de mi abuela es 948\u00a022\u00a010\u00a044", "948\u00a022\u00a010\u00a044"),
        ("Reserva a nombre de Ochoa, 4 personas, 607332190", "607332190"),
        ("quiero portar el 688104297 a vuestra compañía", "688104297"),
        ("Cel. 55 4382 9017 (CDMX)", "55 4382 9017"),
        ("En el contrato pone 918 098 414 como teléfono de día", "918 098 414"),
        ("Gracias\nDavid 649756186", "649756186"),
        ("my neighbour at 12 (07199 690193) takes parcels", "07199 690193"),
        ("la tarjeta del niño dice «Yaya 951 57 01 39»", "951 57 01 39"),
    ],
)
def test_a_number_is_seen_as_people_write_it(text: str, number: str) -> None:
    assert phones(text) == [number]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ('{"contact": {"mobile": "07922118043", "id": "07922118044"}}', ["07922118043"]),
        ("name,email,cell_phone\nDana,,3038612295", ["3038612295"]),
        (
            "first,home_phone,work_phone\nAl,505-668-1827,407-583-3047",
            ["505-668-1827", "407-583-3047"],
        ),
        ("| Name | Mobile | Since |\n|---|---|---|\n| Priya | 98203 44178 | 2019 |", ["98203 44178"]),
        ("<contacto><movil>690118247</movil><ref>690118248</ref></contacto>", ["690118247"]),
        ("Agent: the best number for you?\nCaller: 07802664219", ["07802664219"]),
        ("¿A qué número llamamos?\n934182207", ["934182207"]),
        ("Tels. 96 422 71 08 y 643 902 217", ["96 422 71 08", "643 902 217"]),
        ("Teléfonos: 964227108 - 643902217", ["964227108", "643902217"]),
    ],
)
def test_forms_tables_and_questions_tell_numbers(text: str, numbers: list[str]) -> None:
    assert phones(text) == numbers


@pytest.mark.parametrize(
    "said",
    [
        "five one two, eight eight three, four four seven one",
        "zero seven nine double one, three oh four, four eight two",
        "seis ocho ocho, diez, cuarenta y dos, noventa y siete",
        "seiscientos siete, treinta y tres, veintiuno, noventa",
        "seis cinco cuatro, veintidós, treinta y uno, cero ocho",
    ],
)
def test_a_number_that_is_said_is_one_beside_a_word_for_it_only(said: str) -> None:
    assert phones(f"my number is {said}") == phones(f"móvil: {said}") == [said]
    assert phones(f"chapters {said}") == []


@pytest.mark.parametrize(
    "text",
    [
        "Order number 4482910337 shipped on Tuesday",
        "call me when order 448-291-0337 arrives",
        "part 448-291-0337 is out of stock",
        "Phone us, quoting 4482910337",
        "please phone with your policy number, 4918345419, at hand",
        "catalogue no. 319-548-3379",
        "confirmation: 448-291-0337",
        "My phone is broken, the order is 4482910337",
        "contact form submission 7017535201",
        "phones opened on 02/07/2025, closed on 2026-01-02",
        "llamadme por el pedido 688 104 297",
        "llame con el número de póliza, 655204118, a mano",
        "número de seguimiento 655204118",
        "el ticket 666481073 repite el 665347258",
        "la compilación interna 661798988 falla al llamar",
        "formulario de contacto 639821458",
        "contacto con el cliente: expediente 688104297",
        "cuesta 688.104.297 pesos",
        "teléfono roto, IMEI 356938035643809",
        "phone: 123456789, tel. 0000000000",
        "call me 01/11/2026 10 am, llámame el 02/11/2026 10",
        "tel. 3.14159265358",
        "0.448291033 and 40.416775, -3.703790",
        "https://shop.co/p/655204118 and IMG_655204118.jpg",
        "pedidos 655 204 118, 655 204 119 y 655 204 120",
        "name,order,total\nDana,303-861-2295,12",
    ],
)
def test_a_number_of_something_else_is_none(text: str) -> None:
    assert phones(text) == []


def test_the_nearest_label_decides() -> None:
    assert phones("móvil del pedido 655204118") == []
    assert phones("pedido 4482, móvil 655204118") == ["655204118"]


def test_what_a_number_stands_beside_is_no_part_of_it() -> None:
    assert phones("from 2 ring 2 512 774 2209") == ["512 774 2209"]
    assert phones("ring 10/05/2024 512 774 2209") == ["512 774 2209"]
