//! An ACME authority of the tests: pebble, with its own directory and its own idea of what is served where.

use crate::appliance::{Appliance, eventually};
use crate::directories::Authority;
use crate::programs::skipped;
use serde_json::json;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running authority; killed when it is dropped.
pub struct Pebble {
    folder: tempfile::TempDir,
    process: Option<Child>,
    port: u16,
    management: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Pebble {
    /// One that looks for every name at a port of this machine, and whose certificates live for so many seconds; `None`
    /// where it is not installed.
    pub fn start(tls_port: u16, life: u64) -> Option<Pebble> {
        if Command::new("pebble").arg("-help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            skipped("ACME, because pebble is not installed (Debian package pebble)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        Authority::new().equip(folder.path(), &["127.0.0.1", "localhost"]);
        let (port, management) = (free_port(), free_port());
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": path("certificate.pem"),
            "privateKey": path("key.pem"),
            "httpPort": free_port(),
            "tlsPort": tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": life,
        }});
        std::fs::write(folder.path().join("pebble.json"), config.to_string()).unwrap();
        let mut pebble = Pebble { folder, process: None, port, management };
        pebble.run();
        Some(pebble)
    }

    /// Runs it; it has forgotten everything that it knew before.
    pub fn run(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new("pebble");
        command.arg("-config").arg(self.folder.path().join("pebble.json"));
        command.env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "0").env("PEBBLE_AUTHZREUSE", "0");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        let address = format!("127.0.0.1:{}", self.port);
        eventually("pebble listens", || std::net::TcpStream::connect(&address).ok());
    }

    /// Ends it.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    pub fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.port)
    }

    /// What has to be trusted to speak to it.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The root of what it issues; another one after each start.
    pub fn root(&self) -> PathBuf {
        let url = format!("https://127.0.0.1:{}/roots/0", self.management);
        let path = self.folder.path().join("root.pem");
        let mut curl = Command::new("curl");
        curl.arg("-sS").arg("--cacert").arg(self.ca()).arg("-o").arg(&path).arg(url);
        assert!(curl.status().unwrap().success());
        path
    }

    /// An appliance that has a certificate for `localhost` obtained here.
    pub fn serve(&self, folder: std::sync::Arc<tempfile::TempDir>, port: u16) -> Appliance {
        let (address, directory, ca) = (format!("127.0.0.1:{port}"), self.directory(), self.ca());
        let acme = ["--acme", "localhost", "--acme-directory", &directory, "--acme-ca", ca.to_str().unwrap()];
        Appliance::serve(folder, &[&["--listen", &address][..], &acme].concat())
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.stop();
    }
}
