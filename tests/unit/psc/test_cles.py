"""Keys: what is published, what is accepted, and who waits (nobody)."""

import asyncio
import json

from jose import jwt as autre_jwt

from gateway.oidc.keys import Reserve, Trousseau, generer, trousseau_neuf
from gateway.oidc.signature import Signataire

TROUSSEAU = trousseau_neuf()


def test_the_jwks_has_two_public_keys_and_the_first_is_not_the_one_to_verify_with() -> None:
    cles = json.loads(TROUSSEAU.jwks())["keys"]

    assert [(c["use"], c["alg"]) for c in cles] == [("enc", "RSA-OAEP"), ("sig", "RS256")]
    assert len({c["kid"] for c in cles}) == 2
    for cle in cles:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(cle)
        assert {"x5c", "x5t", "x5t#S256"} <= set(cle)


async def test_a_token_we_sign_is_verified_by_another_implementation() -> None:
    jeton = await Signataire(TROUSSEAU).signer({"sub": "é", "exp": 4_102_444_800})

    assert autre_jwt.decode(jeton, json.loads(TROUSSEAU.jwks()), algorithms=["RS256"])["sub"] == "é"


async def test_only_our_own_untouched_tokens_are_read() -> None:
    ici, ailleurs = Signataire(TROUSSEAU), Signataire(trousseau_neuf())
    jeton = await ici.signer({"exp": 1})
    rafraichissement = ici.signer_rafraichissement({"exp": 1, "typ": "Refresh"})

    assert ici.lire(jeton) == {"exp": 1}
    assert ici.lire(rafraichissement) == {"exp": 1, "typ": "Refresh"}
    assert ailleurs.lire(jeton) is None
    assert ailleurs.lire(rafraichissement) is None
    tete, charge, signature = jeton.split(".")
    for faux in ("", "a.b.c", "é", "x" * 20_000, f"{tete}.{charge}.", f"eyJhbGciOiJub25lIn0.{charge}.", jeton + "A"):
        assert ici.lire(faux) is None
    assert ici.lire(f"{tete}.{charge}.{signature[:-4]}AAAA") is None


async def test_a_rotation_keeps_the_old_key_published_so_living_tokens_verify() -> None:
    jeton = await Signataire(TROUSSEAU).signer({"exp": 1})
    tourne = TROUSSEAU.tournee(generer("sig", "RS256"))

    assert Signataire(tourne).lire(jeton) == {"exp": 1}
    assert len(json.loads(tourne.jwks())["keys"]) == 3
    assert Trousseau.from_json(tourne.to_json()).jwks() == tourne.jwks()


async def test_the_pool_serves_without_repeating_a_key_and_refills_behind() -> None:
    reserve = Reserve(taille=1)
    reserve.remplir()
    pris = await asyncio.gather(*(reserve.prendre() for _ in range(3)))

    assert len({t.signature.kid for t in pris}) == 3
    await reserve.fermer()
