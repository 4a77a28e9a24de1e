"""Why an operator refuses a recipient or a message, with the SMTP reply each one becomes (mssante.md §6.2)."""

from shared.errors import Conflit, DomainError, Interdit, Introuvable, RegleMetier, TropGros


def _smtp(code: int, statut: str) -> dict[str, object]:
    return {"smtp": code, "statut": statut}


class HorsListeBlanche(Interdit):
    slug, regle = "hors-liste-blanche", "MES-08"

    def __init__(self, domaine: str, champ: str) -> None:
        super().__init__(
            f"{domaine} is not in the white list of the trust space",
            f"{domaine} n'est pas dans la liste blanche de l'espace de confiance",
            champ=champ,
            membres=_smtp(550, "5.7.1"),
        )


class DestinataireInconnu(Introuvable):
    slug, regle = "destinataire-inconnu", "MSS-BAL-01"

    def __init__(self, adresse: str) -> None:
        super().__init__(
            f"no mailbox {adresse}", f"aucune boîte {adresse}", champ="destinataires", membres=_smtp(550, "5.1.1")
        )


class BoiteFermee(Conflit):
    slug, regle = "boite-fermee", "MSS-BAL-02"

    def __init__(self, adresse: str) -> None:
        super().__init__(
            f"mailbox {adresse} is closed",
            f"la boîte {adresse} est fermée",
            champ="destinataires",
            membres=_smtp(550, "5.2.1"),
        )


class BoitePleine(Conflit):
    slug, regle = "boite-pleine", "MSS-BAL-03"

    def __init__(self, adresse: str) -> None:
        super().__init__(
            f"mailbox {adresse} is over its quota",
            f"la boîte {adresse} a dépassé son quota",
            champ="destinataires",
            membres=_smtp(552, "5.2.2"),
        )


class MessageTropGros(TropGros):
    slug, regle = "message-trop-gros", "L22"

    def __init__(self, taille: int, limite: int) -> None:
        super().__init__(
            f"the message is {taille} bytes long, this operator accepts {limite}",
            f"le message fait {taille} octets, cet opérateur en accepte {limite}",
            champ="taille",
            membres=_smtp(552, "5.3.4"),
        )


class ExpediteurUsurpe(Interdit):
    slug, regle = "expediteur-usurpe", "L06"

    def __init__(self, annonce: str, boite: str) -> None:
        super().__init__(
            f"{annonce or 'an empty sender'} is not the authenticated mailbox {boite}",
            f"{annonce or 'un expéditeur vide'} n'est pas la boîte authentifiée {boite}",
            champ="expediteur",
            membres=_smtp(553, "5.7.1"),
        )


class MessageNonConforme(RegleMetier):
    slug = "message-non-conforme"

    def __init__(self, regle: str, en: str, fr: str) -> None:
        super().__init__(f"{regle}: {en}", f"{regle} : {fr}", regle=regle, membres=_smtp(554, "5.6.0"))


class EcritureInterdite(Interdit):
    """A patient may not write there: the id is the deciding row (MES-30 …)."""

    slug = "ecriture-interdite"

    def __init__(self, regle: str, en: str, fr: str) -> None:
        super().__init__(en, fr, regle=regle)


def reponse_smtp(erreur: DomainError) -> tuple[int, str, str]:
    """The SMTP code, enhanced status and text of any refusal."""
    par_defaut = (552, "5.3.4") if isinstance(erreur, TropGros) else (554, "5.6.0")
    code = int(erreur.membres.get("smtp", par_defaut[0]))
    statut = str(erreur.membres.get("statut", par_defaut[1]))
    texte = " ".join(str(erreur).split()).encode("ascii", "replace").decode()
    return code, statut, f"{texte} [{erreur.regle}]"[:400]
