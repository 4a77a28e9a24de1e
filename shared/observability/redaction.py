"""No personal data in logs: identifiers are recognised by shape, names and secrets by key.

What is kept: rule ids, technical ids, codes, durations. Journal entries have their own redaction of secrets; this one
is for log lines, which travel further.
"""

import re
from collections.abc import Mapping
from typing import Any

MASQUE = "[caviardé]"
_PROFONDEUR_MAX = 6
_TEXTE_MAX = 20_000

# Order matters: the longest shapes first.
_MOTIFS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*){0,3}"), "[jeton]"),
    (re.compile(r"(?i)\b(bearer|basic|dpop)\s+[\w.~+/=-]{6,}"), r"\1 [jeton]"),
    (
        re.compile(r"(?i)\b((?:access_|refresh_|id_)?token|code|client_secret|password|assertion)=[^&\s\"']+"),
        r"\1=[secret]",
    ),
    (re.compile(r"[\w.+'%-]+@[\w-]+(?:\.[\w-]+)+"), "[adresse]"),
    # matricule INS / NIR, 13 characters with or without key, written whole or in the usual groups
    (
        re.compile(
            r"(?<![\w.])[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3}(?: ?\d{2})?(?![\w])"
        ),
        "[matricule]",
    ),
    (re.compile(r"(?<![\w.])8\d{11}(?!\w)"), "[idnat]"),  # PS_IdNat: 8 + RPPS
    (re.compile(r"(?<![\w.])(?:10|99)\d{9}(?!\w)"), "[rpps]"),
)

_CLES = frozenset(
    (
        "nom",
        "prenom",
        "prenoms",
        "liste_prenoms",
        "nom_naissance",
        "nom_usage",
        "nom_exercice",
        "traits",
        "date_naissance",
        "lieu_naissance",
        "adresse",
        "telephone",
        "tel",
        "email",
        "mail",
        "courriel",
        "adresse_mss",
        "expediteur",
        "destinataire",
        "destinataires",
        "objet",
        "titre",
        "contenu",
        "corps",
        "body",
        "matricule",
        "matricule_ins",
        "ins",
        "nir",
        "rpps",
        "id_nat",
        "ps_idnat",
        "auteur_id_nat",
        "auteur_nom",
        "prescripteur_id_nat",
        "patient",
        "family_name",
        "given_name",
        "birthdate",
        "name",
        "preferred_username",
        "subjectnameid",
        "sub",
        "token",
        "access_token",
        "refresh_token",
        "id_token",
        "jeton",
        "jetons",
        "secret",
        "client_secret",
        "password",
        "mot_de_passe",
        "code_verifier",
        "authorization",
        "cookie",
        "set_cookie",
        "assertion",
        "client_assertion",
        "api_key",
        "cle_api",
        "pin",
        "code_porteur",
    )
)


def caviarder(valeur: Any, cle: str = "", _niveau: int = 0) -> Any:
    """The same value fit for a log line."""
    if _cle_sensible(cle) and valeur not in (None, "", True, False):
        return MASQUE
    if isinstance(valeur, str):
        return caviarder_texte(valeur)
    if isinstance(valeur, bytes):
        return f"[{len(valeur)} octets]"
    if _niveau >= _PROFONDEUR_MAX:
        return MASQUE if isinstance(valeur, Mapping | list | tuple | set) else valeur
    if isinstance(valeur, Mapping):
        return {k: caviarder(v, str(k), _niveau + 1) for k, v in valeur.items()}
    if isinstance(valeur, list | tuple | set | frozenset):
        return [caviarder(v, "", _niveau + 1) for v in valeur]
    if isinstance(valeur, int) and not isinstance(valeur, bool) and valeur >= 10**10:
        return caviarder_texte(str(valeur))
    return valeur if isinstance(valeur, int | float | bool | None) else caviarder_texte(str(valeur))


def caviarder_texte(texte: str) -> str:
    coupe = texte if len(texte) <= _TEXTE_MAX else texte[:_TEXTE_MAX] + "…"
    for motif, remplacement in _MOTIFS:
        coupe = motif.sub(remplacement, coupe)
    return coupe


def _cle_sensible(cle: str) -> bool:
    return cle.lower().replace("-", "_").replace(".", "_") in _CLES
