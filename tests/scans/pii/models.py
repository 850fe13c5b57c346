"""Small models of spaCy, made here and packed as those of its makers are, which are on no package index.

They know how a name looks among the words of SENTENCES and no more. That is enough for what is ours around a
model: how it is found, loaded, cut to the parts that tell names, and asked.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.training import Example
from spacy.util import fix_random_seed, minibatch

VERSION = "0.1.0"
NAME = "core_made_lg"
"""Of the size that is preferred, and first among its like: these are taken though real ones are installed."""
PERSONS = [
    f"{first}{end} {family}{tail}"
    for (first, family), (end, tail) in product(
        zip(
            ("Bel", "Cor", "Dan", "Fer", "Gla", "Jor", "Mar", "Ros", "Sal", "Vi"),
            ("Ald", "Bram", "Cost", "Dorn", "Es", "Hart", "Iba", "Lin", "Mor", "Quin"),
            strict=True,
        ),
        zip(("a", "el", "ita", "io"), ("ez", "ero", "són", "ía"), strict=True),
    )
]
"""Nobody's. Each is there once, so that what is learned is how a name looks and not which there are."""
PLACES = {"en": ("London", "Dublin", "Boston"), "es": ("Madrid", "Sevilla", "Bilbao")}
LABELS = {"en": ("PERSON", "GPE"), "es": ("PER", "LOC")}
"""What models of that language call a person and a place."""
SENTENCES = {
    "en": (
        "Yesterday our colleague {person} called {other} about the meeting in {place}.",
        "Yesterday I met {person} in {place}.",
        "The letter of {person} is on the table, and {other} has read it.",
        "The order has been sent to the office in {place}.",
        "It was late and nobody had called.",
        "? nothing",
    ),
    "es": (
        "Ayer nuestra compañera {person} llamó a {other} por la reunión de {place}.",
        "El viernes me llamó {person}.",
        "La carta de {person} está en la mesa, y {other} la ha leído.",
        "El pedido se ha enviado a la oficina de {place}.",
        "Era tarde y nadie había llamado.",
        "? nada",
    ),
}
ROUNDS = 5
WIDTH = 32
_WORDS = {
    "@architectures": "spacy.Tok2Vec.v2",
    "embed": {
        "@architectures": "spacy.MultiHashEmbed.v2",
        "width": WIDTH,
        "attrs": ["NORM", "SHAPE"],
        "rows": [1000, 200],
        "include_static_vectors": False,
    },
    "encode": {
        "@architectures": "spacy.MaxoutWindowEncoder.v2",
        "width": WIDTH,
        "depth": 2,
        "window_size": 1,
        "maxout_pieces": 2,
    },
}
_NAMES = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": WIDTH,
    "maxout_pieces": 2,
    "use_upper": False,
    "nO": None,
    "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": WIDTH, "upstream": "*"},
}


def install(folder: Path) -> None:
    """A model for each language, as pip would have put them into the folder."""
    for language in SENTENCES:
        name = f"{language}_{NAME}"
        nlp = trained(language)
        # One more part, as real models have, which makes a person of a word that is no name.
        nlp.add_pipe("entity_ruler").add_patterns([{"label": LABELS[language][0], "pattern": "ñandú"}])
        nlp.meta.update(name=NAME, version=VERSION)
        package = folder / name
        package.mkdir()
        nlp.to_disk(package / f"{name}-{VERSION}")
        (package / "meta.json").write_text(json.dumps(nlp.meta))
        (package / "__init__.py").write_text(
            "from spacy.util import load_model_from_init_py\n\n\n"
            "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n"
        )
        about = folder / f"{name}-{VERSION}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\n")
        (about / "entry_points.txt").write_text(f"[spacy_models]\n{name} = {name}\n")


def trained(language: str) -> Language:
    """A model that finds names in sentences like these; the same each time."""
    fix_random_seed(1)
    nlp = spacy.blank(language)
    nlp.add_pipe("tok2vec", config={"model": _WORDS})
    nlp.add_pipe("ner", config={"model": _NAMES})
    examples = list(_examples(nlp))
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(ROUNDS):
        for batch in minibatch(examples, size=10):
            nlp.update(batch, sgd=optimizer, drop=0.2)
    return nlp


def _examples(nlp: Language) -> Iterator[Example]:
    places = PLACES[nlp.lang]
    person, place = LABELS[nlp.lang]
    for at, name in enumerate(PERSONS):
        said = {"person": name, "other": PERSONS[at - 1], "place": places[at % len(places)]}
        for sentence in SENTENCES[nlp.lang]:
            text = sentence.format(**said)
            named = {word: value for word, value in said.items() if f"{{{word}}}" in sentence}
            spans = [
                (text.index(value), text.index(value) + len(value), place if word == "place" else person)
                for word, value in named.items()
            ]
            yield Example.from_dict(nlp.make_doc(text), {"entities": spans})
