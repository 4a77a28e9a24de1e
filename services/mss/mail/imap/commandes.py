"""The IMAP commands of any state and about folders, as a table (RFC 3501 §6.1 to §6.3; RFC 2342, 2971, 6154)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from services.mss.mail.imap import dossiers as folders
from services.mss.mail.imap import messages
from services.mss.mail.imap.erreurs import Refus
from services.mss.mail.imap.grammaire import (
    Argument,
    Commande,
    SyntaxeInvalide,
    astring,
)
from services.mss.mail.imap.selection import Selection, uidvalidity
from services.mss.store import dossiers
from shared.db.unit_of_work import UnitOfWork
from shared.ids import RandomIds

if TYPE_CHECKING:
    from services.mss.mail.imap.session import SessionImap

Action: TypeAlias = "Callable[[SessionImap, Commande], Awaitable[str | None]]"


def _arguments(commande: Commande, nombre: int) -> list[Argument]:
    if len(commande.arguments) != nombre:
        raise SyntaxeInvalide(f"{commande.nom} takes {nombre} argument(s)")
    return commande.arguments


# -- any state ---------------------------------------------------------------------------------------------------------


async def capability(s: "SessionImap", c: Commande) -> str | None:
    await s.dire(f"* CAPABILITY {s.capacites()}")
    return None


async def noop(s: "SessionImap", c: Commande) -> str | None:
    await s.rafraichir()
    return None


async def logout(s: "SessionImap", c: Commande) -> str | None:
    await s.dire("* BYE see you")
    return None


async def identifier(s: "SessionImap", c: Commande) -> str | None:
    await s.dire('* ID ("name" "Bac a Sante" "vendor" "bacasante")')
    return None


async def login(s: "SessionImap", c: Commande) -> str | None:
    raise Refus("LOGIN is disabled: STARTTLS then AUTHENTICATE XOAUTH2 (ECO.1.2.1)", code="PRIVACYREQUIRED")


# -- folders -----------------------------------------------------------------------------------------------------------


async def selectionner(s: "SessionImap", c: Commande) -> str | None:
    nom = folders.lire_nom(_arguments(c, 1)[0])
    s.selection = None
    lecture_seule = c.nom == "EXAMINE"
    assert s.titulaire is not None
    bac = await s.bord.bac(s.titulaire.bac)

    async def charger(uow: UnitOfWork) -> Selection:
        dossier = await dossiers.trouver(uow.session, s.adresse, nom)
        if dossier is None:
            raise Refus("no such folder", code="NONEXISTENT")
        selection = Selection(dossier, uidvalidity(dossier, bac.epoque), lecture_seule)
        await selection.charger(uow.session)
        selection.recents = {uid for uid in selection.uids if uid > dossier.recent_apres}
        if not lecture_seule and selection.recents:
            await dossiers.avoir_vu(uow.session, dossier.id, selection.dernier_uid)
        return selection

    selection = await s.transaction(charger)
    await _annoncer(s, selection)
    s.selection = selection
    return f"[{'READ-ONLY' if lecture_seule else 'READ-WRITE'}] {c.nom} completed"


async def _annoncer(s: "SessionImap", selection: Selection) -> None:
    connus = sorted({"\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen"} | _mots_cles(selection))
    liste = " ".join(connus)
    await s.dire(
        f"* FLAGS ({liste})",
        f"* {len(selection.uids)} EXISTS",
        f"* {len(selection.recents)} RECENT",
        *([f"* OK [UNSEEN {premier}] first unseen"] if (premier := selection.premier_non_lu()) else []),
        f"* OK [UIDVALIDITY {selection.uidvalidity}] UIDs valid",
        f"* OK [UIDNEXT {selection.dossier.uidnext}] predicted next UID",
        f"* OK [PERMANENTFLAGS ({'' if selection.lecture_seule else liste + ' ' + chr(92) + '*'})] permanent flags",
    )


def _mots_cles(selection: Selection) -> set[str]:
    return {d for entree in selection.entrees.values() for d in entree.drapeaux if not d.startswith("\\")}


async def lister(s: "SessionImap", c: Commande) -> str | None:
    arguments = list(c.arguments)
    special = False
    if arguments and isinstance(arguments[0], list):  # RFC 5258 selection options
        special = any(str(option).upper() == "SPECIAL-USE" for option in arguments.pop(0))  # type: ignore[union-attr]
    if len(arguments) < 2:
        raise SyntaxeInvalide(f"{c.nom} takes a reference and a pattern")
    motifs = [astring(m) for m in arguments[1]] if isinstance(arguments[1], list) else [astring(arguments[1])]
    assert s.titulaire is not None
    async with (await s.bord.ctx.spaces.open(s.titulaire.bac)).lecture() as session:
        connus = await dossiers.lister(session, s.adresse)
    connus = [dossier for dossier in connus if dossier.usage or not special]
    await s.dire(*folders.lister(connus, astring(arguments[0]), motifs, c.nom))
    return None


async def creer(s: "SessionImap", c: Commande) -> str | None:
    if not c.arguments:
        raise SyntaxeInvalide("CREATE takes a folder name")
    await s.transaction(lambda uow: folders.creer(uow, s.adresse, c.arguments[0]))
    return None


async def supprimer(s: "SessionImap", c: Commande) -> str | None:
    [nom] = _arguments(c, 1)
    await s.transaction(lambda uow: folders.supprimer(uow, s.adresse, nom))
    return None


async def renommer(s: "SessionImap", c: Commande) -> str | None:
    ancien, nouveau = _arguments(c, 2)
    await s.transaction(lambda uow: folders.renommer(uow, s.adresse, ancien, nouveau))
    return None


async def abonner(s: "SessionImap", c: Commande) -> str | None:
    [nom] = _arguments(c, 1)

    async def faire(uow: UnitOfWork) -> None:
        dossier = await folders.exiger(uow, s.adresse, nom)
        await dossiers.abonner(uow.session, dossier, abonne=c.nom == "SUBSCRIBE")

    await s.transaction(faire)
    return None


async def status(s: "SessionImap", c: Commande) -> str | None:
    nom, voulus = _arguments(c, 2)
    demandes = folders.lire_status(voulus)
    assert s.titulaire is not None
    bac = await s.bord.bac(s.titulaire.bac)
    async with (await s.bord.ctx.spaces.open(bac.nom)).lecture() as session:
        dossier = await dossiers.trouver(session, s.adresse, folders.lire_nom(nom))
        if dossier is None:
            raise Refus("no such folder", code="NONEXISTENT")
        entrees = await dossiers.entrees(session, dossier.id)
    await s.dire(folders.rendre_status(dossier, entrees, demandes, uidvalidity(dossier, bac.epoque)))
    return None


async def ajouter(s: "SessionImap", c: Commande) -> str | None:
    nom, poses, date_recue, brut = folders.lire_append(c.arguments)
    assert s.titulaire is not None
    epoque = (await s.bord.bac(s.titulaire.bac)).epoque
    dossier, uid = await s.transaction(
        lambda uow: folders.ajouter(uow, RandomIds(), s.adresse, nom, poses, date_recue, brut)
    )
    await s.rafraichir()
    return f"[APPENDUID {uidvalidity(dossier, epoque)} {uid}] APPEND completed"


async def namespace(s: "SessionImap", c: Commande) -> str | None:
    await s.dire('* NAMESPACE (("" "/")) NIL NIL')
    return None


async def enable(s: "SessionImap", c: Commande) -> str | None:
    await s.dire("* ENABLED")
    return None


SANS_AUTHENTIFICATION = frozenset({"CAPABILITY", "NOOP", "LOGOUT", "ID", "STARTTLS", "AUTHENTICATE", "LOGIN"})

ACTIONS: dict[str, Action] = {
    **messages.ACTIONS,
    "CAPABILITY": capability,
    "NOOP": noop,
    "LOGOUT": logout,
    "ID": identifier,
    "LOGIN": login,
    "SELECT": selectionner,
    "EXAMINE": selectionner,
    "LIST": lister,
    "LSUB": lister,
    "CREATE": creer,
    "DELETE": supprimer,
    "RENAME": renommer,
    "SUBSCRIBE": abonner,
    "UNSUBSCRIBE": abonner,
    "STATUS": status,
    "APPEND": ajouter,
    "NAMESPACE": namespace,
    "ENABLE": enable,
}
