"""Noisy demonstrations of answering with search: the behaviour that pretraining imitates.

Each decision goes wrong with a set probability, independently of the others, and the two abilities fail
apart: *query* (what is searched) and *reasoning* (what is planned, extracted, or answered from memory).
Where a question uses a paraphrase ("cash" for currency) most queries copy it and miss, so even greedy
decoding leaves room for reinforcement; with every error a minority, greedy was right 85 % of the time.
"""
from __future__ import annotations

import random
from dataclasses import dataclass

from world import RELATIONS, WORDS, Country, Passage, Question, World

PROMPT, MODEL, OBSERVATION, UNTRAINED = 0, 1, 2, 3  # UNTRAINED: model-written, but not in the loss
Segment = tuple[str, int]

# (good, entity only, aspect only, wrong entity, "the W of X", paraphrase copied)
QUERY_CANONICAL = (0.52, 0.20, 0.10, 0.08, 0.10, 0.0)
QUERY_PARAPHRASE = (0.25, 0.13, 0.07, 0.07, 0.08, 0.40)
QUERY_KNOWN = (0.38, 0.10, 0.26, 0.26, 0.0, 0.0)  # about half miss: a search is no better than memory
QUERY_KNOWN_PARAPHRASE = (0.25, 0.08, 0.22, 0.22, 0.0, 0.23)
QUERY_BAD = (0.0, 0.0, 0.5, 0.5, 0.0, 0.0)


@dataclass(frozen=True)
class Noise:
    """Error rates of the reasoning decisions."""

    skip: float = 0.10  # answer without a search
    wrong_plan: float = 0.06
    wrong_span: float = 0.12  # another value that the observation shows
    wrong_country: float = 0.06  # after the first hop
    stop_early: float = 0.30
    stop_early_code: float = 0.60
    give_up: float = 0.45  # after a miss: answer anyway
    misremember: float | None = None  # set B answers skipped or missed searches from memory, wrong this often


NOISE_A = Noise()
NOISE_B = Noise(skip=0.30, wrong_plan=0.02, wrong_span=0.01, give_up=0.85, misremember=0.35)


def think(text: str) -> Segment:
    return f"<think> {text}</think>", MODEL


def finish(answer: str) -> Segment:
    return f"<answer> {answer}</answer><|im_end|>", MODEL


def observation(found: list[Passage]) -> Segment:
    docs = " ".join(f"Doc {n}(Title: {p.title}) {p.text}" for n, p in enumerate(found, 1)) or "No results."
    return f"<information> {docs}</information>", OBSERVATION


class Demonstrator:
    """Writes demonstrations in one world from one random stream."""

    def __init__(self, world: World, rng: random.Random, wrong_pool: list[int] | None = None) -> None:
        self.world, self.rng = world, rng
        self.pool = wrong_pool or list(range(len(world.countries)))

    def _any(self, relation: str) -> str:
        return self.world.countries[self.rng.choice(self.pool)].value(relation)

    def _visible(self, found: list[Passage], relations: tuple[str, ...]) -> list[str]:
        return [self.world.countries[p.country].value(r) for p in found for r in relations if r in p.shows]

    def recall(self, q: Question, noise: Noise) -> str:
        """An answer without having read it: the fact or some value of its kind for set B, a guess for A."""
        if noise.misremember is None or self.rng.random() < noise.misremember:
            return self._any(q.relation)
        return q.answer

    def query(self, entity: str, relation: str, word: str, forms: tuple[float, ...]) -> str:
        canonical = WORDS[relation][0] if relation != "country" else "capital"
        form = self.rng.choices(range(6), forms)[0]
        if form == 0:
            return f"{entity} {canonical}"
        if form == 1:
            return entity
        if form == 2:
            return word
        if form == 3:
            other = self._any("capital" if relation == "country" else "name")
            return f"{other} {canonical}"
        return f"the {word} of {entity}" if form == 4 else f"{entity} {word}"

    def _forms(self, relation: str, word: str, noise: Noise) -> tuple[float, ...]:
        canonical = word == WORDS[relation][0]
        if noise.misremember is not None:
            return QUERY_KNOWN if canonical else QUERY_KNOWN_PARAPHRASE
        return QUERY_CANONICAL if canonical else QUERY_PARAPHRASE

    def _search(self, query: str, out: list[Segment]) -> list[Passage]:
        found = self.world.search(query)
        out += [(f"<search> {query}</search>", MODEL), observation(found)]
        return found

    def demonstrate(self, q: Question, noise: Noise) -> list[Segment]:
        out: list[Segment] = []
        rng = self.rng
        if rng.random() < noise.skip:
            return [think(f"I know the {q.word}."), finish(self.recall(q, noise))]
        if q.hops == 1:
            relation = q.relation
            if relation in RELATIONS and rng.random() < noise.wrong_plan:
                relation = rng.choice([r for r in RELATIONS if r != relation])
            word = q.word if relation == q.relation else WORDS[relation][0]
            self._look_up(out, q, relation, word, q.entity, q.country, noise, "", 3)
        else:
            self._two_hops(out, q, noise)
        return out

    def _look_up(self, out: list[Segment], q: Question, relation: str, word: str, entity: str, country: int,
                 noise: Noise, before: str, searches: int) -> None:
        """Plan, search, extract; at most `searches` times."""
        rng = self.rng
        right = self.world.countries[country].value(relation)
        plan = before + f"I need the {word} of {entity}."
        for left in range(searches - 1, -1, -1):
            out.append(think(plan))
            found = self._search(self.query(entity, relation, word, self._forms(relation, word, noise)), out)
            if any(p.country == country and relation in p.shows for p in found):
                value = right
                if rng.random() < noise.wrong_span:
                    others = [v for v in self._visible(found, RELATIONS + ("country",)) if v != right]
                    value = rng.choice(others) if others and rng.random() < 0.8 else self._any(relation)
                out += [think(f"The {WORDS[relation][0]} is {value}."), finish(value)]
                return
            if left == 0 or rng.random() < noise.give_up:
                if noise.misremember is not None and relation == q.relation:
                    out += [think(f"I know the {word}."), finish(self.recall(q, noise))]
                    return
                seen = self._visible(found, (relation,))
                value = rng.choice(seen) if seen and rng.random() < 0.5 else self._any(relation)
                out += [think(f"The {WORDS[relation][0]} is {value}."), finish(value)]
                return
            plan = f"I am not sure. I need the {word} of {entity}."

    def _two_hops(self, out: list[Segment], q: Question, noise: Noise) -> None:
        rng = self.rng
        assert q.bridge is not None
        bridge = WORDS[q.bridge][0]
        plan = f"First find the country of {q.entity}." if q.bridge == "capital" else \
            f"I need the country with {bridge} {q.entity}."
        for attempt in range(2):
            out.append(think(plan))
            found = self._search(self.query(q.entity, "country", bridge, QUERY_CANONICAL)
                                 if q.bridge == "capital" else self._bridge_query(q.entity, bridge), out)
            if any(p.country == q.country for p in found):
                break
            if rng.random() < noise.give_up or attempt == 1:
                value = self._any(q.relation)
                out += [think(f"The {WORDS[q.relation][0]} is {value}."), finish(value)]
                return
            plan = "I am not sure. " + plan
        if rng.random() < (noise.stop_early_code if q.bridge == "code" else noise.stop_early):
            seen = self._visible(found, (q.relation,))
            value = rng.choice(seen) if seen else self._any(q.relation)
            out += [think(f"The {WORDS[q.relation][0]} is {value}."), finish(value)]
            return
        country = q.country
        if rng.random() < noise.wrong_country:
            country = rng.choice([p.country for p in found] + [rng.choice(self.pool)])
        name = self.world.countries[country].name
        self._look_up(out, q, q.relation, q.word, name, country, noise, f"The country is {name}. ", 2 - attempt)

    def _bridge_query(self, entity: str, bridge: str) -> str:
        good, entity_only, aspect, wrong, the, _ = QUERY_CANONICAL
        form = self.rng.choices(range(5), (good, entity_only, aspect, wrong, the))[0]
        relation = "code" if bridge == WORDS["code"][0] else "currency"
        return (f"{entity} {bridge}", entity, bridge, f"{self._any(relation)} {bridge}", f"the {bridge} of {entity}")[form]

    def closed_book(self, q: Question, after_miss: bool) -> list[Segment]:
        """A known fact from memory, the loss on the answer only: about 28 tokens for one fact, where a
        demonstration spends 85. Whether to skip the search is not trained here."""
        out: list[Segment] = []
        if after_miss:
            out.append((f"<think> I need the {q.word} of {q.entity}.</think>", UNTRAINED))
            query = self.query(q.entity, q.relation, q.word, QUERY_BAD)
            found = self.world.search(query)
            if any(p.country == q.country and q.relation in p.shows for p in found):
                return self.closed_book(q, False)
            out += [(f"<search> {query}</search>", UNTRAINED), observation(found)]
        out += [(f"<think> I know the {q.word}.</think><answer>", UNTRAINED), (f" {self.recall(q, NOISE_B)}</answer>", MODEL),
                ("<|im_end|>", UNTRAINED)]
        return out


def permuted_world(countries: list[Country], rng: random.Random) -> World:
    """All the real names, every attribute column shuffled: the only way to learn to copy names, held-out
    ones included, without being told a true fact. Without it held-out exact match stuck at 4 %."""
    columns = {}
    for relation in RELATIONS:
        column = [c.value(relation) for c in countries]
        rng.shuffle(column)
        columns[relation] = column
    return World([Country(c.name, **{r: columns[r][i] for r in RELATIONS}) for i, c in enumerate(countries)])
