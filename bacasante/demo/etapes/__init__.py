"""The ten steps of architecture §8, in order."""

from bacasante.demo.etapes import (
    e01_connexion,
    e02_carte_vitale,
    e03_droits,
    e04_lecture_dmp,
    e05_prescription,
    e06_compte_rendu,
    e07_messagerie,
    e08_delivrance,
    e09_facture,
    e10_histoire,
)
from bacasante.demo.modele import Etape

ETAPES: tuple[Etape, ...] = (
    Etape(1, "A doctor signs in with Pro Santé Connect (e-CPS)", ("gateway",), e01_connexion.jouer),
    Etape(
        2,
        "The patient's carte Vitale app is read, the INS comes back qualified",
        ("apcv", "ins"),
        e02_carte_vitale.jouer,
    ),
    Etape(3, "ADRi gives the rights", ("adri",), e03_droits.jouer),
    Etape(
        4,
        "The doctor reads the DMP; a masked document stays hidden; the reading is traced and notified",
        ("dmp", "mss"),
        e04_lecture_dmp.jouer,
    ),
    Etape(
        5,
        "A prescription is written; the software feeds its PDF to the DMP",
        ("eprescription", "dmp"),
        e05_prescription.jouer,
    ),
    Etape(6, "A consultation report (CDA) is fed to the DMP", ("dmp",), e06_compte_rendu.jouer),
    Etape(7, "The doctor writes to the patient on MSSanté, document attached", ("mss",), e07_messagerie.jouer),
    Etape(8, "A pharmacist scans the QR code and delivers half of it", ("eprescription", "mss"), e08_delivrance.jouer),
    Etape(
        9,
        "The FSE is signed online, the phone shows the receipt, a second invoice is refused",
        ("apcv",),
        e09_facture.jouer,
    ),
    Etape(10, "The patient's history shows who did what", ("dmp",), e10_histoire.jouer),
)
