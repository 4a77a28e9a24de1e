"""Invoices, batches and receipts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.apcv.domain.contexte import Professionnel
from services.apcv.domain.facture import Cotation, Facture, Statut
from services.apcv.domain.recu import LigneRecu, Recu
from services.apcv.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.upsert import inserer_si_absent
from shared.errors import Introuvable


class FactureInconnue(Introuvable):
    slug = "facture-inconnue"
    regle = "FSE-21"


class RecuInconnu(Introuvable):
    slug = "recu-inconnu"
    regle = "APCV-REC-00"


class LotInconnu(Introuvable):
    slug = "lot-inconnu"
    regle = "FSE-31"


class FactureRow(Base):
    __tablename__ = "facture"
    __table_args__ = (Index("ix_facture_facturation_statut", "identifiant_facturation", "statut"),)

    facture_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    identifiant_facturation: Mapped[str] = mapped_column(String(20))
    id_nat: Mapped[str | None] = mapped_column(String(64))
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    contexte_id: Mapped[str | None] = mapped_column(String(20))
    statut: Mapped[str] = mapped_column(String(20))
    numero: Mapped[str | None] = mapped_column(String(9))
    numero_signature: Mapped[str | None] = mapped_column(String(20))
    date_elaboration: Mapped[str] = mapped_column(String(10))
    validee_le: Mapped[datetime | None] = mapped_column(Instant)
    lot_id: Mapped[str | None] = mapped_column(String(36), index=True)
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)

    def to_domain(self) -> Facture:
        c = self.contenu
        return Facture(
            facture_id=self.facture_id,
            matricule_ins=self.matricule_ins,
            date_naissance=c["date_naissance"],
            professionnel=Professionnel(
                self.identifiant_facturation, c.get("code_specialite"), self.id_nat, c.get("ps_nom")
            ),
            date_elaboration=date.fromisoformat(self.date_elaboration),
            cotations=tuple(_cotation(x) for x in c["cotations"]),
            situation=c["situation"],
            age=c["age"],
            contexte_id=self.contexte_id,
            rang=c["rang"],
            securisation=c["securisation"],
            parcours=c["parcours"],
            tiers_payant_amo=c["tiers_payant_amo"],
            tiers_payant_amc=c["tiers_payant_amc"],
            amc=c.get("amc"),
            numero_at=c.get("numero_at"),
            statut=Statut(self.statut),
            numero=self.numero,
            numero_signature=self.numero_signature,
            validee_le=self.validee_le,
        )

    def poser(self, facture: Facture) -> None:
        self.contexte_id = facture.contexte_id
        self.statut = facture.statut.value
        self.numero = facture.numero
        self.numero_signature = facture.numero_signature
        self.validee_le = facture.validee_le


def nouvelle(facture: Facture) -> FactureRow:
    row = FactureRow(
        facture_id=facture.facture_id,
        identifiant_facturation=facture.professionnel.identifiant_facturation,
        id_nat=facture.professionnel.id_nat,
        matricule_ins=facture.matricule_ins,
        date_elaboration=facture.date_elaboration.isoformat(),
        contenu={
            "date_naissance": facture.date_naissance,
            "code_specialite": facture.professionnel.code_specialite,
            "ps_nom": facture.professionnel.nom,
            "cotations": [_cotation_en_json(c) for c in facture.cotations],
            "situation": facture.situation,
            "age": facture.age,
            "rang": facture.rang,
            "securisation": facture.securisation,
            "parcours": facture.parcours,
            "tiers_payant_amo": facture.tiers_payant_amo,
            "tiers_payant_amc": facture.tiers_payant_amc,
            "amc": facture.amc,
            "numero_at": facture.numero_at,
        },
    )
    row.poser(facture)
    return row


class CompteurRow(Base):
    """The last numbers a professional used."""

    __tablename__ = "compteur"

    identifiant_facturation: Mapped[str] = mapped_column(String(20), primary_key=True)
    facture: Mapped[int] = mapped_column(default=0)
    lot: Mapped[int] = mapped_column(default=0)


class LotRow(Base):
    """A batch of invoices sent to the body."""

    __tablename__ = "lot"

    lot_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    numero: Mapped[int]
    identifiant_facturation: Mapped[str] = mapped_column(String(20), index=True)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    factures: Mapped[list[str]] = mapped_column(Json)
    arl: Mapped[dict[str, Any] | None] = mapped_column(Json)
    noemie: Mapped[dict[str, Any] | None] = mapped_column(Json)
    arl_du: Mapped[datetime | None] = mapped_column(Instant, index=True)
    noemie_du: Mapped[datetime | None] = mapped_column(Instant, index=True)


class RecuRow(Base):
    __tablename__ = "recu"

    recu_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    facture_id: Mapped[str] = mapped_column(String(36), unique=True)
    date_soins: Mapped[str] = mapped_column(String(10))
    ps_nom: Mapped[str] = mapped_column(String(200))
    ps_specialite: Mapped[str | None] = mapped_column(String(60))
    beneficiaire_matricule: Mapped[str] = mapped_column(String(15))
    beneficiaire_nom: Mapped[str] = mapped_column(String(100))
    beneficiaire_prenom: Mapped[str] = mapped_column(String(100))
    lignes: Mapped[list[dict[str, str]]] = mapped_column(Json)
    avance: Mapped[str] = mapped_column(String(12))
    emis_le: Mapped[datetime] = mapped_column(Instant)


class RecuLecteurRow(Base):
    """Who may read a receipt, and whether their phone has downloaded it."""

    __tablename__ = "recu_lecteur"
    __table_args__ = (Index("ix_recu_lecteur_matricule", "matricule_ins"),)

    recu_id: Mapped[str] = mapped_column(String(36), ForeignKey("recu.recu_id"), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    telecharge: Mapped[bool] = mapped_column(default=False)


async def verrouiller(session: AsyncSession, facture_id: str) -> FactureRow:
    row = await session.get(FactureRow, facture_id, with_for_update=True)
    if row is None:
        raise FactureInconnue(f"no invoice {facture_id[:40]}", f"aucune facture {facture_id[:40]}", champ="idFacture")
    return row


async def prochain_numero(session: AsyncSession, identifiant_facturation: str) -> str:
    """The order number of the next invoice of this professional, nine digits."""
    compteur = await _compteur(session, identifiant_facturation)
    compteur.facture += 1
    return f"{compteur.facture:09d}"


async def prochain_lot(session: AsyncSession, identifiant_facturation: str) -> int:
    compteur = await _compteur(session, identifiant_facturation)
    compteur.lot += 1
    return compteur.lot


async def _compteur(session: AsyncSession, identifiant_facturation: str) -> CompteurRow:
    """Locked until the commit: two invoices signed at once get two numbers."""
    table = CompteurRow.__table__
    assert isinstance(table, Table)
    await inserer_si_absent(session, table, identifiant_facturation=identifiant_facturation, facture=0, lot=0)
    return await session.get_one(CompteurRow, identifiant_facturation, with_for_update=True, populate_existing=True)


async def verrouiller_lot(session: AsyncSession, lot_id: str) -> LotRow:
    row = await session.get(LotRow, lot_id, with_for_update=True)
    if row is None:
        raise LotInconnu(f"no batch {lot_id[:40]}", f"aucun lot {lot_id[:40]}", champ="lot")
    return row


async def lots_dus(session: AsyncSession, at: datetime) -> list[LotRow]:
    """Batches the body has something to say about by now."""
    found = await session.scalars(
        select(LotRow)
        .where((LotRow.arl_du <= at) | (LotRow.noemie_du <= at))
        .order_by(LotRow.cree_le, LotRow.lot_id)
        .with_for_update()
    )
    return list(found)


async def prochain_retour(session: AsyncSession) -> datetime | None:
    arl = await session.scalar(select(func.min(LotRow.arl_du)))
    noemie = await session.scalar(select(func.min(LotRow.noemie_du)))
    return min((d for d in (arl, noemie) if d is not None), default=None)


async def recus_de(session: AsyncSession, matricule: str) -> list[Recu]:
    """Newest first; the caller drops those that are no longer offered."""
    rows = await session.scalars(
        select(RecuRow)
        .join(RecuLecteurRow, RecuLecteurRow.recu_id == RecuRow.recu_id)
        .where(RecuLecteurRow.matricule_ins == matricule)
        .order_by(RecuRow.emis_le.desc(), RecuRow.recu_id)
        .limit(200)
    )
    found = list(rows)
    lecteurs = await session.scalars(
        select(RecuLecteurRow).where(RecuLecteurRow.recu_id.in_([row.recu_id for row in found]))
    )
    par_recu: dict[str, list[RecuLecteurRow]] = {}
    for lecteur in lecteurs:
        par_recu.setdefault(lecteur.recu_id, []).append(lecteur)
    return [_recu(row, par_recu[row.recu_id]) for row in found]


async def recu(session: AsyncSession, recu_id: str) -> Recu:
    row = await session.get(RecuRow, recu_id)
    if row is None:
        raise RecuInconnu(f"no receipt {recu_id[:40]}", f"aucun reçu {recu_id[:40]}", champ="recu")
    lecteurs = await session.scalars(select(RecuLecteurRow).where(RecuLecteurRow.recu_id == recu_id))
    return _recu(row, list(lecteurs))


async def noter_telechargement(session: AsyncSession, recu_id: str, matricule: str) -> None:
    row = await session.get(RecuLecteurRow, (recu_id, matricule), with_for_update=True)
    if row is not None:
        row.telecharge = True


def ajouter_recu(session: AsyncSession, recu: Recu) -> None:
    session.add(
        RecuRow(
            recu_id=recu.recu_id,
            facture_id=recu.facture_id,
            date_soins=recu.date_soins,
            ps_nom=recu.ps_nom,
            ps_specialite=recu.ps_specialite,
            beneficiaire_matricule=recu.beneficiaire_matricule,
            beneficiaire_nom=recu.beneficiaire_nom,
            beneficiaire_prenom=recu.beneficiaire_prenom,
            lignes=[
                {"libelle": li.libelle, "montant": str(li.montant), "amo": str(li.amo), "amc": str(li.amc)}
                for li in recu.lignes
            ],
            avance=str(recu.avance),
            emis_le=recu.emis_le,
        )
    )


def ajouter_lecteurs(session: AsyncSession, recu: Recu) -> None:
    session.add_all(RecuLecteurRow(recu_id=recu.recu_id, matricule_ins=m, telecharge=False) for m in recu.lecteurs)


def _recu(row: RecuRow, lecteurs: list[RecuLecteurRow]) -> Recu:
    return Recu(
        recu_id=row.recu_id,
        facture_id=row.facture_id,
        lecteurs=tuple(sorted(li.matricule_ins for li in lecteurs)),
        date_soins=row.date_soins,
        ps_nom=row.ps_nom,
        ps_specialite=row.ps_specialite,
        beneficiaire_matricule=row.beneficiaire_matricule,
        beneficiaire_nom=row.beneficiaire_nom,
        beneficiaire_prenom=row.beneficiaire_prenom,
        lignes=tuple(
            LigneRecu(li["libelle"], Decimal(li["montant"]), Decimal(li["amo"]), Decimal(li["amc"]))
            for li in row.lignes
        ),
        avance=Decimal(row.avance),
        emis_le=row.emis_le,
        telecharge_par=tuple(sorted(li.matricule_ins for li in lecteurs if li.telecharge)),
    )


def _cotation(x: dict[str, Any]) -> Cotation:
    return Cotation(
        date=date.fromisoformat(x["date"]),
        code_acte=x["code_acte"],
        prix_unitaire=Decimal(x["prix_unitaire"]),
        libelle=x["libelle"],
        type=x["type"],
        quantite=x["quantite"],
        coefficient=Decimal(x["coefficient"]),
        depassement=Decimal(x["depassement"]),
        qualificatif=x["qualificatif"],
        en_rapport=x["en_rapport"],
    )


def _cotation_en_json(c: Cotation) -> dict[str, Any]:
    return {
        "date": c.date.isoformat(),
        "code_acte": c.code_acte,
        "prix_unitaire": str(c.prix_unitaire),
        "libelle": c.libelle,
        "type": c.type,
        "quantite": c.quantite,
        "coefficient": str(c.coefficient),
        "depassement": str(c.depassement),
        "qualificatif": c.qualificatif,
        "en_rapport": c.en_rapport,
    }
