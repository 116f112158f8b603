//! The way to PostgreSQL: encrypted, with the certificate and the name of the other end verified, and a password that comes from
//! the environment or from a file.

use crate::appliance::cluster::{Cluster, Database};
use crate::appliance::{Ran, program, run};
use crate::directories::Authority;
use crate::programs::skipped;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::sync::Arc;

const NAME: &str = "db.acme.test";

/// Writes a file that all may read, or its owner alone.
fn put(folder: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Has the server show a certificate, and ask everybody but the tests for TLS and a password.
fn guard(own: &Cluster, folder: &Path, authority: &Authority) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (certificate, key) = authority.sign(&[NAME]);
    let key = put(folder, "server.key", &key, 0o600);
    if rustix::process::geteuid().is_root() {
        chown(&key, Some(65534), Some(65534)).unwrap();
    }
    let rules = "host all scimbox all trust\nhostssl all guarded all scram-sha-256\n";
    for (setting, value) in [
        ("ssl", "on"),
        ("ssl_cert_file", &put(folder, "server.pem", &certificate, 0o644)),
        ("ssl_key_file", &key),
        ("hba_file", &put(folder, "rules.conf", rules, 0o644)),
    ] {
        own.ask("postgres", &format!("ALTER SYSTEM SET {setting} = '{value}'"));
    }
    own.ask("postgres", "CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'right'");
    own.down(false);
    own.up();
}

#[test]
fn the_database_is_verified_by_authority_and_name_and_let_in_by_password() {
    let own = match Cluster::start(94) {
        Ok(own) => Arc::new(own),
        Err(why) => return skipped(&format!("TLS to the database, because {why}")),
    };
    let (database, files) = (own.fresh(), tempfile::tempdir().unwrap());
    let folder = files.path();
    let authority = Authority::new();
    guard(&own, folder, &authority);
    let ca = put(folder, "ca.pem", &authority.pem(), 0o644);
    let other_ca = put(folder, "other.pem", &Authority::new().pem(), 0o644);
    let Database { name, .. } = &database;
    let url = database.url();
    let host = url.split_once('@').unwrap().1.split_once(':').unwrap().0;
    let named = format!("postgres://guarded@{NAME}:5432/{name}?hostaddr={host}");
    let list = |url: &str, password: Option<&str>, more: &[&str]| -> Ran {
        let mut command = program();
        command.env_remove("PGPASSWORD").args(["node", "list", "--store", url, "--data-dir"]).arg(folder.join("data"));
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        run(command.args(more), "")
    };
    let trusting = ["--store-ca", &ca];
    let with_file = |file: &str| list(&named, None, &["--store-ca", &ca, "--store-password-file", file]);

    list(&named, Some("right"), &trusting).ok();
    for mode in ["prefer", "require", "verify-full"] {
        let asked = format!("{named}&sslmode={mode}");
        list(&asked, Some("right"), &trusting).ok();
        // Whatever is asked for, the other end is verified.
        list(&asked, Some("right"), &["--store-ca", &other_ca]).fails(6).saying("--store-ca");
    }
    list(&named, Some("right"), &["--store-ca", &other_ca]).fails(6).saying("no authority that is trusted here");
    let stranger = format!("postgres://guarded@{host}:5432/{name}");
    list(&stranger, Some("right"), &trusting).fails(6).saying("is for another name");
    list(&named, Some("right"), &["--store-ca", &put(folder, "empty.pem", "", 0o644)])
        .fails(2)
        .saying("no certificate");

    list(&named, Some("wrong"), &trusting).fails(6).saying("password authentication failed");
    list(&named, None, &trusting).fails(6).saying("password");
    with_file(&put(folder, "alone", "right\n", 0o600)).ok();
    with_file(&put(folder, "pgpass", &format!("# ours\nelse:5432:*:*:wrong\n{NAME}:*:*:guarded:right\n"), 0o600)).ok();
    with_file(&put(folder, "other", "else:5432:*:guarded:right\n", 0o600)).fails(2).saying("No line of");
    with_file(&put(folder, "open", "right\n", 0o644)).fails(2).saying("chmod 600");
    with_file(&put(folder, "false", "wrong\n", 0o600)).fails(6).saying("password authentication failed");

    // Without TLS the server lets nobody in, and a server without it gets no password.
    list(&format!("{named}&sslmode=disable"), Some("right"), &trusting).fails(6).saying("no encryption");
    own.ask("postgres", "ALTER SYSTEM SET ssl = off");
    own.down(false);
    own.up();
    list(&named, Some("right"), &trusting).fails(6).saying("does not support TLS");
    own.down(false);
}
