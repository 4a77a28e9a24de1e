"""1. A doctor signs in with Pro Santé Connect: authorization code, PKCE, two digits on the e-CPS."""

from bacasante.demo.modele import Recit
from bacasante.demo.oidc import CLIENT_ID, CLIENT_SECRET, rafraichir, se_connecter
from bacasante.demo.scene import Identite, Scene

_PROTOCOLE = "/auth/realms/esante-wallet/protocol/openid-connect"
INTROSPECTION, USERINFO = f"{_PROTOCOLE}/token/introspect", f"{_PROTOCOLE}/userinfo"


def jouer(scene: Scene, recit: Recit) -> None:
    fil, medecin = scene.fil, scene.medecin
    identite = se_connecter(fil, recit, medecin, par_ecps=True)
    scene.sessions[medecin.slug] = identite
    recit.egal("UserInfo names the doctor", identite.userinfo["SubjectNameID"], medecin.id_nat, voie="UserInfo")
    exercices = identite.userinfo["SubjectRefPro"]["exercices"]
    places = len(medecin.exercices[0].activites)
    recit.egal("… with every place of practice", len(exercices[0]["activities"]), places, voie="UserInfo")

    premier = identite.access_token
    nouveau = rafraichir(fil, identite)
    recit.promettre("a refresh token gives a new access token", nouveau != premier, voie="token endpoint")
    _autres_voies(scene, recit, identite)


def _autres_voies(scene: Scene, recit: Recit, identite: Identite) -> None:
    """Introspection says the token is alive; the edge's journal knows whose it is."""
    corps = {"token": identite.access_token, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    vu = scene.fil.post(INTROSPECTION, data=corps, voie="introspection", qui="software")
    recit.promettre("the token is active", vu["active"], voie="introspection")
    info = scene.fil.get(USERINFO, jeton=identite.access_token, voie="OIDC", muet=True)
    entree = scene.fil.get(f"/_bac/journal/{info.brute.headers.get('bac-journal')}", voie="journal")
    recit.egal("the edge knows whose token it is", entree["caller"], scene.medecin.id_nat, voie="journal")
