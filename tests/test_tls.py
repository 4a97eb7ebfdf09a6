"""https beside http: who trusts it, what is kept of it, and that it does no harm."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import requests
import trustme
from cryptography import x509

from emulator import tls
from emulator.core.errors import EmulatorError
from tests.processes import Running, environment, free_port, refused, run, serving

HEALTH = "/__admin/health"
KEPT = {"ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o600}


@dataclass
class Encrypted:
    """An emulator that serves https too."""

    plain: Running
    url: str
    ca: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def at(self, host: str) -> str:
        """The address of its health under another name."""
        return f"https://{host}:{self.port}{HEALTH}"

    def client(self) -> httpx.Client:
        trusting = ssl.create_default_context(cafile=self.ca)
        return httpx.Client(base_url=self.url, verify=trusting, timeout=20)


@contextmanager
def serving_https(folder: Path, *arguments: str) -> Iterator[Encrypted]:
    certificates = str(folder / "tls")
    ports = ["--tls", "--tls-port", "0"]
    with serving(folder, *ports, "--tls-dir", certificates, *arguments) as running:
        told = json.loads((folder / "ready.json").read_text())
        yield Encrypted(running, told["tls_url"], Path(told["tls_ca"]))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    names = ["--tls-name", "api.infobip.com", "--tls-name", "10.1.2.3"]
    with serving_https(tmp_path_factory.mktemp("https"), *names) as emulator:
        yield emulator
        assert emulator.plain.end()[0] == 0
        assert "Traceback" not in emulator.plain.log.read_text()


def certificate(pem: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.read_bytes())


def sans(pem: Path) -> set[str]:
    extension = certificate(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(name.value) for name in extension.value}


def by_httpx(url: str, ca: Path) -> int:
    return httpx.get(url, verify=ssl.create_default_context(cafile=ca)).status_code


def by_requests(url: str, ca: Path) -> int:
    return requests.get(url, verify=str(ca), timeout=20).status_code


def by_curl(url: str, ca: Path) -> int:
    command = ["curl", "-sS", "--noproxy", "*", "-o", "-", "-w", "\n%{http_code}"]
    done = subprocess.run([*command, "--cacert", ca, url], capture_output=True, timeout=20)
    if done.returncode:
        raise OSError(done.stderr.decode())
    return int(done.stdout.splitlines()[-1])


def by_openssl(url: str, ca: Path) -> int:
    address = httpx.URL(url)
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{address.port}", "-CAfile", str(ca)]
    checks = ["-x509_strict", "-verify_return_error", "-verify_hostname", address.host]
    asked = f"GET {HEALTH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    done = subprocess.run(
        [*command, *checks, "-quiet"], input=asked.encode(), capture_output=True, timeout=20
    )
    if done.returncode or not done.stdout:
        raise OSError(done.stderr.decode())
    return int(done.stdout.split()[1])


def by_node(url: str, ca: Path) -> int:
    code = "fetch(process.argv[1]).then(r => console.log(r.status), e => { throw e })"
    done = subprocess.run(
        ["node", "-e", code, url],
        env=environment({"NODE_EXTRA_CA_CERTS": str(ca)}),
        capture_output=True,
        timeout=20,
    )
    if done.returncode:
        raise OSError(done.stderr.decode())
    return int(done.stdout)


PROGRAMS = {"curl": by_curl, "openssl": by_openssl, "node": by_node}
CLIENTS: dict[str, Callable[[str, Path], int]] = {
    "httpx": by_httpx,
    "requests": by_requests,
    **{name: client for name, client in PROGRAMS.items() if shutil.which(name)},
}
clients = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)


@clients
def test_a_client_that_trusts_the_authority_is_answered(
    client: Callable[[str, Path], int], emulator: Encrypted
) -> None:
    assert client(emulator.at("localhost"), emulator.ca) == 200


@clients
def test_a_client_that_trusts_another_authority_is_not(
    client: Callable[[str, Path], int], emulator: Encrypted, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)

    with pytest.raises((OSError, httpx.ConnectError)):
        client(emulator.at("localhost"), other)


def test_an_authority_of_the_same_name_but_another_key_is_not_trusted(
    emulator: Encrypted, tmp_path: Path
) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        by_httpx(emulator.at("localhost"), tls.authority(tmp_path))


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "::1", "api.infobip.com", "10.1.2.3", socket.gethostname()]
)
def test_the_certificate_is_for_this_machine_and_the_names_that_were_given(
    name: str, emulator: Encrypted
) -> None:
    trusting = ssl.create_default_context(cafile=emulator.ca)
    with (
        socket.create_connection(("127.0.0.1", emulator.port), timeout=10) as connection,
        trusting.wrap_socket(connection, server_hostname=name) as encrypted,
    ):
        assert encrypted.version() in ("TLSv1.2", "TLSv1.3")


def test_the_certificate_is_for_no_other_name(emulator: Encrypted) -> None:
    trusting = ssl.create_default_context(cafile=emulator.ca)
    with (
        socket.create_connection(("127.0.0.1", emulator.port), timeout=10) as connection,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        trusting.wrap_socket(connection, server_hostname="api.konnek.example")


def test_both_ports_lead_to_the_same_emulator(emulator: Encrypted) -> None:
    headers = {"authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
    letter = {"destinations": [{"to": {"phoneNumber": "41793026727"}}], "text": "Hello"}

    with emulator.client() as client:
        sent = client.post("/omni/1/text", headers=headers, json=letter)

        id = sent.headers["emulator-request"]
        record = httpx.get(f"{emulator.plain.url}/__admin/requests/{id}").json()
        described = client.get("/__admin/openapi.json").json()["servers"]
    assert (sent.status_code, record["outcome"]) == (200, "accepted")
    assert described == [{"url": emulator.url}]


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01", b"\0" * 5000, b""],
    ids=["http", "half a greeting", "zeros", "nothing"],
)
def test_what_is_not_https_on_its_port_does_no_harm(sent: bytes, emulator: Encrypted) -> None:
    answered = b""
    with (
        suppress(ConnectionResetError),
        socket.create_connection(("127.0.0.1", emulator.port), timeout=20) as connection,
    ):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answered = connection.makefile("rb").read()

    assert b"HTTP/1.1" not in answered
    assert by_httpx(emulator.at("localhost"), emulator.ca) == 200
    assert "Traceback" not in emulator.plain.log.read_text()


def test_a_greeting_of_https_on_the_port_of_http_does_no_harm(emulator: Encrypted) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(emulator.plain.url.replace("http:", "https:"))

    assert httpx.get(f"{emulator.plain.url}{HEALTH}").status_code == 200


def test_the_start_tells_the_address_and_what_to_trust(emulator: Encrypted) -> None:
    second = emulator.plain.log.read_text().splitlines()[1]

    assert second == f"  https     {emulator.url}, for who trusts {emulator.ca}"


def test_the_command_prints_the_same_path_before_and_after_the_first_start(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tls"

    before = run("ca", "--tls-dir", str(folder))
    kept = (folder / "ca.pem").read_bytes()
    after = run("ca", variables={"EMULATOR_TLS_DIR": str(folder)})

    assert before.stdout == after.stdout == f"{folder}/ca.pem\n"
    assert (folder / "ca.pem").read_bytes() == kept
    assert not (folder / "server.pem").exists()


def test_the_default_folder_is_the_users_own(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}

    path = Path(run("ca", variables=home).stdout.strip())

    assert path.is_relative_to(tmp_path)
    assert path.is_file()


def test_keys_are_for_the_user_alone_and_the_authority_is_for_all(tmp_path: Path) -> None:
    tls.context(tmp_path, [])

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == KEPT


def test_the_next_start_finds_everything_as_it_was(tmp_path: Path) -> None:
    tls.context(tmp_path, ["app.test"])
    kept = {name: (tmp_path / name).read_bytes() for name in KEPT}

    tls.context(tmp_path, ["app.test"])

    assert {name: (tmp_path / name).read_bytes() for name in KEPT} == kept


def test_other_names_take_another_certificate_of_the_same_authority(tmp_path: Path) -> None:
    tls.context(tmp_path, ["one.test"])
    authority = (tmp_path / "ca.pem").read_bytes()

    tls.context(tmp_path, ["two.test"])

    assert {"one.test", "two.test"} & sans(tmp_path / "server.pem") == {"two.test"}
    assert (tmp_path / "ca.pem").read_bytes() == authority


def test_a_certificate_is_valid_for_as_long_as_all_clients_take(tmp_path: Path) -> None:
    tls.context(tmp_path, [])

    kept = certificate(tmp_path / "server.pem")
    valid = kept.not_valid_after_utc - kept.not_valid_before_utc
    assert timedelta(days=300) < valid < timedelta(days=400)


@pytest.mark.parametrize(("days", "replaced"), [(29, True), (31, False)])
def test_a_certificate_that_ends_soon_is_replaced(
    days: int, replaced: bool, tmp_path: Path
) -> None:
    path = tls.authority(tmp_path)
    pem = (tmp_path / "ca-key.pem").read_bytes()
    tls.context(tmp_path, [])
    leaf = trustme.CA.from_pem(pem, pem).issue_cert(
        *sans(tmp_path / "server.pem"), not_after=datetime.now(UTC) + timedelta(days=days)
    )
    old = leaf.private_key_and_cert_chain_pem.bytes()
    (tmp_path / "server.pem").write_bytes(old)

    tls.context(tmp_path, [])

    assert ((tmp_path / "server.pem").read_bytes() != old) == replaced
    assert path.exists()


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_certificate_that_is_broken_is_replaced(broken: bytes, tmp_path: Path) -> None:
    tls.authority(tmp_path)
    (tmp_path / "server.pem").write_bytes(broken)

    tls.context(tmp_path, [])

    assert "localhost" in sans(tmp_path / "server.pem")


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path) -> None:
    tls.context(tmp_path, [])
    (tmp_path / "ca-key.pem").unlink()

    tls.context(tmp_path, [])

    authority = certificate(tmp_path / "ca.pem")
    certificate(tmp_path / "server.pem").verify_directly_issued_by(authority)


def test_an_authority_that_is_broken_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "ca-key.pem").write_bytes(b"precious")

    told = refused("ca", "--tls-dir", str(tmp_path))

    assert told == (
        f"{tmp_path}/ca-key.pem does not hold a certificate and its key;"
        " without the file a new one is made"
    )
    assert (tmp_path / "ca-key.pem").read_bytes() == b"precious"


def test_starts_at_the_same_time_agree_on_one_authority(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from emulator import tls"
    code += "; print(tls.authority(Path(sys.argv[1])).read_text())"
    command = [sys.executable, "-c", code, str(tmp_path)]
    starts = [
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) for _ in range(4)
    ]

    seen = {start.communicate(timeout=20)[0] for start in starts}

    assert len(seen) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca-key.pem", "ca.pem"]


@pytest.mark.parametrize("name", ["", "a b", "http://api.infobip.com", "api.infobip.com:443", "-"])
def test_what_is_no_name_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="is neither a host name nor an address"):
        tls.context(tmp_path, [name])


def test_a_name_in_other_letters_is_written_as_certificates_do(tmp_path: Path) -> None:
    tls.context(tmp_path, ["BÜCHER.test", "*.App.test", "0:0::1"])

    assert {"xn--bcher-kva.test", "*.app.test", "::1"} <= sans(tmp_path / "server.pem")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tls", "--tls-dir", "FILE/tls"], "cannot keep certificates in {}/FILE/tls: Not a "),
        (["--tls-name", "app.test"], "--tls-name is for a certificate of https; say --tls too"),
        (["--tls", "--tls-port", "PORT"], "--tls-port 0 for any free"),
        (["--tls", "--tls-prot", "1"], "--tls-port"),
    ],
)
def test_a_start_that_cannot_be_is_told_in_one_sentence(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    (tmp_path / "FILE").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = [port if argument == "PORT" else argument for argument in arguments]
        variables = {"EMULATOR_PORT": "0", "HOME": str(tmp_path), "XDG_CONFIG_HOME": ""}

        assert told.format(tmp_path) in refused(*given, cwd=tmp_path, variables=variables)


def test_one_signal_ends_both(tmp_path: Path) -> None:
    with serving_https(tmp_path) as emulator, emulator.client() as client:
        client.get(HEALTH)

        exit_code, took = emulator.plain.end()

        for url in (emulator.url, emulator.plain.url):
            with pytest.raises(httpx.ConnectError):
                httpx.get(url)
    assert exit_code == 0
    assert took < 3


def test_a_chosen_port_is_used(tmp_path: Path) -> None:
    port = free_port()

    with serving_https(tmp_path, "--tls-port", str(port)) as emulator:
        assert emulator.port == port


@pytest.mark.parametrize(
    "recipient",
    ["447700900900", "447700900901", "447700900902"],
    ids=["reset", "empty", "truncated"],
)
def test_an_encrypted_connection_can_be_broken_too(recipient: str, emulator: Encrypted) -> None:
    headers = {"authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
    letter = {"destinations": [{"to": {"phoneNumber": recipient}}], "text": "Hello"}

    # Python tells a reset of an encrypted connection no more clearly than its end.
    with emulator.client() as client, pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.post("/omni/1/text", headers=headers, json=letter)


def test_the_emulator_s_own_pages_may_be_called_by_the_names_of_its_certificate(
    tmp_path: Path,
) -> None:
    with (
        serving_https(tmp_path, "--tls-name", "api.shop.example") as emulator,
        emulator.client() as client,
    ):
        statuses = [
            client.get(HEALTH, headers={"host": host}).status_code
            for host in ("api.shop.example", "api.shop.example:8485", "shop.example")
        ]

    assert statuses == [200, 200, 403]


def test_a_client_that_does_not_trust_the_authority_is_told_what_to_set(tmp_path: Path) -> None:
    with serving_https(tmp_path) as emulator:
        told = [refused("wait", emulator.url, "--timeout", "0"), refused("tail", emulator.url)]

    assert [line.rpartition("; ")[2] for line in told] == [
        'set SSL_CERT_FILE to what "messaging-emulator ca" prints'
    ] * 2


def test_a_session_can_be_chosen_by_its_host(tmp_path: Path) -> None:
    headers = {"host": "t1.localhost"}
    named = {"sni_hostname": "t1.localhost"}
    with serving_https(tmp_path, "--tls-name", "t1.localhost") as emulator:
        httpx.post(f"{emulator.plain.url}/__admin/sessions", json={"name": "t1"})
        httpx.post(f"{emulator.plain.url}/__session/t1/nothing")

        with emulator.client() as client:
            found = client.get("/__admin/requests", headers=headers, extensions=named).json()

    assert [request["session"] for request in found["requests"]] == ["t1"]
