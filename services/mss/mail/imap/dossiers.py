"""The commands about folders: LIST, LSUB, CREATE, DELETE, RENAME, SUBSCRIBE, STATUS, APPEND (RFC 3501 §6.3)."""

import re
from datetime import datetime

from services.mss.domain.reception import lire_courrier
from services.mss.mail.imap.erreurs import Refus
from services.mss.mail.imap.grammaire import (
    Argument,
    Chaine,
    SyntaxeInvalide,
    astring,
    lire_date_heure,
    motif_de_liste,
    nom_du_fil,
    nom_vers_fil,
)
from services.mss.mail.imap.rendu import chaine
from services.mss.store import boites, dossiers, messages
from services.mss.store.dossiers import INBOX, Dossier, Entree
from shared.db.unit_of_work import UnitOfWork
from shared.ids import Ids

SYSTEME = {
    "\\answered": "\\Answered",
    "\\deleted": "\\Deleted",
    "\\draft": "\\Draft",
    "\\flagged": "\\Flagged",
    "\\seen": "\\Seen",
}
_MOT_CLE = re.compile(r"[A-Za-z0-9$_.:-]{1,64}")
DOSSIERS_MAX = 500


def lire_nom(argument: Argument) -> str:
    nom = nom_du_fil(astring(argument)).strip("/")
    if not nom or len(nom) > 200 or any(ord(c) < 32 for c in nom) or re.search(r"[*%]", nom):
        raise Refus("invalid folder name", code="CANNOT")
    tete, _, suite = nom.partition("/")
    return INBOX + (f"/{suite}" if suite else "") if tete.upper() == INBOX else nom


def lire_drapeaux(argument: Argument) -> frozenset[str]:
    """A flag list: system flags in their canonical case, keywords as given; ``\\Recent`` is the server's."""
    bruts = argument if isinstance(argument, list) else [argument]
    lus = set()
    for brut in bruts:
        if not isinstance(brut, str):
            raise SyntaxeInvalide("a flag is an atom")
        if brut.lower() in SYSTEME:
            lus.add(SYSTEME[brut.lower()])
        elif _MOT_CLE.fullmatch(brut):
            lus.add(brut)
        else:
            raise SyntaxeInvalide(f"unknown flag {brut[:30]}")
    if len(lus) > 50:
        raise SyntaxeInvalide("too many flags")
    return frozenset(lus)


async def exiger(uow: UnitOfWork, adresse: str, argument: Argument, *, code: str = "NONEXISTENT") -> Dossier:
    dossier = await dossiers.trouver(uow.session, adresse, lire_nom(argument))
    if dossier is None:
        raise Refus("no such folder", code=code)
    return dossier


def lister(connus: list[Dossier], reference: str, motifs: list[str], commande: str) -> list[bytes]:
    """LIST or LSUB answers: every folder a pattern names, its SPECIAL-USE attribute, whether it has children."""
    if motifs == [""]:
        return [b'* LIST (\\Noselect) "/" ""']
    filtres = [motif_de_liste(nom_du_fil(reference), nom_du_fil(motif)) for motif in motifs]
    noms = [dossier.nom for dossier in connus]
    dites = []
    for dossier in connus:
        if commande == "LSUB" and not dossier.abonne:
            continue
        if not any(filtre.fullmatch(dossier.nom) for filtre in filtres):
            continue
        a_des_enfants = any(nom.startswith(dossier.nom + "/") for nom in noms)
        attributs = ["\\HasChildren" if a_des_enfants else "\\HasNoChildren"]
        if dossier.usage and commande == "LIST":
            attributs.append(dossier.usage)
        nom = chaine(nom_vers_fil(dossier.nom))
        dites.append(b'* %b (%b) "/" %b' % (commande.encode(), " ".join(attributs).encode(), nom))
    return dites


async def creer(uow: UnitOfWork, adresse: str, argument: Argument) -> None:
    nom = lire_nom(argument)
    connus = {dossier.nom for dossier in await dossiers.lister(uow.session, adresse)}
    if nom in connus:
        raise Refus("the folder exists", code="ALREADYEXISTS")
    if len(connus) >= DOSSIERS_MAX:
        raise Refus(f"more than {DOSSIERS_MAX} folders", code="LIMIT")
    morceaux = nom.split("/")
    for longueur in range(1, len(morceaux) + 1):
        parent = "/".join(morceaux[:longueur])
        if parent not in connus:
            await dossiers.creer(uow.session, adresse, parent, le=uow.now())


async def supprimer(uow: UnitOfWork, adresse: str, argument: Argument) -> None:
    dossier = await exiger(uow, adresse, argument)
    if dossier.nom == INBOX or dossier.usage:
        raise Refus("this folder cannot be deleted", code="CANNOT")
    enfants = [d for d in await dossiers.lister(uow.session, adresse) if d.nom.startswith(dossier.nom + "/")]
    if enfants:
        raise Refus("the folder has children", code="HASCHILDREN")
    liberes = await dossiers.supprimer(uow.session, dossier)
    await boites.peser(uow.session, adresse, -liberes)


async def renommer(uow: UnitOfWork, adresse: str, ancien: Argument, nouveau: Argument) -> None:
    dossier = await exiger(uow, adresse, ancien)
    nom = lire_nom(nouveau)
    if dossier.nom == INBOX or dossier.usage:
        raise Refus("this folder cannot be renamed", code="CANNOT")
    if await dossiers.trouver(uow.session, adresse, nom) is not None:
        raise Refus("the folder exists", code="ALREADYEXISTS")
    for autre in await dossiers.lister(uow.session, adresse):
        if autre.nom == dossier.nom or autre.nom.startswith(dossier.nom + "/"):
            await dossiers.renommer(uow.session, autre, nom + autre.nom[len(dossier.nom) :])


_STATUS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")


def lire_status(argument: Argument) -> list[str]:
    voulus = [str(v).upper() for v in argument] if isinstance(argument, list) else []
    if not voulus or any(v not in _STATUS for v in voulus):
        raise SyntaxeInvalide("STATUS wants a list of " + " ".join(_STATUS))
    return voulus


def rendre_status(dossier: Dossier, entrees: list[Entree], voulus: list[str], uidvalidity: int) -> bytes:
    valeurs = {
        "MESSAGES": len(entrees),
        "RECENT": sum(1 for e in entrees if e.uid > dossier.recent_apres),
        "UIDNEXT": dossier.uidnext,
        "UIDVALIDITY": uidvalidity,
        "UNSEEN": sum(1 for e in entrees if "\\Seen" not in e.drapeaux),
    }
    rendus = " ".join(f"{nom} {valeurs[nom]}" for nom in voulus)
    return b"* STATUS %b (%b)" % (chaine(nom_vers_fil(dossier.nom)), rendus.encode())


def lire_append(arguments: list[Argument]) -> tuple[Argument, frozenset[str], datetime | None, bytes]:
    """``folder [(flags)] ["date"] {literal}``."""
    if len(arguments) < 2 or not isinstance(arguments[-1], Chaine):
        raise SyntaxeInvalide("APPEND wants a folder and a message")
    milieu = arguments[1:-1]
    poses: frozenset[str] = frozenset()
    date_recue = None
    if milieu and isinstance(milieu[0], list):
        poses = lire_drapeaux(milieu.pop(0))
    if milieu:
        date_recue = lire_date_heure(astring(milieu.pop(0)))
    if milieu:
        raise SyntaxeInvalide("APPEND takes one message")
    return arguments[0], poses, date_recue, arguments[-1].octets


async def ajouter(
    uow: UnitOfWork,
    ids: Ids,
    adresse: str,
    argument: Argument,
    poses: frozenset[str],
    date_recue: datetime | None,
    brut: bytes,
) -> tuple[Dossier, int]:
    dossier = await exiger(uow, adresse, argument, code="TRYCREATE")
    boite = await boites.exiger(uow.session, adresse)
    if boite.occupe + len(brut) > boite.quota:
        raise Refus("over quota", code="OVERQUOTA")
    message = await messages.conserver(
        uow.session,
        brut,
        lire_courrier(brut),
        message_id=ids.uuid(),
        chemin_de_retour="",
        recu_le=uow.now(),
        constats=[],
    )
    entree = await dossiers.placer(
        uow.session,
        adresse,
        dossier.nom,
        message.id,
        taille=len(brut),
        recu_le=date_recue or uow.now(),
        drapeaux=poses,
    )
    assert entree is not None
    await boites.peser(uow.session, adresse, len(brut))
    return dossier, entree.uid


async def copier(uow: UnitOfWork, adresse: str, entrees: list[Entree], argument: Argument) -> tuple[Dossier, list[int]]:
    """Place the same messages in another folder; all of them or none (RFC 3501 §6.4.7)."""
    cible = await exiger(uow, adresse, argument, code="TRYCREATE")
    boite = await boites.exiger(uow.session, adresse)
    poids = sum(entree.taille for entree in entrees)
    if boite.occupe + poids > boite.quota:
        raise Refus("over quota", code="OVERQUOTA")
    uids = []
    for entree in entrees:
        placee = await dossiers.placer(
            uow.session,
            adresse,
            cible.nom,
            entree.message_id,
            taille=entree.taille,
            recu_le=entree.recu_le,
            drapeaux=entree.drapeaux,
        )
        assert placee is not None
        uids.append(placee.uid)
    await boites.peser(uow.session, adresse, poids)
    return cible, uids
