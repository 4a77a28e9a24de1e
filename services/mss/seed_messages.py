"""Messages already in the mailboxes of the demonstration world, received before the reference date."""

import hashlib
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.domain.adresses import TypeBal, adresse_patient
from services.mss.domain.composition import Brouillon, PieceAJoindre, composer
from services.mss.domain.mes import Fermeture, fermeture
from services.mss.domain.reception import lire_courrier
from services.mss.store import boites, dossiers, messages, patients
from services.mss.store.boites import Boite
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES

_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # noqa: E501  # one small file


def _ps(slug: str) -> str:
    return PROFESSIONNELS[slug].adresse_mss or ""


def _patient(slug: str) -> str:
    return adresse_patient(PATIENTS[slug].matricule_ins)


def _org(slug: str) -> str:
    return STRUCTURES[slug].adresse_mss or ""


async def semer_messages(session: AsyncSession, le: datetime) -> None:
    """A result between professionals, a letter to a patient, a closed exchange, and mail held for later."""
    labo, verdier = _ps("nguyen-biologiste"), _ps("verdier-mg")
    resultat = PieceAJoindre("20260114_CR_biologie_BLANC-VALMONT_CAMILLE.pdf", "application/pdf", _PDF)
    await _deposer(
        session,
        le - timedelta(days=1),
        labo,
        verdier,
        Brouillon(
            "Résultats d'examens : BLANC-VALMONT CAMILLE",
            "Bonjour,\n\nveuillez trouver le compte rendu en pièce jointe.\n",
            (verdier,),
            pieces=(resultat,),
            entetes=(("X-MSS-NIL", "12345-67890"),),
        ),
    )
    courrier = "Bonjour,\n\nvoici le document dont nous avons parlé. Vous pouvez me répondre ici.\n"
    await _deposer(
        session,
        le - timedelta(days=2),
        verdier,
        _patient("blanc-valmont"),
        Brouillon("Suite de votre consultation", courrier, (_patient("blanc-valmont"),), pieces=(resultat,)),
    )
    await _deposer(
        session,
        le - timedelta(days=3),
        _org("pharmacie-bac-a-sable"),
        _patient("kermadec"),
        Brouillon("Votre traitement est prêt", "Il vous attend à l'officine.\n", (_patient("kermadec"),)),
    )
    await _deposer(
        session,
        le - timedelta(days=4),
        _org("hopital-demo"),
        _patient("d-orgeval"),
        Brouillon(
            "Votre rendez-vous de cardiologie",
            "Ce message n'attend pas de réponse.\n",
            (_patient("d-orgeval"),),
            entetes=(("X-MSS-MES", "FIN"),),
        ),
    )
    await _deposer(
        session,
        le - timedelta(days=5),
        verdier,
        _patient("bonnet-non-active"),
        Brouillon("Vos résultats", "Ils sont normaux.\n", (_patient("bonnet-non-active"),)),
        en_attente=True,
    )


async def _deposer(
    session: AsyncSession, le: datetime, de: str, a: str, brouillon: Brouillon, *, en_attente: bool = False
) -> None:
    emetteur = await boites.trouver(session, de)
    cle = f"mss:{de}:{a}:{brouillon.objet}"
    brut = composer(
        brouillon,
        de=de,
        libelle=emetteur.libelle if emetteur else "",
        message_id=f"<{uuid5(NAMESPACE_URL, cle)}@{de.partition('@')[2]}>",
        instant=le,
    )
    brut = _borne_stable(brut, cle)
    courrier = lire_courrier(brut)
    message = await messages.conserver(
        session,
        brut,
        courrier,
        message_id=str(uuid5(NAMESPACE_URL, cle)),
        chemin_de_retour=de,
        recu_le=le,
        constats=[],
    )
    matricule = a.partition("@")[0].upper() if a.endswith("@patient.mssante.fr") else None
    if matricule:
        await boites.creer(
            session,
            Boite(a, TypeBal.PATIENT, None, None, matricule, None, "", True, boites.QUOTA_PAR_DEFAUT, 0),
            le=le,
        )
    await dossiers.garnir(session, a, le=le)
    await dossiers.placer(
        session, a, dossiers.INBOX, message.id, taille=message.taille, recu_le=le, en_attente=en_attente
    )
    await boites.peser(session, a, message.taille)
    if matricule:
        clos = fermeture(courrier.objet, courrier.entetes_mss.get("x-mss-mes")) is not Fermeture.AUCUNE
        await patients.ouvrir_fil(session, matricule, message.id, de, de, clos)


def _borne_stable(brut: bytes, cle: str) -> bytes:
    """The library draws MIME boundaries at random; the same seed must give the same bytes (architecture §11.5)."""
    import re

    trouve = re.search(rb'boundary="([^"]+)"', brut)
    if trouve is None:
        return brut
    return brut.replace(trouve[1], b"=_" + hashlib.sha256(cle.encode()).hexdigest()[:24].encode())
