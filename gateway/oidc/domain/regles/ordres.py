"""In which order each endpoint looks at the rules: what *why* tells of the ones that let the request through."""

_CLIENT = ("PSC-TOK-03c", "PSC-TOK-03e", "PSC-TOK-03a", "PSC-TOK-03f", "PSC-TOK-03b")
_JETON = ("PSC-TOK-01", "PSC-TOK-02", *_CLIENT, "PSC-TOK-04", "PSC-CIBA-01", "PSC-TOK-03d")

ORDRES: dict[str, tuple[str, ...]] = {
    "authorize": (
        "PSC-AUT-01",
        "PSC-AUT-02",
        "PSC-AUT-03",
        "PSC-AUT-04",
        "PSC-AUT-05",
        "PSC-AUT-07",
        "PSC-AUT-06",
        "PSC-AUT-22",
        "PSC-AUT-08",
        "PSC-AUT-09",
        "PSC-AUT-10",
        "PSC-AUT-11",
        "PSC-AUT-12",
        "PSC-AUT-13",
        "PSC-AUT-18",
        "PSC-AUT-17",
        "PSC-AUT-14",
        "PSC-AUT-15",
        "PSC-AUT-16",
        "PSC-AUT-19",
        "PSC-AUT-20",
        "PSC-AUT-21",
    ),
    "authorization_code": (
        *_JETON,
        "PSC-TOK-05",
        "PSC-TOK-06",
        "PSC-TOK-07",
        "PSC-TOK-08",
        "PSC-TOK-09a",
        "PSC-TOK-09b",
        "PSC-TOK-09c",
        "PSC-TOK-09d",
    ),
    "refresh_token": (
        *_JETON,
        "PSC-TOK-10",
        "PSC-TOK-11",
        "PSC-TOK-12",
        "PSC-TOK-13",
        "PSC-TOK-15",
        "PSC-TOK-14",
        "PSC-TOK-16",
        "PSC-TOK-17",
        "PSC-UI-04",
    ),
    "urn:openid:params:grant-type:ciba": (
        *_JETON,
        "PSC-CIBA-20",
        "PSC-CIBA-21",
        "PSC-CIBA-22",
        "PSC-CIBA-23",
        "PSC-CIBA-24",
        "PSC-CIBA-25",
    ),
    "ciba": (
        *_CLIENT,
        "PSC-REV-02",
        "PSC-CIBA-01",
        "PSC-CIBA-02",
        "PSC-CIBA-03",
        "PSC-CIBA-07",
        "PSC-CIBA-06",
        "PSC-CIBA-04",
        "PSC-CIBA-11",
        "PSC-CIBA-08",
        "PSC-CIBA-10",
        "PSC-CIBA-09",
        "PSC-CIBA-05",
        "PSC-CIBA-26",
    ),
    "introspect": (*_CLIENT, "PSC-REV-02", "PSC-REV-01"),
    "revoke": (*_CLIENT, "PSC-REV-02", "PSC-REV-01", "PSC-REV-03"),
    "userinfo": ("PSC-UI-01", "PSC-UI-02", "PSC-UI-03", "PSC-UI-04", "PSC-UI-05"),
    "logout": ("PSC-LOG-02", "PSC-LOG-03", "PSC-LOG-01"),
}


def examinees(point: str, regle: str) -> tuple[str, ...]:
    """The rules looked at before ``regle`` decided, in order, ``regle`` last."""
    ordre = ORDRES.get(point, ())
    return ordre[: ordre.index(regle) + 1] if regle in ordre else (regle,)
