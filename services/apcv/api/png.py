"""The QR code as a picture."""

import io
from base64 import b64encode

import segno


def png(donnees: str) -> bytes:
    """Alphanumeric mode, level M: 68 characters."""
    sortie = io.BytesIO()
    segno.make_qr(donnees, mode="alphanumeric", error="m").save(sortie, kind="png", scale=6, border=4)
    return sortie.getvalue()


def en_url(donnees: str) -> str:
    """The same as a ``data:`` URL, for a page or a JSON client."""
    return f"data:image/png;base64,{b64encode(png(donnees)).decode()}"
