"""The demonstration world holds together: every reference resolves, every number is valid, nobody is real."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import shared.monde
from shared.identite import (
    OID_NIA,
    OID_NIR,
    OID_NIR_TEST,
    Finess,
    MatriculeIns,
    NatureMatricule,
    Siren,
    Siret,
    normaliser,
)
from shared.monde.modele import BoiteAuxLettres, Patient, Professionnel, Structure
from shared.monde.patients import INCONNUS, PAR_MATRICULE, PATIENTS
from shared.monde.professionnels import PAR_ID_NAT, PROFESSIONNELS
from shared.monde.structures import STRUCTURES
from shared.nomenclatures import codes, fiches, octets

PATIENTS_TOUS = {**PATIENTS, **INCONNUS}

# Public qualification people (insi §11.1) must never be shipped. Digests, so that they are not written here either.
INTERDITS_MATRICULES = {
    "0e2ebcf1e0b288dc",
    "955e64e9d8c8e83b",
    "0b12d827f198f841",
    "2d844b5e42260281",
    "22a11f86fcb1cacd",
    "bf44e2cb95dc8582",
    "735933d2c8ddbc73",
    "0a1aa10d9f4beb12",
    "499be2ceccb6d3ea",
    "b7780cf332a673a6",
    "285abe1a4d3787d7",
    "dbf4ba68e5bbc0f0",
    "8bd2d87b34988e97",
    "b9033bfa2b187140",
}
INTERDITS_NOMS = {
    "c07d2df2c2261c69",
    "be1a78a2037fd4aa",
    "8b315d1f93a5e037",
    "cb6391dd56f505c8",
    "3086c051db32f082",
    "217388d73170f752",
    "5724e4d529836c99",
    "d6928d442937d800",
    "35988ad49cf84a15",
    "c8138b579758039e",
    "183bfbffe5f6d73b",
    "993d4d45e95ee144",
}


def condense(texte: str) -> str:
    return hashlib.sha256(texte.encode()).hexdigest()[:16]


def structures() -> list[Structure]:
    return list(STRUCTURES.values())


@pytest.mark.parametrize("patient", PATIENTS_TOUS.values(), ids=lambda p: p.slug)
def test_a_patient_has_a_valid_matricule_that_agrees_with_the_traits(patient: Patient) -> None:
    numero = patient.matricule.numero

    assert patient.matricule.cle_est_juste
    assert numero[0] == ("1" if patient.traits.sexe == "M" else "2")
    assert numero[1:5] == patient.traits.date_naissance[2:4] + patient.traits.date_naissance[5:7]
    assert numero[5:10] == patient.traits.lieu_naissance


@pytest.mark.parametrize("patient", PATIENTS_TOUS.values(), ids=lambda p: p.slug)
def test_everybody_a_patient_names_exists(patient: Patient) -> None:
    assert patient.medecin_traitant is None or PROFESSIONNELS[patient.medecin_traitant].est_medecin
    assert all(slug in PROFESSIONNELS for slug in patient.bloques)
    assert all(slug in PATIENTS for slug in patient.representants)
    for ancien in patient.historique:
        MatriculeIns(ancien.matricule)
    if patient.assurance and patient.slug not in INCONNUS:
        assert MatriculeIns(patient.assurance.nir_assure).cle_est_juste
        assert patient.assurance.nir_assure in PAR_MATRICULE
        assert patient.assurance.regime in codes("amo_grand_regime")
        assert patient.assurance.qualite in codes("amo_qualite_beneficiaire")


def test_no_two_people_share_a_matricule_a_phone_or_a_mail_address() -> None:
    for attribut in ("matricule_ins", "telephone", "courriel"):
        vus = Counter(v for p in PATIENTS_TOUS.values() if (v := getattr(p, attribut)) is not None)
        assert vus.most_common(1)[0][1] == 1, attribut


def test_personal_contacts_are_in_ranges_reserved_for_fiction() -> None:
    for patient in PATIENTS_TOUS.values():
        assert patient.telephone is None or patient.telephone.startswith("063998")
        assert patient.courriel is None or patient.courriel.endswith(".example")


@pytest.mark.exigence("INSI-11.2")
@pytest.mark.parametrize(
    ("slug", "matricule", "traits"),
    [
        ("blanc-valmont", "285076311304226", "BLANC-VALMONT|CAMILLE LOUISE|F|1985-07-14|63113"),
        ("d-orgeval", "199027505611739", "D'ORGEVAL|JEAN-BAPTISTE MARIN|M|1999-02-03|75056"),
        ("santelli", "254082A00403116", "SANTELLI|LISANDRA|F|1954-08-19|2A004"),
        ("orsini", "178112B03307588", "ORSINI|GHJUVAN|M|1978-11-30|2B033"),
        ("quevedo", "290039913400988", "QUEVEDO|INES|F|1990-03-08|99134"),
        ("okonkwo", "188049933801642", "OKONKWO|CHIDI|M|1988-04-12|99338"),
        ("villedieu", "262063306320187", "VILLEDIEU|SASHA|F|1962-06-05|33063"),
        ("martineau-lyon", "150026912307750", "MARTINEAU|PAUL|M|1950-02-15|69123"),
        ("martineau-bordeaux", "150023306311865", "MARTINEAU|PAUL|M|1950-02-15|33063"),
        ("l-heritier-boeuf", "274053523806439", "L'HERITIER-BOEUF|ANNE-SOPHIE|F|1974-05-22|35238"),
        ("el-mansouri", "142209935002153", "EL MANSOURI|AHMED|M|1942-20-00|99350"),
        ("fontanges-helene", "282096311305595", "FONTANGES|HELENE|F|1982-09-17|63113"),
        ("fontanges-margaux", "215056311321748", "FONTANGES|MARGAUX|F|2015-05-20|63113"),
        ("fontanges-leo", "118016311330194", "FONTANGES|LEO|M|2018-01-11|63113"),
        ("fontanges-noe", "118016311330293", "FONTANGES|NOE|M|2018-01-11|63113"),
        ("tavernier", "171085935014872", "TAVERNIER|LUC|M|1971-08-02|59350"),
        ("kermadec", "156022901903323", "KERMADEC|YANN|M|1956-02-17|29019"),
        ("rousselot", "295044410909073", "ROUSSELOT|JADE|F|1995-04-09|44109"),
        ("paulhan", "188103417220588", "PAULHAN|MARC|M|1988-10-21|34172"),
        ("schmitt", "269116748201901", "SCHMITT|ANNE|F|1969-11-05|67482"),
        ("amer", "193079935207743", "AMER|RACHID|M|1993-07-12|99352"),
        ("sandbox-lou", "299129999999911", "SANDBOX|LOU|F|1999-12-31|99999"),
        ("loiseau", "280017505601635", "LOISEAU|MARINA ANNE|F|1980-01-21|75056"),
        ("dupont-chloe", "285063306300232", "DUPONT|CHLOE|F|1985-06-14|33063"),
    ],
)
def test_the_invented_people_of_the_sheets_are_used_as_they_are(slug: str, matricule: str, traits: str) -> None:
    patient = PATIENTS[slug]
    t = patient.traits

    assert patient.matricule_ins == matricule
    assert "|".join((t.nom_naissance, t.liste_prenoms, t.sexe, t.date_naissance, t.lieu_naissance)) == traits


@pytest.mark.exigence("INSI-2.2")
def test_the_oid_of_a_patient_follows_the_bac_unless_the_sheet_imposes_a_test_one() -> None:
    assert PATIENTS["blanc-valmont"].oid("qualif") == OID_NIR
    assert PATIENTS["blanc-valmont"].oid("test") == OID_NIR_TEST
    assert PATIENTS["okonkwo"].nature is NatureMatricule.NIA
    assert PATIENTS["okonkwo"].oid("qualif") == OID_NIA
    assert PATIENTS["sandbox-lou"].oid("qualif") == OID_NIR_TEST


def test_twins_differ_by_rank_and_children_are_insured_by_a_parent() -> None:
    leo, noe = PATIENTS["fontanges-leo"], PATIENTS["fontanges-noe"]

    assert leo.traits.date_naissance == noe.traits.date_naissance
    assert leo.assurance is not None
    assert noe.assurance is not None
    assert (leo.assurance.rang, noe.assurance.rang) == (1, 2)
    assert leo.assurance.nir_assure == noe.assurance.nir_assure == PATIENTS["fontanges-helene"].matricule_ins
    assert leo.representants == ("fontanges-helene", "delmas-erwan")


@pytest.mark.exigence("MES-3")
def test_every_situation_the_demonstration_promises_has_its_patient() -> None:
    tags = {tag for p in PATIENTS.values() for tag in p.situations}

    assert tags >= {
        *("corse", "nia", "jumeau", "homonyme", "historique", "date-lunaire", "ald", "c2s", "maternite", "at_mp"),
        *("ame", "alsace_moselle", "pension_militaire", "hors-droits", "hors-parcours", "deux-parents", "decede"),
        *("mes-oppose", "mes-non-active", "mes-clos", "mes-notifie", "professionnel-bloque", "documents-masques"),
        "annonce-en-attente",
    }
    assert {p.profil for p in PATIENTS.values()} == {
        *("ELIGIBLE", "NOTIFIED", "OPPOSED", "OPEN_NOT_ACTIVATED", "ACTIVE", "SUSPENDED", "CLOSED", "CLOSED_DECEASED"),
    }
    assert len(PATIENTS) >= 25


@pytest.mark.parametrize("pro", PROFESSIONNELS.values(), ids=lambda p: p.slug)
def test_a_persona_has_a_valid_identity_and_published_codes(pro: Professionnel) -> None:
    assert pro.ps_id_nat.valeur == pro.id_nat
    for exercice in pro.exercices:
        connues = codes("tre_g15_profession_sante") | codes("tre_r94_profession_social") | {"99", ""}
        assert exercice.profession in connues
        assert exercice.savoir_faire in codes("tre_r01_savoir_faire") | {""}
        for activite in exercice.activites:
            assert activite.structure is None or activite.structure in STRUCTURES
            assert activite.secteur in codes("tre_r02_secteur_activite")
            assert activite.genre in codes("tre_r22_genre_activite")
            assert activite.mode_exercice in codes("tre_r23_mode_exercice") | {""}
            assert activite.section_pharmacien in codes("tre_g05_section_pharmacien") | {""}
            assert activite.role in codes("tre_r85_role") | {""}


def test_no_two_personas_share_an_identifier_and_only_logiciel_shares_a_mailbox() -> None:
    assert len(PAR_ID_NAT) == len(PROFESSIONNELS)
    vues = Counter(b.adresse for b in boites() if b.type != "APP")
    assert vues.most_common(1)[0][1] == 1
    activites = Counter(a.id for p in PROFESSIONNELS.values() for a in p.activites)
    assert activites.most_common(1)[0][1] == 1


def boites() -> Iterator[BoiteAuxLettres]:
    for pro in PROFESSIONNELS.values():
        yield from pro.toutes_boites
    for structure in structures():
        yield from structure.boites


def test_every_mailbox_is_of_the_trust_space_and_spelt_in_lower_case_ascii() -> None:
    for boite in boites():
        assert boite.adresse == boite.adresse.lower()
        assert boite.adresse.isascii()
        assert boite.adresse.endswith(".mssante.fr")


@pytest.mark.parametrize("structure", structures(), ids=lambda s: s.slug)
def test_a_structure_has_valid_impossible_identifiers(structure: Structure) -> None:
    assert structure.structure_id.valeur == structure.identifiant
    assert structure.secteur in codes("tre_r02_secteur_activite")
    for finess in filter(None, (structure.finess, structure.finess_ej)):
        assert Finess(finess).valeur.startswith("99")
    if structure.siren:
        assert Siren(structure.siren).valeur.startswith("99990")
    if structure.siret:
        assert Siret(structure.siret).siren.valeur == structure.siren
    ej = {s.finess for s in structures() if s.entite_juridique}
    assert not structure.finess_ej or structure.finess_ej in ej


def test_the_kinds_of_personas_the_demonstration_needs_are_all_there() -> None:
    professions = Counter(p.profession for p in PROFESSIONNELS.values())

    assert set(professions) >= {"10", "21", "60", "70", "91", "80", "50", "40", "41", "36", "39", "99"}
    assert professions["21"] >= 3
    verdier = PROFESSIONNELS["verdier-mg"]
    assert verdier.est_generaliste
    assert len(verdier.activites) == 2
    assert sum(p.medecin_traitant == "verdier-mg" for p in PATIENTS.values()) >= 5
    assert {p.carte for p in PROFESSIONNELS.values()} >= {"CPS", "CPF", "CPE", "CPA", "LOGICIEL"}
    assert [p.slug for p in PROFESSIONNELS.values() if p.auth_mode == "CARD"] == ["dumas-mg"]
    assert len(PROFESSIONNELS) + len(STRUCTURES) >= 26


def test_names_of_personas_can_be_searched_once_normalised() -> None:
    for pro in PROFESSIONNELS.values():
        assert normaliser(pro.nom)
        assert normaliser(pro.nom).isascii()


def test_the_readme_lists_every_slug() -> None:
    texte = (Path(shared.monde.__file__).parent / "README.md").read_text(encoding="utf-8")

    for slug in (*PATIENTS_TOUS, *PROFESSIONNELS, *STRUCTURES):
        assert f"| `{slug}` |" in texte
    for tag in {tag for p in PATIENTS.values() for tag in p.situations}:
        assert f"`{tag}`" in texte


@pytest.mark.exigence("INSI-11.1")
def test_no_public_qualification_person_is_shipped() -> None:
    for patient in PATIENTS_TOUS.values():
        assert condense(patient.matricule.numero) not in INTERDITS_MATRICULES
        assert condense(patient.traits.nom_naissance) not in INTERDITS_NOMS
        assert all(condense(a.matricule[:13]) not in INTERDITS_MATRICULES for a in patient.historique)
    for pro in PROFESSIONNELS.values():
        assert condense(pro.nom) not in INTERDITS_NOMS
    for fiche in fiches().values():
        mots = set(re.findall(r"[0-9]{6}[0-9A-Z][0-9]{6}|[A-Z'-]{5,}", octets(fiche.nom).decode()))
        assert not {condense(m) for m in mots} & (INTERDITS_MATRICULES | INTERDITS_NOMS)
