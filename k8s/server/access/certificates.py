"""Client certificates: whom the authority of XRAY_TLS_CLIENT_CA vouches for on a connection."""

import hashlib
import ssl

from cryptography import x509

MAX_NAME_CHARACTERS = 256
_ALTERNATIVES: tuple[tuple[str, type[x509.UniformResourceIdentifier | x509.DNSName | x509.RFC822Name]], ...] = (
    ("uri", x509.UniformResourceIdentifier),  # as of SPIFFE
    ("dns", x509.DNSName),
    ("email", x509.RFC822Name),
)


def holder(connection: ssl.SSLObject | None) -> str:
    """The client that a checked certificate names; empty where none was asked for or shown."""
    encoded = connection.getpeercert(binary_form=True) if connection is not None else None
    return f"tls:{name_of(encoded)}" if encoded else ""


def name_of(encoded: bytes) -> str:
    """Of a certificate in DER: its first alternative name (RFC 5280 section 4.2.1.6), else its subject (RFC 4514).

    One that names nobody, or at too great a length, or that cannot be read here, is called by its SHA-256. Each name
    says its kind, so that no name of one kind can be taken for one of another.
    """
    try:
        certificate = x509.load_der_x509_certificate(encoded)
        subject = certificate.subject.rfc4514_string()
        name = _alternative_name(certificate) or (subject and f"subject:{subject}")
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):  # OpenSSL is less strict
        name = ""
    if not name or len(name) > MAX_NAME_CHARACTERS:
        name = f"sha256:{hashlib.sha256(encoded).hexdigest()}"
    return name


def _alternative_name(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    for kind, form in _ALTERNATIVES:
        found = names.get_values_for_type(form)
        if found:
            return f"{kind}:{found[0]}"
    return ""
