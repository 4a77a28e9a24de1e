"""Apps on phones, what they presented, and delegations."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.apcv.domain.appli import Appli, Etat, Telephone, Voie
from services.apcv.domain.delegation import Delegation
from services.apcv.domain.delegation import Etat as EtatDelegation
from services.apcv.domain.lecture import Mode
from services.apcv.store.assures import AssureRow
from services.apcv.store.base import Base
from shared.db.conventions import Instant, Json
from shared.errors import Introuvable


class AppliInconnue(Introuvable):
    slug = "appli-inconnue"
    regle = "APCV-TEL-01"


class DelegationInconnue(Introuvable):
    slug = "delegation-inconnue"
    regle = "APCV-DEL-00"


class AppliRow(Base):
    __tablename__ = "appli"

    appli_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    email: Mapped[str] = mapped_column(String(254))
    voie: Mapped[Voie] = mapped_column(String(5))
    modele: Mapped[str] = mapped_column(String(60))
    nfc: Mapped[bool]
    etat: Mapped[str] = mapped_column(String(10))
    creee_le: Mapped[datetime] = mapped_column(Instant)
    code_email: Mapped[str | None] = mapped_column(String(6))
    cle_id: Mapped[int] = mapped_column(default=0)
    secret: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    empreinte_code: Mapped[str | None] = mapped_column(String(64))
    essais_restants: Mapped[int]
    active_le: Mapped[datetime | None] = mapped_column(Instant)
    biometrie_jusquau: Mapped[datetime | None] = mapped_column(Instant)
    motif: Mapped[str | None] = mapped_column(String(40))

    def to_domain(self) -> Appli:
        return Appli(
            appli_id=self.appli_id,
            matricule_ins=self.matricule_ins,
            email=self.email,
            voie=self.voie,
            telephone=Telephone(self.modele, self.nfc),
            etat=Etat(self.etat),
            creee_le=self.creee_le,
            code_email=self.code_email,
            cle_id=self.cle_id,
            secret=self.secret,
            empreinte_code=self.empreinte_code,
            essais_restants=self.essais_restants,
            active_le=self.active_le,
            biometrie_jusquau=self.biometrie_jusquau,
            motif=self.motif,
        )

    def poser(self, appli: Appli) -> None:
        self.etat = appli.etat.value
        self.code_email = appli.code_email
        self.cle_id = appli.cle_id
        self.secret = appli.secret
        self.empreinte_code = appli.empreinte_code
        self.essais_restants = appli.essais_restants
        self.active_le = appli.active_le
        self.biometrie_jusquau = appli.biometrie_jusquau
        self.motif = appli.motif


def nouvelle(appli: Appli) -> AppliRow:
    row = AppliRow(
        appli_id=appli.appli_id,
        matricule_ins=appli.matricule_ins,
        email=appli.email,
        voie=appli.voie,
        modele=appli.telephone.modele,
        nfc=appli.telephone.nfc,
        creee_le=appli.creee_le,
    )
    row.poser(appli)
    return row


class PresentationRow(Base):
    """One QR code shown, or one NFC exchange offered; the nonce makes it good for one reading."""

    __tablename__ = "presentation"

    nonce: Mapped[str] = mapped_column(String(16), primary_key=True)
    appli_id: Mapped[str] = mapped_column(String(16), ForeignKey("appli.appli_id"))
    carte: Mapped[str] = mapped_column(String(15))
    """Whose card it is: the holder of the app, or the person who delegated theirs."""
    delegation_id: Mapped[str | None] = mapped_column(String(36))
    mode: Mapped[Mode] = mapped_column(String(3))
    emis_le: Mapped[datetime] = mapped_column(Instant, index=True)
    utilise_le: Mapped[datetime | None] = mapped_column(Instant)


class DelegationRow(Base):
    __tablename__ = "delegation"

    delegation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    titulaire: Mapped[str] = mapped_column(String(15), index=True)
    delegue: Mapped[str] = mapped_column(String(15), index=True)
    beneficiaires: Mapped[list[str]] = mapped_column(Json)
    debut: Mapped[datetime] = mapped_column(Instant)
    fin: Mapped[datetime] = mapped_column(Instant)
    etat: Mapped[str] = mapped_column(String(10))
    copie_recu: Mapped[bool] = mapped_column(default=False)

    def to_domain(self) -> Delegation:
        return Delegation(
            self.delegation_id,
            self.titulaire,
            self.delegue,
            tuple(self.beneficiaires),
            self.debut,
            self.fin,
            EtatDelegation(self.etat),
            self.copie_recu,
        )


def nouvelle_delegation(d: Delegation) -> DelegationRow:
    return DelegationRow(
        delegation_id=d.delegation_id,
        titulaire=d.titulaire,
        delegue=d.delegue,
        beneficiaires=list(d.beneficiaires),
        debut=d.debut,
        fin=d.fin,
        etat=d.etat.value,
        copie_recu=d.copie_recu,
    )


async def verrouiller(session: AsyncSession, appli_id: str) -> AppliRow:
    row = await session.get(AppliRow, appli_id, with_for_update=True)
    if row is None:
        raise AppliInconnue(f"no app {appli_id[:40]}", f"aucune appli {appli_id[:40]}", champ="appli")
    return row


async def trouver(session: AsyncSession, appli_id: str) -> Appli:
    return (await verrouiller(session, appli_id)).to_domain()


async def toutes(session: AsyncSession, matricule: str | None = None, nom: str | None = None) -> list[Appli]:
    """Apps, newest activation of a person first: all (500 at most), one person's, or those of a name's beginning."""
    requete = select(AppliRow).order_by(AppliRow.matricule_ins, AppliRow.cle_id.desc(), AppliRow.appli_id).limit(500)
    if matricule:
        requete = requete.where(AppliRow.matricule_ins == matricule)
    if nom:
        # BETWEEN uses the index on both databases, LIKE does not.
        requete = requete.join(AssureRow, AssureRow.matricule_ins == AppliRow.matricule_ins).where(
            AssureRow.nom_naissance.between(nom, f"{nom}ZZZZZZ")
        )
    return [row.to_domain() for row in await session.scalars(requete)]


async def actives_de(session: AsyncSession, matricule: str) -> list[AppliRow]:
    found = await session.scalars(
        select(AppliRow)
        .where(AppliRow.matricule_ins == matricule, AppliRow.etat == Etat.ACTIVE.value)
        .with_for_update()
    )
    return list(found)


async def prochaine_cle(session: AsyncSession, matricule: str) -> int:
    derniere = await session.scalar(select(func.max(AppliRow.cle_id)).where(AppliRow.matricule_ins == matricule))
    return (derniere or 0) + 1


async def presentation(session: AsyncSession, nonce: str) -> PresentationRow | None:
    return await session.get(PresentationRow, nonce, with_for_update=True)


async def verrouiller_delegation(session: AsyncSession, delegation_id: str) -> DelegationRow:
    row = await session.get(DelegationRow, delegation_id, with_for_update=True)
    if row is None:
        raise DelegationInconnue(
            f"no delegation {delegation_id[:40]}", f"aucune délégation {delegation_id[:40]}", champ="delegation"
        )
    return row


async def delegation(session: AsyncSession, delegation_id: str) -> Delegation | None:
    row = await session.get(DelegationRow, delegation_id)
    return row.to_domain() if row else None


async def delegations_de(session: AsyncSession, matricule: str) -> list[Delegation]:
    """Given or received."""
    found = await session.scalars(
        select(DelegationRow)
        .where((DelegationRow.titulaire == matricule) | (DelegationRow.delegue == matricule))
        .order_by(DelegationRow.debut.desc(), DelegationRow.delegation_id)
    )
    return [row.to_domain() for row in found]
