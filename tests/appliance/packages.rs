//! What is installed: the Debian package in a fresh Debian, the RPM package in a root folder, the image as a container would run it, and what they say is inside.
//! The program in them is the one that is tested.

use crate::appliance::{Appliance, program, run};
use crate::connected::Connected;
use crate::people::mia;
use crate::programs::skipped;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Makes packages; their folder.
#[track_caller]
fn build(folder: &Path, kinds: &[&str]) -> PathBuf {
    // Without what a debugger wants it is a fraction as large.
    let (binary, out) = (folder.join("scimbox"), folder.join("packages"));
    let stripped = Command::new("strip").arg("-o").arg(&binary).arg(program().get_program()).status();
    if !stripped.is_ok_and(|status| status.success()) {
        std::fs::copy(program().get_program(), &binary).unwrap();
    }
    let mut command = Command::new(format!("{ROOT}/packaging/build"));
    run(command.arg("--binary").arg(&binary).arg("--out").arg(&out).args(kinds), "").ok();
    out
}

fn is_there(name: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {name}")]).output().is_ok_and(|found| found.status.success())
}

fn is_root(what: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skipped(&format!("{what}: only root can change the root folder"));
    }
    is_root
}

/// The program inside another root folder, as a user there.
fn inside(root: &Path, user: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new("/usr/sbin/chroot");
    command.arg(format!("--userspec={user}")).arg(root).args(arguments).env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(environment.iter().copied());
    command
}

/// Serves inside, makes a connection there, and brings a user by it.
#[track_caller]
fn syncs(root: &Path, user: &str, environment: &[(&str, &str)], serve: &[&str]) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let house = Appliance::of(folder, inside(root, user, environment, serve));
    let inner = serve[0];
    run(&mut inside(root, user, environment, &[inner, "health"]), "").ok();
    run(&mut inside(root, user, environment, &[inner, "node", "create", "Sales"]), "").ok();
    let made = [inner, "scim", "create", "--node", "Sales", "--json"];
    let sales = Connected::read(&run(&mut inside(root, user, environment, &made), "").ok().json());
    let id = sales.client().post("/Users", mia()).expect(201).id();
    sales.client().get(&format!("/Users/{id}")).expect(200);
    drop(house);
}

/// A new Debian, of the version that this machine has: what is tested may need its C library.
fn debian(at: &Path) -> Option<()> {
    // One for all tests: whoever comes second waits for it.
    static MADE: Mutex<()> = Mutex::new(());
    let _made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let base = PathBuf::from(format!("{ROOT}/target/debootstrap"));
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    if !base.join("var/lib/dpkg/status").exists() || base.join("debootstrap").exists() {
        let _ = std::fs::remove_dir_all(&base);
        let mut command = Command::new("debootstrap");
        command.args(["--variant=minbase", "--include=adduser,ca-certificates", name]).arg(&base);
        if run(&mut command, "").code != 0 {
            let _ = std::fs::remove_dir_all(&base);
            return None;
        }
    }
    run(Command::new("cp").arg("-a").arg(&base).arg(at), "").ok();
    Some(())
}

#[test]
fn the_debian_package_installs_into_a_fresh_debian_and_syncs_a_user() {
    const WHAT: &str = "the Debian package";
    if !is_root(WHAT) {
        return;
    }
    if !is_there("debootstrap") || !is_there("dpkg-deb") {
        return skipped(&format!("{WHAT}: debootstrap is not installed"));
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("debian");
    if debian(&root).is_none() {
        return skipped(&format!("{WHAT}: debootstrap could not make a Debian here"));
    }
    let package = packed(&build(folder.path(), &["deb"]), "deb");
    std::fs::copy(package, root.join("scimbox.deb")).unwrap();
    let dpkg = |arguments: &[&str]| {
        let mut command = Command::new("/usr/sbin/chroot");
        let path = "/usr/sbin:/usr/bin:/sbin:/bin";
        command
            .arg(&root)
            .arg("dpkg")
            .args(arguments)
            .env_clear()
            .env("PATH", path)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut command, "").ok()
    };
    dpkg(&["-i", "/scimbox.deb"]);
    let mode = |path: &str| root.join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("var/lib/scimbox"), mode("etc/scimbox")), (0o700, 0o750));
    for file in [
        "usr/lib/systemd/system/scimbox.socket",
        "usr/share/man/man1/scimbox-serve.1.gz",
        "usr/share/doc/scimbox/licences.gz",
    ] {
        assert!(root.join(file).exists(), "{file}");
    }
    let unit = std::fs::read_to_string(root.join("usr/lib/systemd/system/scimbox.service")).unwrap();
    assert!(unit.contains("ExecStart=/usr/bin/scimbox serve\n") && unit.contains("User=scimbox\n"), "{unit}");
    let environment = [("SCIMBOX_DATA_DIR", "/var/lib/scimbox"), ("SCIMBOX_LISTEN", "127.0.0.1:0")];
    syncs(&root, "scimbox:scimbox", &environment, &["/usr/bin/scimbox", "serve"]);
    // An upgrade keeps the data, and so does the end of the package.
    dpkg(&["-i", "/scimbox.deb"]);
    dpkg(&["--purge", "scimbox"]);
    assert!(root.join("var/lib/scimbox/scimbox.db").exists() && !root.join("usr/bin/scimbox").exists());
}

/// The only file of a kind in a folder.
#[track_caller]
fn packed(packages: &Path, kind: &str) -> PathBuf {
    let mut files = std::fs::read_dir(packages).unwrap().flatten().map(|file| file.path());
    files.find(|file| file.extension() == Some(kind.as_ref())).expect("a package")
}

#[test]
fn the_rpm_package_installs_into_a_root_folder_and_syncs_a_user() {
    const WHAT: &str = "the RPM package";
    if !is_root(WHAT) {
        return;
    }
    if !is_there("debootstrap") || !is_there("rpmbuild") {
        return skipped(&format!("{WHAT}: debootstrap or rpm is not installed"));
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    // What the package needs of a system, a shell and the tools for users, is in a new Debian as well.
    if debian(&root).is_none() {
        return skipped(&format!("{WHAT}: debootstrap could not make a system here"));
    }
    let package = packed(&build(folder.path(), &["rpm"]), "rpm");
    let rpm = |arguments: &[&str]| run(Command::new("rpm").arg("--root").arg(&root).args(arguments), "");
    let file = package.to_str().unwrap();
    let listed = run(Command::new("rpm").args(["-qlp", file]), "").ok().stdout;
    for path in [
        "/etc/scimbox",
        "/usr/bin/scimbox",
        "/usr/lib/systemd/system/scimbox.service",
        "/usr/lib/systemd/system/scimbox.socket",
        "/usr/share/bash-completion/completions/scimbox",
        "/usr/share/doc/scimbox/licences.gz",
        "/usr/share/man/man1/scimbox-serve.1.gz",
        "/usr/share/zsh/site-functions/_scimbox",
        "/var/lib/scimbox",
    ] {
        assert!(listed.lines().any(|line| line == path), "{path}: {listed}");
    }
    // The database of packages there does not know what debootstrap has brought.
    rpm(&["-i", "--nodeps", file]).ok();
    let mode = |path: &str| root.join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("var/lib/scimbox"), mode("etc/scimbox")), (0o700, 0o750));
    let environment = [("SCIMBOX_DATA_DIR", "/var/lib/scimbox"), ("SCIMBOX_LISTEN", "127.0.0.1:0")];
    syncs(&root, "scimbox:scimbox", &environment, &["/usr/bin/scimbox", "serve"]);
    assert!(rpm(&["-V", "--nodeps", "scimbox"]).ok().stdout.is_empty());
    // An upgrade keeps the data, and so does the end of the package.
    rpm(&["-U", "--nodeps", "--replacepkgs", file]).ok();
    rpm(&["-e", "scimbox"]).ok();
    assert!(root.join("var/lib/scimbox/scimbox.db").exists() && !root.join("usr/bin/scimbox").exists());
}

/// A blob of an image, which is what its name says.
#[track_caller]
fn blob(layout: &Path, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let content = std::fs::read(layout.join("blobs/sha256").join(digest)).unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&Sha256::digest(&content)), digest);
    assert_eq!(descriptor["size"], content.len());
    content
}

#[test]
fn the_image_runs_without_docker_and_syncs_a_user() {
    if !is_there("python3") {
        return skipped("the image: python3 is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let packages = build(folder.path(), &["oci"]);
    let layout = packages.join("oci");
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let index = json(&std::fs::read(layout.join("index.json")).unwrap());
    let manifest = json(&blob(&layout, &index["manifests"][0]));
    let config = json(&blob(&layout, &manifest["config"]));
    let layer = folder.path().join("layer.tar.gz");
    std::fs::write(&layer, blob(&layout, &manifest["layers"][0])).unwrap();
    let plain = run(Command::new("sh").args(["-c", "gzip -dc \"$0\" | sha256sum"]).arg(&layer), "").ok().stdout;
    let diff = config["rootfs"]["diff_ids"][0].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned();
    assert!(plain.starts_with(&diff), "{plain}");
    let inner = &config["config"];
    assert_ne!(inner["User"].as_str().unwrap().split(':').next(), Some("0"));
    if !is_root("a start of the image") {
        return;
    }
    let root = folder.path().join("image");
    std::fs::create_dir(&root).unwrap();
    run(Command::new("tar").args(["-xpzf"]).arg(&layer).arg("-C").arg(&root), "").ok();
    // The program of the tests is not static as the one that is shipped: it gets its libraries.
    let needs = "ldd usr/bin/scimbox 2>/dev/null | grep -o '/[^ ]*' | xargs -r -I{} cp -L --parents {} .";
    run(Command::new("sh").args(["-c", needs]).current_dir(&root), "").ok();
    let words = |name: &str| -> Vec<String> {
        inner[name].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let (start, variables) = ([words("Entrypoint"), words("Cmd")].concat(), words("Env"));
    let mut environment: Vec<(&str, &str)> = variables.iter().map(|one| one.split_once('=').unwrap()).collect();
    environment.iter_mut().filter(|(name, _)| *name == "SCIMBOX_LISTEN").for_each(|one| one.1 = "127.0.0.1:0");
    let start: Vec<&str> = start.iter().map(String::as_str).collect();
    syncs(&root, inner["User"].as_str().unwrap(), &environment, &start);
}

#[test]
fn the_list_of_parts_names_every_part_with_its_licence() {
    if !is_there("python3") {
        return skipped("the SBOM: python3 is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let packages = build(folder.path(), &["sbom"]);
    let sbom = std::fs::read(packages.join(format!("scimbox-{}.cdx.json", env!("CARGO_PKG_VERSION")))).unwrap();
    let sbom: Value = serde_json::from_slice(&sbom).unwrap();
    assert_eq!((&sbom["bomFormat"], &sbom["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let parts = sbom["components"].as_array().unwrap();
    assert!(parts.len() > 100);
    for part in parts {
        assert!(part["purl"].as_str().unwrap().starts_with("pkg:cargo/"), "{part}");
        assert_eq!(part["hashes"][0]["content"].as_str().map(str::len), Some(64), "{part}");
        assert!(!part["licenses"][0]["expression"].as_str().unwrap().is_empty(), "{part}");
    }
}
