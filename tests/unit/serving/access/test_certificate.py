"""Options of TLS that do not fit are refused before the start; a renewal leaves what is in use."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization

from sentiment.bentoml_adapter import UvicornServer
from sentiment.errors import UsageError
from sentiment.serving.access.certificate import CertificateWatch, check_certificate
from tests.support.certificates import Certificate, put

PASSWORD = "s3cret"


def encrypted(key: bytes) -> bytes:
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made, other = Certificate(), Certificate()
    made.write(tmp_path)
    put(tmp_path / "both.pem", made.key + made.chain)
    put(tmp_path / "other.key", other.key)
    put(tmp_path / "encrypted.key", encrypted(made.key))
    put(tmp_path / "nonsense", b"nonsense")
    monkeypatch.chdir(tmp_path)
    return tmp_path


PAIR = {"ssl_certfile": "tls.crt", "ssl_keyfile": "tls.key"}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ssl_version": 17, "ssl_cert_reqs": 0, "ssl_ciphers": "TLSv1"},  # what BentoML gives
        PAIR,
        PAIR | {"ssl_ca_certs": "tls.crt", "ssl_cert_reqs": 2},
        PAIR | {"ssl_ciphers": "ECDHE+AESGCM"},
        {"ssl_certfile": "both.pem"},
        PAIR | {"ssl_keyfile": "encrypted.key", "ssl_keyfile_password": PASSWORD},
    ],
    ids=str,
)
@pytest.mark.usefixtures("folder")
def test_options_that_fit_are_taken(options: dict[str, object]) -> None:
    check_certificate(options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (PAIR | {"ssl_keyfile": "gone.key"}, "--ssl-keyfile gone.key cannot be read: No such"),
        (PAIR | {"ssl_certfile": "gone.crt"}, "--ssl-certfile gone.crt cannot be read: No such"),
        (PAIR | {"ssl_certfile": "."}, "--ssl-certfile . cannot be read: Is a directory"),
        (PAIR | {"ssl_keyfile": "other.key"}, "mismatch"),
        (PAIR | {"ssl_keyfile": "nonsense"}, "cannot speak TLS"),
        (PAIR | {"ssl_certfile": "nonsense"}, "cannot speak TLS"),
        ({"ssl_certfile": "tls.crt"}, "cannot speak TLS"),
        ({"ssl_keyfile": "tls.key"}, "--ssl-keyfile without a certificate"),
        (
            {"ssl_ca_certs": "tls.crt", "ssl_cert_reqs": 2},
            "--ssl-ca-certs without a certificate",
        ),
        (PAIR | {"ssl_keyfile": "encrypted.key"}, "cannot speak TLS"),
        (PAIR | {"ssl_keyfile": "encrypted.key", "ssl_keyfile_password": "a"}, "cannot speak TLS"),
        (PAIR | {"ssl_ca_certs": "nonsense"}, "cannot speak TLS"),
        (PAIR | {"ssl_ca_certs": "gone"}, "--ssl-ca-certs gone cannot be read"),
        (PAIR | {"ssl_cert_reqs": 9}, "cannot speak TLS"),
        (PAIR | {"ssl_version": 99}, "cannot speak TLS"),
        (PAIR | {"ssl_ciphers": "none"}, "cannot speak TLS"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("folder")
def test_options_that_do_not_fit_are_refused_in_one_line(
    options: dict[str, object], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as refusal:
        check_certificate(options)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert "_ssl.c" not in str(refusal.value)
    assert capfd.readouterr().err == ""  # nobody was asked for a password


@pytest.mark.parametrize("broken", ["other.key", "nonsense", "encrypted.key", None])
def test_files_that_do_not_fit_are_told_of_once_and_change_nothing(
    folder: Path, broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    import uvicorn

    config = uvicorn.Config(lambda: None, ssl_certfile="tls.crt", ssl_keyfile="tls.key")
    config.load()
    server = UvicornServer(SimpleNamespace(config=config))
    watch = CertificateWatch(server, server.certificate_files())
    good = (folder / "tls.key").read_bytes()
    if broken is None:
        (folder / "tls.key").unlink()
    else:
        put(folder / "tls.key", (folder / broken).read_bytes())
    for _ in range(3):
        watch.look()
    assert caplog.text.count("was not renewed") == 1
    with caplog.at_level(logging.INFO, "sentiment.access"):
        put(folder / "tls.key", good)
        watch.look()
    assert "the certificate was renewed" in caplog.text
