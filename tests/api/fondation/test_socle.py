"""The walls every service stands on: space, transaction, outbox, inbox, clock, door."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from shared.db.spaces import Graine
from tests.api.fondation.jouet.app import Incremente, JouetSettings, create_app
from tests.banc import SECRET, Banc, banc


@pytest.fixture
async def b(base: str | None, tmp_path: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, JouetSettings, base=base, tmp_path=tmp_path) as b:
        yield b


async def test_a_new_bac_starts_from_its_seed(b: Banc) -> None:
    assert (await b.client.get("/jouet/seme")).json() == {"seme": 7}


async def test_a_commit_is_visible_and_tells_the_network_once(b: Banc) -> None:
    assert (await b.client.post("/jouet/a")).json() == {"a": 1}
    assert (await b.client.post("/jouet/a")).json() == {"a": 2}

    assert [e.valeur for e in await b.emis(Incremente)] == [1, 2]
    assert (await b.client.get("/jouet/evenements")).json() == {"evenements": 2}


async def test_a_refusal_leaves_nothing_behind_and_names_its_rule(b: Banc) -> None:
    answer = await b.client.post("/jouet/a?par=101")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["regle"] == "JOUET-02"
    assert set(answer.json()["explication"]) == {"fr", "en"}
    assert b.regles(answer) == ["JOUET-02"]
    assert (await b.client.get("/jouet/a")).status_code == 404
    assert await b.emis(Incremente) == []


async def test_a_defect_is_answered_without_a_stack_trace(b: Banc) -> None:
    answer = await b.client.post("/jouet/a?par=-1")

    assert answer.status_code == 500
    assert answer.json()["regle"] == "BAC-BUG-01"
    assert "ZeroDivision" not in answer.text


async def test_a_bad_parameter_is_named(b: Banc) -> None:
    answer = await b.client.post("/jouet/a?par=beaucoup")

    assert answer.status_code == 400
    assert answer.json()["champ"] == "par"


async def test_an_event_delivered_twice_is_applied_once(b: Banc) -> None:
    event = Incremente(nom="x", valeur=1, occurred_at=b.bac.now())

    event_id = await b.recevoir(event)
    await b.recevoir(event, id=event_id)

    assert (await b.client.get("/jouet/evenements")).json() == {"evenements": 1}


async def test_an_event_from_before_a_reset_is_dropped(b: Banc) -> None:
    event = Incremente(nom="x", valeur=1, occurred_at=b.bac.now())
    old = b.bac
    from dataclasses import replace

    await b._poser(replace(b.bac, epoque=2))
    b.bac = old
    await b.recevoir(event)

    assert (await b.client.get("/jouet/evenements")).status_code == 404


async def test_a_poisonous_event_becomes_a_dead_letter_and_holds_nobody_up(b: Banc) -> None:
    await b.recevoir(Incremente(nom="poison", valeur=1, occurred_at=b.bac.now()))
    await b.recevoir(Incremente(nom="sain", valeur=1, occurred_at=b.bac.now()))

    [dead] = await b.calme()
    assert dead["consumer"] == "jouet.compter"
    assert "cannot be applied" in dead["erreur"]
    told = await b.client.get(f"/_service/bacs/{b.bac.nom}/activite")
    assert [d["event_id"] for d in told.json()["lettres_mortes"]] == [dead["event_id"]]
    assert (await b.client.get("/jouet/evenements")).json() == {"evenements": 1}


async def test_what_falls_due_happens_when_the_clock_moves(b: Banc) -> None:
    await b.client.post("/jouet/a")
    await b.avancer(minutes=59)
    assert (await b.client.get("/jouet/a")).json() == {"a": 1}

    await b.avancer(minutes=1)

    assert (await b.client.get("/jouet/a")).json() == {"a": 0}


async def test_the_service_answers_its_gateway_only(b: Banc) -> None:
    import httpx

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=b.app), base_url="http://service") as stranger:
        assert (await stranger.get("/jouet/seme")).status_code == 403
        forged = {"Bac-Secret": SECRET + "x", "Bac-Etat": b.bac.to_json().decode()}
        assert (await stranger.get("/jouet/seme", headers=forged)).status_code == 403
        assert (await stranger.get("/health/ready")).status_code == 200


async def test_a_token_of_this_bac_is_accepted_and_its_defects_are_named(b: Banc) -> None:
    assert (await b.client.get("/moi", headers=b.ps("verdier-mg"))).status_code == 200

    expired = b.ps("verdier-mg")
    await b.avancer(seconds=121)
    foreign = b.ps(iss="http://127.0.0.1:8400/bac/other/auth/realms/esante-wallet")
    refusals = {
        "BAC-JETON-01": {},
        "BAC-JETON-02": {"Authorization": "Bearer abc"},
        "BAC-JETON-04": foreign,
        "BAC-JETON-05": expired,
        "BAC-JETON-07": b.ps(typ="Refresh"),
    }
    for rule, headers in refusals.items():
        answer = await b.client.get("/moi", headers=headers)
        assert (answer.status_code, answer.json()["regle"]) == (401, rule)


async def test_a_token_kept_in_cache_still_expires(b: Banc) -> None:
    headers = b.ps("verdier-mg")
    assert (await b.client.get("/moi", headers=headers)).status_code == 200

    await b.avancer(seconds=121)

    assert (await b.client.get("/moi", headers=headers)).json()["regle"] == "BAC-JETON-05"


async def test_a_space_is_copied_out_and_back_in(b: Banc, tmp_path: Path) -> None:
    await b.client.post("/jouet/a?par=5")
    await b.calme()
    copy = (await b.client.get(f"/_service/bacs/{b.bac.nom}/copie")).content
    await b.client.post("/jouet/a?par=5")

    answer = await b.client.put(f"/_service/bacs/{b.bac.nom}/copie", content=copy)

    assert answer.status_code == 204
    assert (await b.client.get("/jouet/a")).json() == {"a": 5}
    assert (await b.client.post("/jouet/a")).json() == {"a": 6}
    assert await b.calme() == []


async def test_two_bacs_do_not_see_each_other_and_a_reset_restores_the_seed(b: Banc) -> None:
    spaces = b.ctx.spaces
    other = f"o{uuid.uuid4().hex[:8]}"
    await spaces.create(other, Graine("vide", date(2026, 1, 15)))
    await b.client.post("/jouet/seme")
    assert other in await spaces.noms()

    async with (await spaces.open(other)).lecture() as session:
        from tests.api.fondation.jouet.store import CompteurRow

        assert await session.get(CompteurRow, "seme") is None
    await b.client.put(f"/_service/bacs/{b.bac.nom}", content=b.bac.to_json())

    assert (await b.client.get("/jouet/seme")).json() == {"seme": 7}
    await spaces.drop(other)
    assert other not in await spaces.noms()


async def test_an_instant_comes_back_as_it_went(b: Banc) -> None:
    await b.client.post("/jouet/a")
    async with (await b.ctx.spaces.open(b.bac.nom)).lecture() as session:
        from tests.api.fondation.jouet.store import CompteurRow

        row = await session.get(CompteurRow, "a")
        assert row is not None
        assert row.touche_le == datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


async def test_an_event_carries_the_trace_of_the_call_that_caused_it(b: Banc) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    await b.client.post("/jouet/a", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    await b.calme()

    event = b.evenements[0]
    assert event.traceparent is not None
    assert trace in event.traceparent
    assert type(event).from_bytes(event.to_bytes()) == event


async def test_what_happens_is_counted_for_prometheus(b: Banc) -> None:
    async def compte(ligne: str) -> float:
        texte = (await b.client.get("/metrics")).text
        return next((float(x.rsplit(" ", 1)[1]) for x in texte.splitlines() if x.startswith(ligne)), 0)

    publie = 'bacasante_evenements_publies_total{service="jouet",sujet="jouet.compteur.incremente"}'
    applique = 'bacasante_evenements_traites_total{consommateur="jouet.compter",issue="applique",service="jouet"}'
    refus = 'bacasante_refus_total{regle="JOUET-02",service="jouet"}'
    avant = [await compte(ligne) for ligne in (publie, applique, refus)]

    await b.client.post("/jouet/a")
    await b.emis(Incremente)
    await b.client.post("/jouet/a?par=101")

    assert [await compte(ligne) for ligne in (publie, applique, refus)] == [x + 1 for x in avant]
