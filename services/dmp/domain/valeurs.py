"""The value sets the metadata are checked against (dmp.md §4.4)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final, TypeAlias

Lignes: TypeAlias = Sequence[Mapping[str, str]]

SYSTEME_CONFIDENTIALITE: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SYSTEME_VISIBILITE: Final = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
)
MASQUE_PS: Final = "MASQUE_PS"
INVISIBLE_PATIENT: Final = "INVISIBLE_PATIENT"
INVISIBLE_REPRESENTANTS: Final = "INVISIBLE_REPRESENTANTS_LEGAUX"
VISIBILITES: Final = frozenset({MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS})
NIVEAUX: Final = frozenset({"N", "R", "V"})


@dataclass(frozen=True, slots=True)
class TypeDocument:
    code: str
    libelle: str
    classe: str
    classe_libelle: str
    deposant: str
    ecriture: bool
    """In JDV_J07: may be written. The historic codes are only known to the type-class association."""
    systeme: str


@dataclass(frozen=True, slots=True)
class CategorieMes:
    """One category of the application: the types and classes its published selector names."""

    libelle: str
    types: frozenset[str]
    classes: frozenset[str]
    sauf: frozenset[str]


@lru_cache(maxsize=4)
def _categories(lignes: tuple[tuple[str, str], ...]) -> tuple[CategorieMes, ...]:
    """Read selectors such as ``class=10 except 11502-2``, ``type in X;Y`` or ``class in 11;60 (…)``."""
    lues = []
    for libelle, selecteur in lignes:
        nu, _, exclus = re.sub(r"\(.*?\)", "", selecteur).partition(" except ")
        types = {t for groupe in re.findall(r"type(?: in |=)([^ ]+)", nu) for t in groupe.split(";")}
        classes = {c for groupe in re.findall(r"class(?: in |=)([^ ]+)", nu) for c in groupe.split(";")}
        lues.append(CategorieMes(libelle, frozenset(types), frozenset(classes), frozenset(exclus.split(";")) - {""}))
    return tuple(lues)


@dataclass(frozen=True, slots=True)
class Valeurs:
    types: Mapping[str, TypeDocument]
    classes: frozenset[str]
    formats: frozenset[str]
    format_de_modele: Mapping[str, str]
    etablissements: frozenset[str]
    cadres: frozenset[str]
    contenus: frozenset[str]
    confidentialites: Mapping[str, str]
    specialites: Mapping[str, str]
    categories_mes: Lignes
    evenements: Lignes

    TABLES: ClassVar[tuple[str, ...]] = (
        "xds_type_code",
        "xds_class_code",
        "xds_format_code",
        "cda_template_to_format_code",
        "xds_healthcare_facility_type",
        "xds_practice_setting",
        "xds_content_type_code",
        "xds_confidentiality_code",
        "xds_author_specialty",
        "mes_document_categories",
        "activity_history_events",
    )

    @classmethod
    def depuis(cls, tables: Mapping[str, Lignes]) -> "Valeurs":
        def codes(nom: str, *, ou: str | None = None) -> frozenset[str]:
            return frozenset(ligne["code"] for ligne in tables[nom] if ou is None or _oui(ligne, ou))

        return cls(
            types={ligne["code"]: _type(ligne) for ligne in tables["xds_type_code"]},
            classes=codes("xds_class_code", ou="in_J57_DMP"),
            formats=codes("xds_format_code"),
            format_de_modele={
                ligne["cda_document_template_id"]: ligne["xds_format_code"]
                for ligne in tables["cda_template_to_format_code"]
            },
            etablissements=codes("xds_healthcare_facility_type", ou="in_J61_DMP"),
            cadres=codes("xds_practice_setting"),
            contenus=codes("xds_content_type_code"),
            confidentialites={ligne["code"]: ligne["display"] for ligne in tables["xds_confidentiality_code"]},
            specialites={ligne["code"]: ligne["display"] for ligne in tables["xds_author_specialty"]},
            categories_mes=tables["mes_document_categories"],
            evenements=tables["activity_history_events"],
        )

    def classe_de(self, type_code: str) -> str | None:
        """ASS_X04: the class a type belongs to."""
        return t.classe if (t := self.types.get(type_code)) else None

    def categorie_mes(self, type_code: str, classe: str) -> str:
        """The label under which the application shows a document: types first, then classes (first row that fits)."""
        par_type = next((c for c in self._categories if type_code in c.types), None)
        if par_type is not None:
            return par_type.libelle
        par_classe = next((c for c in self._categories if classe in c.classes and type_code not in c.sauf), None)
        return par_classe.libelle if par_classe is not None else "Autres documents"

    @property
    def _categories(self) -> tuple[CategorieMes, ...]:
        return _categories(tuple((ligne["ui_category"], ligne["selector"]) for ligne in self.categories_mes))

    def est_document_patient(self, type_code: str, classe: str) -> bool:
        """A patient deposit: class 90, EXPPAT_* or DOCPAT* (dmp.md §3.4, MD-14)."""
        return classe == "90" or type_code.startswith(("EXPPAT_", "DOCPAT"))


def _oui(ligne: Mapping[str, str], debut: str) -> bool:
    return any(valeur == "1" for nom, valeur in ligne.items() if nom.startswith(debut))


def _type(ligne: Mapping[str, str]) -> TypeDocument:
    return TypeDocument(
        code=ligne["code"],
        libelle=ligne["display"] or ligne["code"],
        classe=ligne["class_code"],
        classe_libelle=ligne["class_display"],
        deposant=ligne["usual_depositor(inferred)"],
        ecriture=not ligne["status"].startswith("NOT in"),
        systeme=ligne["fhir_system"],
    )
