"""The certificate a caller presented in TLS: base64 of its DER, from the server to the edge and on to a service.

The server has checked its chain and dates; whether it is revoked, and whom it names, is for the application.
"""

import base64
import binascii
from typing import TYPE_CHECKING

from shared.web.asgi import Scope

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

#: Where the server leaves it, in the state of the scope.
CLE = "certificat_client"


def certificat_de(scope: Scope) -> "Certificate | None":
    """The certificate presented with this request; None without one, or when it cannot be read."""
    from cryptography.x509 import load_der_x509_certificate

    brut = scope["state"].get("certificat")
    if not brut:
        return None
    try:
        return load_der_x509_certificate(base64.b64decode(brut))
    except (ValueError, binascii.Error):
        return None
