"""The discovery document, true to what is enabled, or as captured from the platform (PSC §1.3)."""

from typing import Any

from gateway.oidc.domain.autorisation import SCOPES
from gateway.oidc.domain.reglages import Reglages

REALM = "/auth/realms/esante-wallet"
PROTOCOLE = f"{REALM}/protocol/openid-connect"

_ALGS = ["RS256"]
_ALGS_CAPTURE = [
    "PS384",
    "RS384",
    "EdDSA",
    "ES384",
    "HS256",
    "HS512",
    "ES256",
    "RS256",
    "HS384",
    "ES512",
    "PS256",
    "PS512",
    "RS512",
]  # order of the capture
_ALGS_ASYM = ["PS384", "RS384", "EdDSA", "ES384", "ES256", "RS256", "ES512", "PS256", "PS512", "RS512"]
_AUTH = ["private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth"]


def document(base: str, reglages: Reglages) -> dict[str, Any]:
    """The metadata of the bac at ``base`` (public URL with its bac prefix)."""
    doc = _commun(base)
    if reglages.discovery_mode == "as_captured":
        doc |= _comme_capture(base)
    return doc


def _commun(base: str) -> dict[str, Any]:
    issuer, p = base + REALM, base + PROTOCOLE
    points = {
        "token_endpoint": f"{p}/token",
        "revocation_endpoint": f"{p}/revoke",
        "introspection_endpoint": f"{p}/token/introspect",
        "userinfo_endpoint": f"{p}/userinfo",
        "backchannel_authentication_endpoint": f"{p}/ext/ciba/auth",
    }
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": points["token_endpoint"],
        "introspection_endpoint": points["introspection_endpoint"],
        "userinfo_endpoint": points["userinfo_endpoint"],
        "end_session_endpoint": f"{p}/logout",
        "frontchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "jwks_uri": f"{p}/certs",
        "grant_types_supported": ["authorization_code", "refresh_token", "urn:openid:params:grant-type:ciba"],
        "acr_values_supported": ["0", "0"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": _ALGS,
        "userinfo_signing_alg_values_supported": ["RS256", "none"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "token_endpoint_auth_methods_supported": _AUTH,
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "introspection_endpoint_auth_methods_supported": _AUTH,
        "revocation_endpoint_auth_methods_supported": _AUTH,
        "claims_supported": (
            [
                "aud",
                "sub",
                "iss",
                "auth_time",
                "name",
                "given_name",
                "family_name",
                "preferred_username",
                "email",
                "acr",
            ]
        ),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "scopes_supported": SCOPES,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": True,
        "code_challenge_methods_supported": ["plain", "S256"],
        "tls_client_certificate_bound_access_tokens": True,
        "revocation_endpoint": points["revocation_endpoint"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_authentication_endpoint": points["backchannel_authentication_endpoint"],
        "require_pushed_authorization_requests": False,
        "mtls_endpoint_aliases": points,
        "authorization_response_iss_parameter_supported": True,
    }


def _comme_capture(base: str) -> dict[str, Any]:
    """What the platform advertises beyond what it opens to vendors; asking for it is refused all the same."""
    p = base + PROTOCOLE
    return {
        "grant_types_supported": [
            "authorization_code",
            "implicit",
            "refresh_token",
            "password",
            "client_credentials",
            "urn:openid:params:grant-type:ciba",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "response_types_supported": [
            "code",
            "none",
            "id_token",
            "token",
            "id_token token",
            "code id_token",
            "code token",
            "code id_token token",
        ],
        "id_token_signing_alg_values_supported": _ALGS_CAPTURE,
        "response_modes_supported": [
            "query",
            "fragment",
            "form_post",
            "query.jwt",
            "fragment.jwt",
            "form_post.jwt",
            "jwt",
        ],
        "token_endpoint_auth_methods_supported": [*_AUTH, "client_secret_jwt"],
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_authentication_request_signing_alg_values_supported": _ALGS_ASYM,
        "check_session_iframe": f"{p}/login-status-iframe.html",
        "device_authorization_endpoint": f"{p}/auth/device",
        "pushed_authorization_request_endpoint": f"{p}/ext/par/request",
        "registration_endpoint": f"{base}{REALM}/clients-registrations/openid-connect",
    }
