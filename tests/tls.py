"""A real TLS server with certificates of an authority of the test's own, as a proxy shows them."""

import socket
import ssl
import threading
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates. Whoever trusts `file` trusts them."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "authority.pem"
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
        now = datetime.now().astimezone()
        self._own = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=400))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.file.write_bytes(self._own.public_bytes(Encoding.PEM))

    def certificate_for(self, host: str, *, ends_at: datetime) -> Path:
        """A file with certificate and key for a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(ends_at - timedelta(days=90))
            .not_valid_after(ends_at)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f"{host}-{ends_at.date()}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        return file


def _usage(*, signs: bool) -> x509.KeyUsage:
    others = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "content_commitment", "key_agreement", "encipher_only"), False
    )
    return x509.KeyUsage(digital_signature=True, key_cert_sign=signs, crl_sign=signs, decipher_only=False, **others)


class TlsServer:
    """Shows for each host the certificate in `shown`; for others it breaks off, as Caddy does."""

    def __init__(self) -> None:
        self.shown: dict[str, Path] = {}
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.sni_callback = self._choose

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()
        assert ip_address(host).is_loopback
        return f"{host}:{port}"

    def __enter__(self) -> "TlsServer":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._greet, args=[connection], daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        with connection:
            try:
                with self._context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1)
            except OSError:
                pass

    def _choose(self, connection: ssl.SSLObject, host: str | None, _context: ssl.SSLContext) -> int | None:
        self.asked.append(host or "")
        if host not in self.shown:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        chosen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        chosen.load_cert_chain(self.shown[host])
        connection.context = chosen
        return None
