"""The QR symbol: model 2, level M, quiet zone of four modules (e-prescription §3.3)."""

import io

import segno

QUIETUDE = 4


def _symbole(contenu: str) -> segno.QRCode:
    return segno.make_qr(contenu, error="m", boost_error=False)


def png(contenu: str, echelle: int = 8) -> bytes:
    tampon = io.BytesIO()
    _symbole(contenu).save(tampon, kind="png", scale=echelle, border=QUIETUDE)
    return tampon.getvalue()


def svg(contenu: str) -> bytes:
    tampon = io.BytesIO()
    _symbole(contenu).save(tampon, kind="svg", scale=8, border=QUIETUDE)
    return tampon.getvalue()


def modules(contenu: str) -> tuple[tuple[bool, ...], ...]:
    """The dark modules, quiet zone included: a page draws them as squares and stays sharp at any size."""
    return tuple(tuple(bool(m) for m in ligne) for ligne in _symbole(contenu).matrix_iter(border=QUIETUDE))
