"""The world: countries, passages, questions, and which of them the model may learn.

Facts come from npm `countries-list` (MIT). Three groups of countries:

* held out (about 25 %): no true question, answer or trajectory about them is ever trained on;
* known (48): their capital, currency, language and continent are learnt by heart (set B);
* train: the rest (set A's training questions).
"""
from __future__ import annotations

import json
import random
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from retriever import Retriever
from settings import COUNTRIES_LIST, SEEDS

# The first word of each relation is canonical: it is the one that the passages use.
WORDS: dict[str, tuple[str, ...]] = {
    "capital": ("capital", "main city", "seat of government"),
    "currency": ("currency", "money", "cash"),
    "language": ("language", "tongue", "speech"),
    "code": ("calling code", "phone prefix", "dial number"),
    "continent": ("continent", "part of the world"),
    "country": ("country",),
}
RELATIONS = ("capital", "currency", "language", "code", "continent")
KNOWN_RELATIONS = ("capital", "currency", "language", "continent")
BRIDGES = ("capital", "currency", "code")


@dataclass(frozen=True)
class Country:
    name: str
    capital: str
    currency: str
    language: str
    code: str
    continent: str

    def value(self, relation: str) -> str:
        return self.name if relation == "country" else getattr(self, relation)


@dataclass(frozen=True)
class Passage:
    title: str
    text: str
    country: int
    shows: tuple[str, ...]  # the relations whose value can be read here

    @property
    def contents(self) -> str:
        return f'"{self.title}"\n{self.text}'


@dataclass(frozen=True)
class Question:
    text: str
    country: int
    relation: str  # what is asked for
    word: str  # how the question calls it
    bridge: str | None  # None: the country is named; else the relation that leads to it
    entity: str  # what the question names
    answer: str

    @property
    def hops(self) -> int:
        return 2 if self.bridge and self.relation != "country" else 1


def passages_of(i: int, c: Country) -> list[Passage]:
    return [
        Passage(c.name, f"{c.name} is a country in {c.continent}. The capital of {c.name} is {c.capital}.",
                i, ("country", "continent", "capital")),
        Passage(c.capital, f"{c.capital} is a city in {c.continent}. It is the capital of {c.name}.",
                i, ("capital", "continent", "country")),
        Passage(f"Economy of {c.name}", f"The currency of {c.name} is the {c.currency}.", i, ("country", "currency")),
        Passage(f"Languages of {c.name}", f"The language of {c.name} is {c.language}.", i, ("country", "language")),
        Passage(f"Phones in {c.name}", f"The calling code of {c.name} is {c.code}.", i, ("country", "code")),
    ]


class World:
    """Countries with their passages and search index."""

    def __init__(self, countries: list[Country]) -> None:
        self.countries = countries
        self.passages = [p for i, c in enumerate(countries) for p in passages_of(i, c)]
        self.unique = {
            r: {v for v, n in Counter(c.value(r) for c in countries).items() if n == 1} for r in BRIDGES
        }

    @cached_property
    def retriever(self) -> Retriever:
        return Retriever([f"{p.title} {p.text}" for p in self.passages])

    def search(self, query: str) -> list[Passage]:
        return [self.passages[i] for i in self.retriever.search(query)]

    def one_hop(self, i: int, relation: str, word: str) -> Question:
        c = self.countries[i]
        return Question(f"What is the {word} of {c.name}?", i, relation, word, None, c.name, c.value(relation))

    def country_of_capital(self, i: int) -> Question:
        c = self.countries[i]
        return Question(f"{c.capital} is the capital of which country?", i, "country", "country", "capital",
                        c.capital, c.name)

    def two_hop(self, i: int, bridge: str, relation: str, word: str) -> Question:
        c = self.countries[i]
        entity = c.value(bridge)
        text = f"What is the {word} of the country whose {WORDS[bridge][0]} is {entity}?"
        return Question(text, i, relation, word, bridge, entity, c.value(relation))

    def random_question(self, i: int, rng: random.Random) -> Question:
        """A set A question about country i: 63 % one-hop, 37 % two-hop, as in the question files."""
        c = self.countries[i]
        bridges = [b for b in BRIDGES if c.value(b) in self.unique[b]]
        if bridges and rng.random() < 0.37:
            bridge = rng.choice(bridges)
            relation = rng.choice([r for r in RELATIONS if r != bridge])
            return self.two_hop(i, bridge, relation, rng.choice(WORDS[relation]))
        relation = rng.choice(RELATIONS + (("country",) if c.capital in self.unique["capital"] else ()))
        if relation == "country":
            return self.country_of_capital(i)
        return self.one_hop(i, relation, rng.choice(WORDS[relation]))

    def question_list(self, i: int, rng: random.Random) -> list[Question]:
        """The fixed questions about country i: every one-hop relation, and up to four two-hop ones."""
        c = self.countries[i]
        out = [self.one_hop(i, r, rng.choice(WORDS[r])) for r in RELATIONS]
        if c.capital in self.unique["capital"]:
            out.append(self.country_of_capital(i))
        for bridge, count in (("capital", 2), ("currency", 1), ("code", 1)):
            if c.value(bridge) in self.unique[bridge]:
                for relation in rng.sample([r for r in RELATIONS if r != bridge], count):
                    out.append(self.two_hop(i, bridge, relation, rng.choice(WORDS[relation])))
        return out


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip()


def load_world() -> World:
    """Countries with one clear value per relation: no dependent areas of another entry, exactly one
    phone code, first currency, first language; names that fit a 96-wide model's context."""
    def read(name: str) -> dict[str, object]:
        return json.loads((COUNTRIES_LIST / f"{name}.min.json").read_text("utf-8"))

    raw, continents = read("countries"), read("continents")
    currencies, languages = read("currencies.all"), read("languages.all")
    countries = []
    for code in sorted(raw):
        d = raw[code]
        if d.get("partOf") or not d["capital"] or not d["currency"] or not d["languages"] or len(d["phone"]) != 1:
            continue
        name, capital = _ascii(d["name"]), _ascii(d["capital"])
        currency = _ascii(currencies[d["currency"][0]]["name"].split(" (")[0])
        language = _ascii(languages[d["languages"][0]]["name"].split(" (")[0])
        if any(ch in name for ch in "(,") or name == capital or len(name) > 22 or len(currency) > 28:
            continue
        countries.append(Country(name, capital, currency, language, str(d["phone"][0]), continents[d["continent"]]))
    return World(countries)


@dataclass(frozen=True)
class Split:
    held_out: list[int]
    known_train: list[int]  # set B, for training by reinforcement
    known_held: list[int]  # set B, for measuring
    train: list[int]

    @property
    def known(self) -> list[int]:
        return self.known_train + self.known_held


def split_countries(world: World) -> Split:
    order = list(range(len(world.countries)))
    random.Random(SEEDS.split).shuffle(order)
    held = len(order) // 4
    rest = order[held:]
    return Split(sorted(order[:held]), sorted(rest[:24]), sorted(rest[24:48]), sorted(rest[48:]))


def question_sets(world: World, split: Split) -> dict[str, list[Question]]:
    """The four question files. Their order is fixed; B asks each known fact once."""
    rng = random.Random(SEEDS.questions)

    def known(indices: list[int]) -> list[Question]:
        return [world.one_hop(i, r, rng.choice(WORDS[r])) for i in indices for r in KNOWN_RELATIONS]

    return {
        "a-train": [q for i in split.train for q in world.question_list(i, rng)],
        "a-heldout": [q for i in split.held_out for q in world.question_list(i, rng)],
        "b-train": known(split.known_train),
        "b-heldout": known(split.known_held),
    }
