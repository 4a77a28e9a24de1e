"""The personas who act: professionals, people under their responsibility, a software; by slug.

People of the sheets keep their identifiers (VERDIER: apcv §3.1, EXEMPLE-UN: pro-sante-connect §3.4, TESTEUR and
URGENCE: dmp §2.2 and mon-espace-sante §6.2, MARTIN: annuaire-sante §5, DUMAS: eprescription §4.3); where one number
is given to two people, the first sheet in that list keeps it and the other takes a free one. All other numbers are in
the 997 range.
"""

from shared.monde._accompagnants import ACCOMPAGNANTS
from shared.monde._medecins import MEDECINS
from shared.monde._soignants import SOIGNANTS
from shared.monde._specialistes import SPECIALISTES
from shared.monde.modele import Professionnel

PROFESSIONNELS: dict[str, Professionnel] = {p.slug: p for p in (*MEDECINS, *SPECIALISTES, *SOIGNANTS, *ACCOMPAGNANTS)}

PAR_ID_NAT: dict[str, Professionnel] = {p.id_nat: p for p in PROFESSIONNELS.values()}
