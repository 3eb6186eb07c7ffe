"""Certificates made for a test: an authority of its own, servers and clients that it vouches for."""

import ipaddress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Authority:
    """A certificate authority whose own certificate is `folder/NAME.pem`."""

    def __init__(self, folder, name):
        self.folder, self._name, self._key = folder, _named(name), ec.generate_private_key(ec.SECP256R1())
        basic = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(self._name, self._name, self._key).add_extension(basic, critical=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))

    def issue(self, name, *more):
        """Paths of a certificate for 127.0.0.1 and of its key; issued again, they replace the files.

        `more` are further alternative names.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *more])
        certificate = _builder(_named(name), self._name, key).add_extension(address, critical=False)
        paths = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        paths[1].write_bytes(key.private_bytes(*form))
        paths[0].write_bytes(_pem(certificate.sign(self._key, hashes.SHA256())))
        return paths


def _named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])


def _builder(subject, issuer, key):
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer, subject, key.public_key(), x509.random_serial_number(), now - DAY, now + 30 * DAY
    )


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)
