"""Replies are in the customer's language."""

import pytest

from support_agent.language import language_of


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("where is my parcel", "en"),
        ("refund please", "en"),
        ("donde esta mi paquete", "es"),
        ("¿factura?", "es"),
        ("quiero cancelar el pedido", "es"),
        ("10482", "en"),
    ],
)
def test_the_commonest_words_tell_the_language(message, language):
    assert language_of(message) == language
