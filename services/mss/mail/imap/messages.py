"""The IMAP commands about the messages of the selected folder (RFC 3501 §6.4; RFC 4315, RFC 6851)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from services.mss.domain import mime
from services.mss.domain.mime import Partie
from services.mss.mail.imap import dossiers as folders
from services.mss.mail.imap import fetch, recherche
from services.mss.mail.imap.erreurs import Refus
from services.mss.mail.imap.fetch import drapeaux as rendre_drapeaux
from services.mss.mail.imap.grammaire import (
    Argument,
    Commande,
    SyntaxeInvalide,
    astring,
    compacter,
    ensemble,
)
from services.mss.mail.imap.selection import Selection, uidvalidity
from services.mss.store import boites, dossiers, messages
from services.mss.store.dossiers import Dossier, Entree
from shared.db.unit_of_work import UnitOfWork
from shared.errors import DomainError

if TYPE_CHECKING:
    from services.mss.mail.imap.session import SessionImap

Action: TypeAlias = "Callable[[SessionImap, Commande], Awaitable[str | None]]"


async def check(s: "SessionImap", c: Commande) -> str | None:
    s.exiger_selection()
    await s.rafraichir()
    return None


async def fermer(s: "SessionImap", c: Commande) -> str | None:
    """CLOSE removes what is marked ``\\Deleted`` without saying so; UNSELECT removes nothing."""
    selection = s.exiger_selection()
    if c.nom == "CLOSE" and not selection.lecture_seule:
        await _expurger(s, selection, None)
    s.selection = None
    return None


async def expunge(s: "SessionImap", c: Commande) -> str | None:
    selection = s.exiger_selection(ecriture=True)
    retires = await _expurger(s, selection, None)
    await s.dire(*selection.retirer(retires))
    await s.rafraichir()
    return None


async def uid_expunge(s: "SessionImap", c: Commande) -> str | None:
    selection = s.exiger_selection(ecriture=True)
    if len(c.arguments) != 2:
        raise SyntaxeInvalide("UID EXPUNGE takes a UID set")
    voulus = set(selection.visees(ensemble(c.arguments[1]), par_uid=True))
    retires = await _expurger(s, selection, voulus)
    await s.dire(*selection.retirer(retires))
    return None


async def _expurger(s: "SessionImap", selection: Selection, parmi: set[int] | None) -> set[int]:
    async def faire(uow: UnitOfWork) -> set[int]:
        presentes = await dossiers.entrees(uow.session, selection.dossier.id)
        uids = {e.uid for e in presentes if "\\Deleted" in e.drapeaux and (parmi is None or e.uid in parmi)}
        liberes = await dossiers.retirer(uow.session, selection.dossier.id, uids)
        await boites.peser(uow.session, s.adresse, -liberes)
        return uids

    return await s.transaction(faire)


def _visees(s: "SessionImap", c: Commande, *, ecriture: bool = False) -> tuple[Selection, list[int], list[Argument]]:
    selection = s.exiger_selection(ecriture=ecriture)
    par_uid = c.nom == "UID"
    arguments = c.arguments[1:] if par_uid else c.arguments
    if not arguments:
        raise SyntaxeInvalide("a message set is missing")
    return selection, selection.visees(ensemble(arguments[0]), par_uid=par_uid), arguments[1:]


async def lire(s: "SessionImap", c: Commande) -> str | None:
    """FETCH and UID FETCH; reading a body marks the message as seen, as RFC 3501 wants."""
    selection, uids, reste = _visees(s, c)
    if len(reste) != 1:
        raise SyntaxeInvalide("FETCH takes a set and items")
    elements = fetch.lire_elements(reste[0])
    if c.nom == "UID" and all(element.nom != "UID" for element in elements):
        elements = [fetch.Element("UID"), *elements]
    lus: set[int] = set()
    if any(element.lit for element in elements) and not selection.lecture_seule:
        lus = {uid for uid in uids if "\\Seen" not in selection.entrees[uid].drapeaux}
        await _poser(s, selection, {uid: selection.entrees[uid].drapeaux | {"\\Seen"} for uid in lus})
    avec_drapeaux = elements if any(e.nom == "FLAGS" for e in elements) else [*elements, fetch.Element("FLAGS")]
    for uid in uids:
        await _rendre(s, selection, uid, avec_drapeaux if uid in lus else elements)
    return "FETCH completed"


async def _rendre(s: "SessionImap", selection: Selection, uid: int, elements: list[fetch.Element]) -> None:
    entree = selection.entrees[uid]
    racine: Partie | None = None
    if any(element.veut_contenu for element in elements):
        racine = await _contenu(s, entree)
        if racine is None:
            return  # removed by another session, which this one will be told
    message = fetch.Message(
        uid, selection.drapeaux(uid), entree.recu_le, entree.taille, lambda: racine or mime.lire(b"")
    )
    await s.dire(fetch.rendre(selection.numero(uid), message, elements))


async def _contenu(s: "SessionImap", entree: Entree) -> Partie | None:
    assert s.titulaire is not None
    async with (await s.bord.ctx.spaces.open(s.titulaire.bac)).lecture() as session:
        try:
            return mime.lire(await messages.octets_de(session, entree.message_id))
        except DomainError:
            return None


async def marquer(s: "SessionImap", c: Commande) -> str | None:
    """STORE and UID STORE."""
    selection, uids, reste = _visees(s, c, ecriture=True)
    if len(reste) < 2:
        raise SyntaxeInvalide("STORE takes a set, an operation and flags")
    operation = astring(reste[0]).upper()
    silencieux = operation.endswith(".SILENT")
    operation = operation.removesuffix(".SILENT")
    if operation not in {"FLAGS", "+FLAGS", "-FLAGS"}:
        raise SyntaxeInvalide("STORE knows FLAGS, +FLAGS and -FLAGS")
    donnes = folders.lire_drapeaux(reste[1] if len(reste) == 2 else list(reste[1:]))
    nouveaux: dict[int, frozenset[str]] = {}
    for uid in uids:
        avant = selection.entrees[uid].drapeaux
        apres = {"FLAGS": donnes, "+FLAGS": avant | donnes, "-FLAGS": avant - donnes}[operation]
        if apres != avant:
            nouveaux[uid] = apres
    await _poser(s, selection, nouveaux)
    if not silencieux:
        for uid in uids:
            prefixe = b"UID %d " % uid if c.nom == "UID" else b""
            rendus = rendre_drapeaux(selection.drapeaux(uid))
            await s.dire(b"* %d FETCH (%bFLAGS %b)" % (selection.numero(uid), prefixe, rendus))
    return "STORE completed"


async def _poser(s: "SessionImap", selection: Selection, nouveaux: dict[int, frozenset[str]]) -> None:
    if not nouveaux:
        return

    async def faire(uow: UnitOfWork) -> None:
        for uid, drapeaux in nouveaux.items():
            await dossiers.poser_drapeaux(uow.session, selection.dossier.id, uid, drapeaux)

    await s.transaction(faire)
    for uid, drapeaux in nouveaux.items():
        ancienne = selection.entrees[uid]
        selection.entrees[uid] = Entree(
            ancienne.dossier_id,
            uid,
            ancienne.message_id,
            drapeaux,
            ancienne.recu_le,
            ancienne.taille,
            ancienne.en_attente,
        )


async def chercher(s: "SessionImap", c: Commande) -> str | None:
    """SEARCH and UID SEARCH; the bytes are read only when a criterion looks inside messages."""
    selection = s.exiger_selection()
    arguments = c.arguments[1:] if c.nom == "UID" else c.arguments
    try:
        critere = recherche.lire_criteres(list(arguments))
    except recherche.JeuInconnu:
        raise Refus("only UTF-8 and US-ASCII are searched", code="BADCHARSET (UTF-8 US-ASCII)") from None
    trouves = []
    for numero, uid in enumerate(selection.uids, start=1):
        entree = selection.entrees[uid]
        racine = await _contenu(s, entree) if recherche.veut_contenu(arguments) else None
        lue = racine or mime.lire(b"")
        candidat = recherche.Candidat(
            numero,
            uid,
            selection.drapeaux(uid),
            entree.recu_le,
            entree.taille,
            lambda lue=lue: lue,  # type: ignore[misc]  # bound now
            len(selection.uids),
            selection.dernier_uid,
        )
        if critere(candidat):
            trouves.append(uid if c.nom == "UID" else numero)
    await s.dire("* SEARCH" + "".join(f" {n}" for n in trouves))
    return "SEARCH completed"


async def copier(s: "SessionImap", c: Commande) -> str | None:
    """COPY and MOVE, by number or by UID, with COPYUID (RFC 4315, RFC 6851)."""
    verbe = astring(c.arguments[0]).upper() if c.nom == "UID" else c.nom
    deplace = verbe == "MOVE"
    selection, uids, reste = _visees(s, c, ecriture=deplace)
    if len(reste) != 1:
        raise SyntaxeInvalide(f"{verbe} takes a set and a folder")

    async def faire(uow: UnitOfWork) -> tuple[Dossier, list[int], list[int]]:
        vivantes = {e.uid: e for e in await dossiers.entrees(uow.session, selection.dossier.id)}
        partants = [vivantes[uid] for uid in uids if uid in vivantes]
        cible, nouveaux = await folders.copier(uow, s.adresse, partants, reste[0])
        anciens = [entree.uid for entree in partants]
        if deplace:
            liberes = await dossiers.retirer(uow.session, selection.dossier.id, set(anciens))
            await boites.peser(uow.session, s.adresse, -liberes)
        return cible, anciens, nouveaux

    assert s.titulaire is not None
    epoque = (await s.bord.bac(s.titulaire.bac)).epoque
    cible, anciens, nouveaux = await s.transaction(faire)
    code = f"[COPYUID {uidvalidity(cible, epoque)} {compacter(anciens)} {compacter(nouveaux)}]" if anciens else ""
    if deplace:
        if code:
            await s.dire(f"* OK {code} moved")
        await s.dire(*selection.retirer(set(anciens)))
        code = ""
    return f"{code} {verbe} completed".strip()


ACTIONS: dict[str, Action] = {
    "CHECK": check,
    "CLOSE": fermer,
    "UNSELECT": fermer,
    "EXPUNGE": expunge,
    "FETCH": lire,
    "STORE": marquer,
    "SEARCH": chercher,
    "COPY": copier,
    "MOVE": copier,
}

ACTIONS_UID: dict[str, Action] = {
    "UID FETCH": lire,
    "UID STORE": marquer,
    "UID SEARCH": chercher,
    "UID COPY": copier,
    "UID MOVE": copier,
    "UID EXPUNGE": uid_expunge,
}
