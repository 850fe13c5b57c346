"""Names of people and their e-mail addresses; those of one half never stand in the other."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.scans.stream import Stream


@dataclass(frozen=True)
class People:
    """First names and surnames of a language in one half."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    domains: tuple[str, ...]
    spanish: bool

    def name(self, s: Stream) -> str:
        """As people sign: a first name and a surname, in Spanish often two."""
        last = s.pick(self.last)
        if self.spanish and s.below(3) == 0:
            last = f"{last} {s.pick(self.last)}"
        return f"{s.pick(self.first)} {last}"

    def email(self, s: Stream) -> str:
        """An address made of a name."""
        first, last = _plain(s.pick(self.first)), _plain(s.pick(self.last))
        forms = (f"{first}.{last}", f"{first}{s.between(1, 99)}", f"{first[0]}{last}", f"{first}_{last}")
        local = s.pick((*forms, f"{last}.{first}+{s.pick(('shop', 'web', 'bot'))}"))
        return s.pick((local, local, local.title())) + "@" + s.pick(self.domains)

    def hidden_email(self, s: Stream) -> str:
        """As people write one for people, not for machines."""
        local, domain = self.email(s).lower().split("@")
        if self.spanish:
            at, dot = s.pick(
                ((" arroba ", " punto "), ("(arroba)", "."), (" [at] ", "."), (" (at) ", " (punto) "))
            )
        else:
            at, dot = s.pick(((" at ", " dot "), (" [at] ", " [dot] "), ("(at)", "."), (" (at) ", " (dot) ")))
        return local.replace("+", ".") + at + domain.replace(".", dot)


def _plain(name: str) -> str:
    kept = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in kept if letter.isalpha())


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for line in lines for word in line.split())


PEOPLE: Mapping[tuple[str, str], People] = {
    ("en", "development"): People(
        _words(
            "Alice Brian Catherine Derek Emma Frank Gillian Harry Imogen Jack Kelly Leonard Megan Nathan",
            "Olivia Peter Rachel Simon Tara Victor Wendy Zachary Aisha Rajesh Mei Kwame",
        ),
        _words(
            "Anderson Baker Clarke Dawson Ellis Foster Graham Hughes Jenkins Kaur Lambert Morrison Nolan",
            "O'Brien Patel Quinn Robertson Shaw Thornton Underwood Wallace Yates Okafor Nguyen",
        ),
        _words(
            "gmail.com outlook.com yahoo.co.uk hotmail.com icloud.com dawsonplumbing.co.uk",
            "northfieldclinic.org",
        ),
        spanish=False,
    ),
    ("en", "held-out"): People(
        _words(
            "Abigail Callum Deborah Edward Fiona Gregory Hannah Isaac Joanna Kenneth Lydia Marcus Natalie",
            "Oscar Phoebe Quentin Rosalind Stuart Theresa Ursula Vincent Winston Priya Hiroshi Fatima",
            "Tunde",
        ),
        _words(
            "Abbott Bennett Crawford Donnelly Eastwood Fletcher Goddard Hammond Ingram Jefferson Kavanagh",
            "Livingstone McAllister Norris Osborne Pemberton Ramsey Sinclair Tremblay Vaughan Whitaker",
            "Singh Tanaka Adeyemi",
        ),
        _words(
            "fastmail.com protonmail.com live.com btinternet.com aol.com ramseyandsons.com",
            "harbourdental.net me.com",
        ),
        spanish=False,
    ),
    ("en", "later"): People(
        _words(
            "Adele Benedict Cordelia Dominic Esther Felix Gemma Howard Ivy Jerome Kirsten Leroy Mabel",
            "Noah Odette Percy Roxanne Sheldon Tamsin Umar Violet Wilfred Yvonne Amara Dmitri Soo-jin",
        ),
        _words(
            "Ashworth Bellamy Cartwright Drummond Everett Fairbanks Gallagher Hargreaves Irvine Jarvis",
            "Kowalski Lockwood Mercer Nightingale O'Dowd Prescott Rutherford Stanhope Tilley Upton",
            "Winslow Chowdhury Mensah Petrov",
        ),
        _words(
            "gmail.com outlook.com btinternet.com proton.me comcast.net lockwoodbakery.com",
            "stanhopelegal.co.uk",
        ),
        spanish=False,
    ),
    ("en", "latest"): People(
        _words(
            "Annika Barnaby Clodagh Declan Elspeth Freya Graeme Hattie Idris Jasmine Keeley Lorcan Miriam",
            "Niamh Orlando Polly Rhys Saoirse Trevor Una Warren Zainab Arjun Chidi Ling Tyrone Brooke Dwayne",
        ),
        _words(
            "Atherton Blackwood Cavendish Devlin Eccles Fitzgerald Greenhalgh Holloway Ivers Kinsella",
            "Lonsdale Maddox Newbury O'Sullivan Pickering Quigley Redmond Sandhu Tattersall Usman Wainwright",
            "Yeoman Castellano Diallo Huang",
        ),
        _words(
            "gmail.com gmail.com gmail.com outlook.com hotmail.co.uk yahoo.com icloud.com eircom.net sky.com",
            "verizon.net hollowaymotors.co.uk peakline.io quaysidelettings.com st-brigids.ie",
        ),
        spanish=False,
    ),
    ("en", "fresh"): People(
        _words(
            "Aoife Bertram Carmel Desmond Eimear Fergus Greta Hamish Iona Jolene Kiran Lakshmi Marlon Nerys",
            "Oona Preston Rohan Sunita Tegan Verity Wes Xanthe Deepak Shreya Cody Latoya Bronwyn Lachlan",
        ),
        _words(
            "Appleby Brannigan Copeland Delaney Entwistle Fothergill Grantham Hennessy Iyer Jamieson Keating",
            "Lockhart Mulcahy Nair Ollerton Pritchard Rao Sheridan Trevelyan Vickers Whelan Yardley Banerjee",
            "McBride Oyelaran",
        ),
        _words(
            "gmail.com gmail.com outlook.com yahoo.co.in rediffmail.com",
            "bigpond.com optusnet.com.au hotmail.co.uk",
            "icloud.com att.net kestrelhire.ie castlegatesurgery.nhs.uk oakline.dev fernhill.gov.uk",
        ),
        spanish=False,
    ),
    ("es", "development"): People(
        _words(
            "Ana Antonio Beatriz Carlos Carmen David Elena Fernando Gloria Héctor Inés Javier Laura",
            "Manuel Marta Miguel_Ángel Nuria Óscar Pilar Raquel Sergio Teresa Vicente Yolanda",
        ),
        _words(
            "Álvarez Benítez Castro Díaz Escudero Fernández García Herrera Iglesias Jiménez Lorenzo",
            "Martín Navarro Ortega Pérez Ramos Sánchez Torres Vázquez Zamora Peña Muñoz",
        ),
        _words(
            "gmail.com hotmail.es yahoo.es outlook.es telefonica.net talleresmunoz.es clinicadelsur.com",
        ),
        spanish=True,
    ),
    ("es", "held-out"): People(
        _words(
            "Adrián Blanca Cristóbal Dolores Esteban Francisca Gonzalo Hortensia Ignacio Julia Lucía",
            "María_José Noelia Pablo Quique Rocío Santiago Tomás Úrsula Verónica Xavier Yago Zoraida",
            "Begoña",
        ),
        _words(
            "Aguirre Barrios Calvo Domínguez Espinosa Figueroa Giménez Hidalgo Ibáñez Lozano Medina Núñez",
            "Olmedo Pacheco Quintana Rojas Salazar Trujillo Urrutia Vidal Yáñez Zubiri",
        ),
        _words(
            "icloud.com orange.es movistar.es proton.me correo.uvigo.es ferreteriacalvo.es live.com",
            "gmx.es",
        ),
        spanish=True,
    ),
    ("es", "later"): People(
        _words(
            "Alba Bruno Candela Darío Encarnación Fermín Graciela Hugo Irene Jacinto Lorena Maite Nicolás",
            "Olga Patricio Rosario Saúl Tatiana Unai Valeria Wenceslao Ainhoa José_Luis Mohamed Ionela",
        ),
        _words(
            "Arrieta Bermejo Cabello Delgado Echeverría Fuentes Guerrero Huertas Izquierdo Jurado Lledó",
            "Manzano Nieto Orozco Parra Quiroga Redondo Santamaría Tejada Ugarte Valverde Zapata El_Amrani",
            "Popescu",
        ),
        _words(
            "gmail.com hotmail.com movistar.es terra.es proton.me panaderialledo.es",
            "notariatejada.com",
        ),
        spanish=True,
    ),
    ("es", "latest"): People(
        _words(
            "Aitana Borja Celia Damián Elvira Fabiola Germán Herminia Iker Jimena Leandro Macarena Nerea",
            "Oriol Paloma Ramiro Silvia Trinidad Virginia Álex Juan_Carlos Mercè Youssef Daniela Cosmin",
            "Yeison Rosa_María Lucas",
        ),
        _words(
            "Alonso Bravo Cárdenas Dorado Expósito Feijoo Galindo Heredia Infante Leiva Marín Noguera",
            "Oliveras Pastor Quesada Rubio Serrano Tena Uribe Villalba Zarco Ferrándiz Puig Gómez Benali",
            "Dumitru",
        ),
        _words(
            "gmail.com gmail.com gmail.com hotmail.com yahoo.es outlook.es icloud.com telefonica.net",
            "talleresduero.es cierzoinmo.com gestoriamontalban.es losfresnos.edu.es levantia.com uma.es",
        ),
        spanish=True,
    ),
    ("es", "fresh"): People(
        _words(
            "Anahí Baltasar Consuelo Dante Eulalia Facundo Guadalupe Horacio",
            "Isidora Joaquín Karina Lautaro Mayra",
            "Norberto Ofelia Plácido Renata Thiago Ulises Ximena Yamila Violeta Ezequiel Rigoberto Milagros",
            "María_Eugenia Juan_Pablo",
        ),
        _words(
            "Alderete Bustamante Carrizo Dávila Escalante Fonseca Godoy Huamán",
            "Insfrán Jaramillo Ledesma Mamani",
            "Narváez Ovalle Palacios Quispe Restrepo Sepúlveda Tapia Urbina",
            "Velásquez Zambrano Cifuentes Ponce",
            "Garrido Roldán",
        ),
        _words(
            "gmail.com gmail.com hotmail.com outlook.com yahoo.com.mx yahoo.com.ar",
            "vtr.net une.net.co prodigy.net.mx",
            "rentautocondor.cl clinicalasacacias.pe seguros-atalaya.es colegiorioclaro.edu.co gruponopal.mx",
        ),
        spanish=True,
    ),
}
"""By language and half."""
