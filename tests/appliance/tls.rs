//! TLS inside: protocols, certificates that are replaced while requests run, client certificates, and the limits that hold as
//! they do without it.

use crate::appliance::cluster::has_file;
use crate::appliance::{Appliance, PATIENCE, Ran, eventually, refused, run, scimbox};
use crate::directories::Authority;
use crate::idp_clients::Client;
use crate::people::*;
use crate::push_fixture::{Files, has_done, person as pushed, push, record};
use rustix::process::Signal;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// A folder with an authority, a certificate of it and its key.
pub struct Certified(tempfile::TempDir, Authority);

impl Certified {
    pub fn new() -> Certified {
        let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        authority.equip(folder.path(), &["127.0.0.1", "localhost"]);
        Certified(folder, authority)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Another certificate of the same authority.
    pub fn another(&self, names: &[&str]) -> Certified {
        let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        self.1.equip(folder.path(), names);
        Certified(folder, authority)
    }

    pub fn start(&self, more: &[&str]) -> Appliance {
        let (certificate, key) = (self.path("certificate.pem"), self.path("key.pem"));
        Appliance::start_with(&[&["--tls-cert", &certificate, "--tls-key", &key][..], more].concat())
    }
}

pub fn curl(arguments: &[&str]) -> Ran {
    run(Command::new("curl").args(["-sS", "-i", "--max-time", "30"]).args(arguments), "")
}

/// What openssl says of a handshake.
fn shake(address: &str, more: &[&str]) -> String {
    let ran = run(Command::new("openssl").args(["s_client", "-connect", address]).args(more), "Q\n");
    ran.stdout + &ran.stderr
}

/// The SHA-256 of the certificate that is served.
fn fingerprint(address: &str) -> String {
    let shown = shake(address, &[]);
    let ran = run(Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256"]), &shown);
    ran.stdout.trim().rsplit('=').next().unwrap_or_default().to_owned()
}

#[test]
fn a_certificate_from_files_is_served_with_tls_1_2_and_1_3_alone() {
    let files = Certified::new();
    let house = files.start(&[]);
    assert!(house.url("").starts_with("https://"));
    let ran = curl(&["--cacert", &files.path("ca.pem"), &house.url("/healthz")]).ok();
    assert!(ran.stdout.starts_with("HTTP/1.1 200"), "{}", ran.stdout);
    assert!(ran.stdout.contains("strict-transport-security"), "{}", ran.stdout);
    for (version, said) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let shown = shake(&house.address, &[version, "-alpn", "h2,http/1.1"]);
        assert!(shown.contains(&format!("New, {said}, Cipher is")), "{version}: {shown}");
        assert!(shown.contains("ALPN protocol: http/1.1"), "{shown}");
    }
    // HTTP/2 is never agreed on, also by a client that speaks nothing else.
    let shown = shake(&house.address, &["-alpn", "h2"]);
    assert!(shown.contains("no application protocol") && !shown.contains("ALPN protocol: h2"), "{shown}");
    let ran = curl(&["--http2", "--cacert", &files.path("ca.pem"), &house.url("/healthz")]).ok();
    assert!(ran.stdout.starts_with("HTTP/1.1 200"), "{}", ran.stdout);
    for old in ["-tls1", "-tls1_1"] {
        let shown = shake(&house.address, &[old, "-cipher", "ALL:@SECLEVEL=0"]);
        assert!(shown.contains("Cipher is (NONE)"), "{old}: {shown}");
    }
    for weak in ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "RC4-SHA", "DES-CBC3-SHA", "NULL-SHA256", "ADH-AES128-SHA"] {
        let shown = shake(&house.address, &["-tls1_2", "-cipher", &format!("{weak}:@SECLEVEL=0")]);
        assert!(!shown.contains("Cipher is EC") && !shown.contains(&format!("Cipher is {weak}")), "{weak}: {shown}");
    }
    // The cookie is one for https.
    house.add_admin();
    let reply = Client::plain(&house.url("/api/v1"))
        .with("Content-Type", "application/json")
        .post("/session", json!({ "email": crate::appliance::ADMIN, "password": crate::appliance::PASSWORD }))
        .expect(200);
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
    let status = Client::plain(&house.url("/api/v1")).with("Cookie", &crate::console::cookie(&reply)).get("/status");
    let status = status.expect(200).says("/https", true);
    assert!(status.at("/certificate_days").as_i64().is_some_and(|days| days > 0), "{}", status.text);
    crate::console::visitor(&house).get("/status").expect(200).says("/certificate_days", serde_json::Value::Null);
}

#[test]
fn a_certificate_is_replaced_while_requests_run_and_a_broken_one_is_not_taken() {
    let files = Certified::new();
    let house = files.start(&[]);
    let before = fingerprint(&house.address);
    let over = AtomicBool::new(false);
    let connected = house.rfc();
    std::thread::scope(|scope| {
        let ask = |kept: bool| {
            let mut client = connected.client();
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                if !kept {
                    client = connected.client();
                }
                client.get("/Users").expect(200);
                count += 1;
            }
            count
        };
        let asking = [scope.spawn(move || ask(true)), scope.spawn(move || ask(false))];
        for signal in [false, true] {
            let now = fingerprint(&house.address);
            files.1.equip(files.0.path(), &["127.0.0.1"]);
            if signal {
                house.signal(Signal::HUP);
            }
            eventually("another certificate", || (fingerprint(&house.address) != now).then_some(()));
        }
        let good = fingerprint(&house.address);
        std::fs::write(files.path("certificate.pem"), "none\n").unwrap();
        eventually("it is said", || house.stderr().contains("the one in use stays").then_some(()));
        assert_eq!(fingerprint(&house.address), good);
        over.store(true, Ordering::Relaxed);
        assert!(asking.into_iter().all(|asked| asked.join().unwrap() > 0));
    });
    assert_ne!(fingerprint(&house.address), before);
}

#[test]
fn a_self_signed_certificate_tells_its_fingerprint_and_stays() {
    let mut house = Appliance::start_with(&["--tls", "self-signed"]);
    let told = house.line(|line| line.contains("SHA-256"));
    let told = told.split_whitespace().last().unwrap().to_owned();
    assert_eq!(fingerprint(&house.address), told);
    let own = house.data().join("tls/self-signed.pem");
    let ran = curl(&["--cacert", own.to_str().unwrap(), &house.url("/healthz")]).ok();
    assert!(!ran.stdout.contains("strict-transport-security"), "browsers would offer no way on");
    for name in ["self-signed.pem", "self-signed.key"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(house.data().join("tls").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    house.crash();
    let again = Appliance::serve(house.folder.clone(), &["--tls", "self-signed"]);
    assert_eq!(fingerprint(&again.address), told);
}

#[test]
fn a_push_of_the_appliance_to_itself_works_whatever_its_certificate_and_its_clients() {
    let clients = Certified::new();
    for more in [&["--tls", "self-signed"][..], &["--tls", "self-signed", "--client-ca", &clients.path("ca.pem")]] {
        let house = Appliance::start_with(more);
        let (files, target) = (Files::new(), house.keeper());
        let path = files.write("people.json", json!({ "users": [pushed("ada", &[])] }).to_string());
        record(&house, "people", &target, &path, &[]);
        has_done(&push(&house, &target, "people", &["--yes"]), &[("/users/created", 1)]);
    }
}

#[test]
fn a_push_of_the_appliance_to_itself_tells_nothing_to_whoever_listens_in_its_place() {
    let [house, stranger] = [(); 2].map(|()| Appliance::start_with(&["--tls", "self-signed"]));
    let (files, target) = (Files::new(), house.keeper());
    let path = files.write("people.json", json!({ "users": [pushed("ada", &[])] }).to_string());
    record(&house, "people", &target, &path, &[]);
    let elsewhere = stranger.url("").trim_end_matches('/').to_owned();
    match has_file() {
        true => house.tamper(&format!("UPDATE appliance SET listen_url = '{elsewhere}'")),
        false => std::fs::write(house.data().join("listening"), elsewhere).unwrap(),
    }
    let ran = push(&house, &target, "people", &["--yes"]);
    assert!(ran["state"] == "failed" && ran["reason"].to_string().contains("certificate"), "{ran:#}");
    assert_eq!(stranger.json(&["requests", "list"]), json!([]), "the token was shown to somebody else");
}

#[test]
fn scim_needs_a_client_certificate_where_an_authority_of_clients_is_given() {
    let files = Certified::new();
    let house = files.start(&["--client-ca", &files.path("ca.pem")]);
    let connected = house.rfc();
    let url = house.url(&format!("{}/Users", connected.path()));
    let (ca, bearer) = (files.path("ca.pem"), format!("Authorization: Bearer {}", connected.token));
    let plain = ["--cacert", &ca, "-H", &bearer];
    let refusal = curl(&[&plain[..], &[&url]].concat()).ok();
    assert!(
        refusal.stdout.starts_with("HTTP/1.1 403") && refusal.stdout.contains("client certificate"),
        "{}",
        refusal.stdout
    );
    // Not by another spelling of the path either.
    let spelt = curl(&[&plain[..], &[&url.replace("/rest/scim/", "/rest/%73cim/")]].concat()).ok();
    assert!(!spelt.stdout.starts_with("HTTP/1.1 200"), "{}", spelt.stdout);
    assert!(curl(&["--cacert", &ca, &house.url("/api/v1/status")]).ok().stdout.starts_with("HTTP/1.1 200"));
    let (certificate, key) = (files.path("certificate.pem"), files.path("key.pem"));
    let shown = [&plain[..], &["--cert", &certificate, "--key", &key, &url]].concat();
    let ran = curl(&shown).ok();
    assert!(ran.stdout.starts_with("HTTP/1.1 200"), "{}", ran.stdout);
    // Of a stranger's authority: not even a handshake.
    let strange = Certified::new();
    let (certificate, key) = (strange.path("certificate.pem"), strange.path("key.pem"));
    assert_ne!(curl(&[&plain[..], &["--cert", &certificate, "--key", &key, &url]].concat()).code, 0);
}

#[test]
fn plain_http_leads_to_https_and_carries_no_token_on() {
    let files = Certified::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = port.to_string();
    let house = files.start(&["--http-redirect", &address, "--base-url", "https://scim.example.com"]);
    let plain = Client::plain(&format!("http://{address}"));
    let led = plain.get("/ui/users?x=1").expect(308);
    assert_eq!(led.header("location"), "https://scim.example.com/ui/users?x=1");
    plain.post("/api/rest/scim/v2/1/Users", mia()).expect(403);
    drop(house);
}

/// A TLS connection that says what it is told to.
fn encrypted(house: &Appliance, files: &Certified) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    let ca = std::fs::read(files.path("ca.pem")).unwrap();
    roots.add(rustls::pki_types::CertificateDer::from_pem_slice(&ca).unwrap()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let session = rustls::ClientConnection::new(std::sync::Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(&house.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    rustls::StreamOwned::new(session, stream)
}

fn rest(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_limits_of_heads_and_of_slow_clients_hold_inside_tls_and_for_handshakes() {
    let files = Certified::new();
    let house = files.start(&[]);
    // Says nothing, or half a greeting: let go, while others are served.
    let silent = TcpStream::connect(&house.address).unwrap();
    let mut half = TcpStream::connect(&house.address).unwrap();
    half.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).unwrap();
    // Half a head.
    let mut slow = encrypted(&house, &files);
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut long = encrypted(&house, &files);
    long.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ").unwrap();
    let _ = long.write_all(&[b'a'; 70_000]);
    assert!(rest(long).starts_with("HTTP/1.1 431"));
    let mut doubtful = encrypted(&house, &files);
    doubtful
        .write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    assert!(rest(doubtful).starts_with("HTTP/1.1 400"));
    assert!(rest(slow).starts_with("HTTP/1.1 408"));
    for mut stream in [silent, half] {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        assert!(read.is_ok() || read.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    }
    // No TLS at all.
    assert!(
        !rest({
            let mut plain = TcpStream::connect(&house.address).unwrap();
            plain.set_read_timeout(Some(PATIENCE)).unwrap();
            plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            plain
        })
        .contains("HTTP/1.1")
    );
    curl(&["--cacert", &files.path("ca.pem"), &house.url("/healthz")]).ok();
}

#[test]
fn a_start_with_certificates_that_do_not_fit_is_refused_in_words() {
    let (files, other) = (Certified::new(), Certified::new());
    let folder = tempfile::tempdir().unwrap();
    let serve = |arguments: &[&str]| {
        let mut command = scimbox(&folder.path().join("data"));
        for pair in arguments.chunks(2) {
            command
                .env(format!("SCIMBOX_{}", pair[0].trim_start_matches("--").replace('-', "_").to_uppercase()), pair[1]);
        }
        refused(&mut command)
    };
    let (certificate, key) = (files.path("certificate.pem"), other.path("key.pem"));
    serve(&["--tls-cert", &certificate, "--tls-key", &key]).fails(1).saying("the key belongs to another certificate");
    serve(&["--tls-cert", &certificate, "--tls-key", &certificate]).fails(1).saying("no private key");
    let missing = folder.path().join("missing.pem");
    assert!(!Path::new(&missing).exists());
    serve(&["--tls-cert", missing.to_str().unwrap(), "--tls-key", &key]).fails(1).saying("missing.pem");
    serve(&["--client-ca", &certificate]).fails(2).saying("need TLS");
    serve(&["--acme", "*.example.com"]).fails(2).saying("--acme must be the name of a host");
}
