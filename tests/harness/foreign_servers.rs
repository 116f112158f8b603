//! SCIM servers of others, on loopback; nothing where they are not installed, which is said loudly.

use crate::appliance::eventually;
use crate::programs::skipped;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ended when it is dropped, and its folder with it.
pub struct ForeignServer {
    process: Child,
    _folder: tempfile::TempDir,
}

impl Drop for ForeignServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// django-scim2 with its own adapters, and the address of its endpoint. Its token is `foreign-token`.
pub fn django_scim2() -> Option<(ForeignServer, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let environment = root.join("target/venv-django-scim2");
    let package = std::fs::read_dir(environment.join("lib")).ok().and_then(|mut found| found.next()?.ok());
    if package.is_none_or(|python| !python.path().join("site-packages/django_scim").exists()) {
        let why = std::env::var("SCIMBOX_TESTS_NO_DJANGO_SCIM2").unwrap_or_else(|_| "tests/run installs it".to_owned());
        skipped(&format!("django-scim2 as a foreign server, because target/venv-django-scim2 has none ({why})"));
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new(environment.join("bin/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root.join("tests/foreign/django_scim2/server.py"))
        .args([&port.to_string(), "foreign-token"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = ForeignServer { process, _folder: folder };
    eventually("django-scim2 listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    Some((server, format!("http://127.0.0.1:{port}/scim/v2")))
}
