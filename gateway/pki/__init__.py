"""The test PKI: authorities, certificates in every state, CRL and OCSP."""

from gateway.pki.pki import Pki

__all__ = ["Pki"]
