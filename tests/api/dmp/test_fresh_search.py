"""A search repeated after any write answers what is now in the dossier, whatever was remembered of it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from services.dmp.store import registre
from services.dmp.store.documents import DocumentRow
from services.dmp.usecases import profils
from shared.contracts.ins import MatriculeChange
from shared.monde.patients import PATIENTS
from tests.api.dmp.fabrique import ARCHIVER, FHIR, JSON_PATCH, SUPPRIMER, bundle, patch, patient
from tests.banc import Banc

PATIENTE = "blanc-valmont"
INS = PATIENTS[PATIENTE].matricule_ins


async def listed(b: Banc, **params: str) -> list[dict[str, Any]]:
    answer = await b.client.get(
        "/fhir/dmp/DocumentReference",
        params={"patient.identifier": patient(PATIENTE), "status": "current", **params},
        headers=b.ps(),
    )
    assert answer.status_code == 200, answer.text
    return [e["resource"] for e in answer.json().get("entry", [])]


async def ids(b: Banc, **params: str) -> set[str]:
    return {r["id"] for r in await listed(b, **params)}


async def fed(b: Banc, **options: Any) -> str:
    answer = await b.client.post("/fhir/dmp", json=bundle(PATIENTE, **options), headers={**b.ps(), **FHIR})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["entry"][1]["response"]["location"].split("/")[1])


async def test_what_is_fed_replaced_archived_and_deleted_shows_at_once(b: Banc) -> None:
    avant = await ids(b)

    premier = await fed(b)
    assert await ids(b) == avant | {premier}
    second = await fed(b, remplace=premier)
    assert await ids(b) == avant | {second}
    [obsolete] = [r for r in await listed(b, status="superseded") if r["id"] == premier]
    assert obsolete["meta"]["versionId"] == "2"
    await b.client.patch(f"/fhir/dmp/DocumentReference/{second}", json=ARCHIVER, headers={**b.ps(), **JSON_PATCH})
    assert await ids(b) == avant
    [archive] = [r for r in await listed(b, isArchived="true") if r["id"] == second]
    assert archive["meta"]["versionId"] == "2"
    await b.client.patch(f"/fhir/dmp/DocumentReference/{second}", json=SUPPRIMER, headers={**b.ps(), **JSON_PATCH})
    assert second not in await ids(b, isArchived="true")


async def test_a_label_shows_in_the_entry_at_once_under_each_address(b: Banc) -> None:
    doc = await fed(b)
    [entree] = [r for r in await listed(b) if r["id"] == doc]

    for essai, code in enumerate(("MASQUE_PS", "N", "MASQUE_PS"), start=2):
        await b.client.patch(f"/fhir/dmp/DocumentReference/{doc}", json=patch(code), headers={**b.ps(), **JSON_PATCH})
        [vue] = [r for r in await listed(b) if r["id"] == doc]
        assert vue["meta"]["versionId"] == str(essai)
        assert vue["content"] == entree["content"]
        assert ("MASQUE_PS" in str(vue["securityLabel"])) is (code == "MASQUE_PS")


async def test_what_follows_a_matricule_or_is_erased_is_listed_there_no_more(b: Banc) -> None:
    await fed(b)
    assert await ids(b)

    async with b.ctx.transaction(b.bac) as uow:
        await profils.effacer_contenu(uow.session, INS)
        assert (await registre.feuillet(uow, INS)).lignes == []
    async with b.ctx.transaction(b.bac) as uow:
        assert len((await registre.feuillet(uow, INS)).lignes) == 0


async def test_the_documents_follow_their_person_to_another_matricule(b: Banc) -> None:
    doc = await fed(b)
    assert doc in await ids(b)
    nouveau = PATIENTS["d-orgeval"].matricule_ins[:13] + "00"

    await b.recevoir(
        MatriculeChange(
            occurred_at=b.bac.now(),
            ancien_matricule_ins=INS,
            ancien_oid="1.2.250.1.213.1.4.8",
            matricule_ins=nouveau,
            oid="1.2.250.1.213.1.4.8",
        )
    )

    async with b.ctx.transaction(b.bac) as uow:
        assert [ligne.id for ligne in (await registre.feuillet(uow, INS)).lignes] == []
        suivis = (await registre.feuillet(uow, nouveau)).lignes
        assert doc in [ligne.id for ligne in suivis]
        assert {ligne.matricule_ins for ligne in suivis} == {nouveau}


async def test_what_was_rolled_back_is_not_remembered(b: Banc) -> None:
    doc = await fed(b)
    avant = await ids(b)

    async def delete_then_give_up() -> None:
        async with b.ctx.transaction(b.bac) as uow:
            row = (await uow.session.scalars(select(DocumentRow).where(DocumentRow.id == doc))).one()
            await uow.session.delete(row)
            assert doc not in [ligne.id for ligne in (await registre.feuillet(uow, INS)).lignes]
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await delete_then_give_up()

    assert await ids(b) == avant
