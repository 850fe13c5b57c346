"""The language of a message: English or Spanish, by its commonest words."""

from __future__ import annotations

import re

SPANISH = frozenset(
    "a al algo aquí buenas buenos como con cuando cuál cuándo cómo de del desde donde dónde el en "
    "es esta está estoy están gracias ha han hasta hay he hola la las le lo los me mi mis más muy "
    "necesito no nos os para pedido pero podéis por porfa porque puedo que queda qué quiero se ser "
    "si sin sobre su sus tengo tenéis todavía tu un una vuestra vuestro y ya".split()
)
ENGLISH = frozenset(
    "a about all am an and any are at but by can cannot do does for from get has have hello hey hi "
    "how i if in is it just like me my need no not of on or order please that the there they this "
    "to up want was we what when where which who will with would yet you your".split()
)


def language_of(message: str) -> str:
    """`es` or `en`; a tie is English unless a Spanish letter says otherwise."""
    words = re.findall(r"[^\W\d_]+", message.lower())
    spanish = sum(word in SPANISH for word in words)
    english = sum(word in ENGLISH for word in words)
    if re.search("[áéíóúñ¿¡]", message.lower()):
        spanish += 2
    return "es" if spanish > english else "en"
