"""What Pro Santé Connect remembers of a bac: sessions, codes, logins in progress, phone and CIBA requests, knobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.oidc.domain.ciba import RequeteCiba
from gateway.oidc.domain.code import CodeEmis
from gateway.oidc.domain.connexion import DemandeEcps, Etat
from gateway.oidc.domain.session import Session
from gateway.store.base import Base
from shared.db.conventions import Instant, Json, Sequence


class CleBacRow(Base):
    """The key ring of a bac, in the central space: a reset of the bac keeps it, dropping the bac forgets it."""

    __tablename__ = "cle_bac"

    bac: Mapped[str] = mapped_column(String(32), primary_key=True)
    trousseau: Mapped[str] = mapped_column(Text)


class ReglagesPscRow(Base):
    __tablename__ = "reglages_psc"

    cle: Mapped[str] = mapped_column(String(20), primary_key=True)
    valeurs: Mapped[dict[str, Any]] = mapped_column(Json)


class SessionPscRow(Base):
    """``epoque``: sessions from before a reset or a restore are void. ``cookie``: digest of what the browser holds."""

    __tablename__ = "session_psc"

    sid: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoque: Mapped[int] = mapped_column(BigInteger)
    persona: Mapped[str] = mapped_column(String(64))
    id_nat: Mapped[str] = mapped_column(String(64), index=True)
    patient: Mapped[dict[str, Any] | None] = mapped_column(Json)
    auth_mode: Mapped[str] = mapped_column(String(10))
    auth_time: Mapped[datetime] = mapped_column(Instant)
    ouverte_a: Mapped[datetime] = mapped_column(Instant)
    vue_a: Mapped[datetime] = mapped_column(Instant)
    terminee_a: Mapped[datetime | None] = mapped_column(Instant)
    cookie: Mapped[str | None] = mapped_column(String(64), index=True)

    def to_domain(self) -> Session:
        return Session(
            self.sid,
            self.persona,
            self.id_nat,
            self.auth_time,
            self.vue_a,
            self.auth_mode,
            self.ouverte_a,
            self.terminee_a,
        )

    def suivre(self, session: Session) -> None:
        self.auth_mode = session.auth_mode
        self.auth_time = session.auth_time
        self.vue_a = session.vue_a
        self.terminee_a = session.terminee_a


class SessionClientRow(Base):
    """A client that joined a session; ``detache_a`` when it left (revocation, code used twice)."""

    __tablename__ = "session_client"

    sid: Mapped[str] = mapped_column(String(36), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)
    detache_a: Mapped[datetime | None] = mapped_column(Instant)


class CodeRow(Base):
    __tablename__ = "code_autorisation"

    empreinte: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(100))
    redirect_uri: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    sid: Mapped[str] = mapped_column(String(36))
    nonce: Mapped[str | None] = mapped_column(Text)
    code_challenge: Mapped[str | None] = mapped_column(String(128))
    code_challenge_method: Mapped[str | None] = mapped_column(String(10))
    expire_a: Mapped[datetime] = mapped_column(Instant, index=True)
    utilise_a: Mapped[datetime | None] = mapped_column(Instant)

    def to_domain(self) -> CodeEmis:
        return CodeEmis(
            self.empreinte,
            self.client_id,
            self.redirect_uri,
            self.scope,
            self.sid,
            self.nonce,
            self.code_challenge,
            self.code_challenge_method,
            self.expire_a,
            self.utilise_a,
        )


class ConnexionRow(Base):
    """A login page somebody is looking at. ``navigateur``: digest of the cookie of the browser that opened it."""

    __tablename__ = "connexion"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    navigateur: Mapped[str] = mapped_column(String(64))
    demande: Mapped[dict[str, Any]] = mapped_column(Json)
    demande_ecps: Mapped[str | None] = mapped_column(String(36))
    expire_a: Mapped[datetime] = mapped_column(Instant, index=True)
    finie_a: Mapped[datetime | None] = mapped_column(Instant)


class DemandeEcpsRow(Base):
    __tablename__ = "demande_ecps"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    persona: Mapped[str] = mapped_column(String(64), index=True)
    id_nat: Mapped[str] = mapped_column(String(64))
    numero: Mapped[str] = mapped_column(String(50))
    service: Mapped[str] = mapped_column(String(200))
    origine: Mapped[str] = mapped_column(String(12))
    creee_a: Mapped[datetime] = mapped_column(Instant)
    expire_a: Mapped[datetime] = mapped_column(Instant, index=True)
    etat: Mapped[str] = mapped_column(String(12))
    essais: Mapped[int]
    auto_a: Mapped[datetime | None] = mapped_column(Instant)
    auto_etat: Mapped[str | None] = mapped_column(String(12))

    def to_domain(self) -> DemandeEcps:
        return DemandeEcps(
            self.id,
            self.persona,
            self.id_nat,
            self.numero,
            self.service,
            self.origine,
            self.creee_a,
            self.expire_a,
            Etat(self.etat),
            self.essais,
            self.auto_a,
            Etat(self.auto_etat) if self.auto_etat else None,
        )

    @classmethod
    def de(cls, d: DemandeEcps) -> "DemandeEcpsRow":
        return cls(
            id=d.id,
            persona=d.persona,
            id_nat=d.id_nat,
            numero=d.numero,
            service=d.service,
            origine=d.origine,
            creee_a=d.creee_a,
            expire_a=d.expire_a,
            etat=d.etat.value,
            essais=d.essais,
            auto_a=d.auto_a,
            auto_etat=d.auto_etat.value if d.auto_etat else None,
        )

    def suivre(self, d: DemandeEcps) -> None:
        self.etat = d.etat.value
        self.essais = d.essais


class CibaRow(Base):
    __tablename__ = "requete_ciba"

    empreinte: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(10))
    demande_id: Mapped[str] = mapped_column(String(36))
    expire_a: Mapped[datetime] = mapped_column(Instant, index=True)
    intervalle: Mapped[int]
    sondee_a: Mapped[datetime | None] = mapped_column(Instant)
    consommee: Mapped[bool]

    def to_domain(self) -> RequeteCiba:
        return RequeteCiba(
            self.empreinte,
            self.client_id,
            self.scope,
            self.demande_id,
            self.expire_a,
            self.intervalle,
            self.sondee_a,
            self.consommee,
        )

    def suivre(self, r: RequeteCiba) -> None:
        self.intervalle = r.intervalle
        self.sondee_a = r.sondee_a
        self.consommee = r.consommee


class JetonConnuRow(Base):
    """Tokens to remember by ``jti`` until they expire: revoked, already refreshed, assertion already shown."""

    __tablename__ = "jeton_connu"

    jti: Mapped[str] = mapped_column(String(100), primary_key=True)
    nature: Mapped[str] = mapped_column(String(12), primary_key=True)  # revoque, servi or assertion
    expire_a: Mapped[datetime] = mapped_column(Instant, index=True)


class ProchaineConnexionRow(Base):
    """A login queued by a test: the next login page of the bac answers by itself."""

    __tablename__ = "prochaine_connexion"

    rang: Mapped[int] = mapped_column(Sequence, Identity(), primary_key=True)
    persona: Mapped[str] = mapped_column(String(64))
    issue: Mapped[str] = mapped_column(String(10))
    auth_mode: Mapped[str | None] = mapped_column(String(10))
