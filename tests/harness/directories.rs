//! Directory servers of the tests: how one is started with certificates of its own, and ended with the tests.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// An authority that signs certificates of servers.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "Authority of the tests");
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names and addresses, and its key, as PEM.
    pub fn sign(&self, names: &[&str]) -> (String, String) {
        self.signed(CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap())
    }

    /// The same, of a past century.
    pub fn sign_expired(&self, names: &[&str]) -> (String, String) {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(1998, 1, 1);
        params.not_after = rcgen::date_time_ymd(1999, 1, 1);
        self.signed(params)
    }

    fn signed(&self, params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// Writes a certificate, its key and this authority's own certificate into a folder.
    pub fn equip(&self, folder: &Path, names: &[&str]) {
        use std::os::unix::fs::PermissionsExt;
        let (certificate, key) = self.sign(names);
        std::fs::write(folder.join("ca.pem"), self.pem()).unwrap();
        std::fs::write(folder.join("certificate.pem"), certificate).unwrap();
        std::fs::write(folder.join("key.pem"), key).unwrap();
        std::fs::set_permissions(folder.join("key.pem"), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A loopback address that only this process uses, so that several test runs share one machine.
pub fn own_address(network: u8) -> String {
    let pid = std::process::id();
    format!("127.{network}.{}.{}", pid >> 8 & 0xff, (pid & 0xff).max(1))
}

/// A server that runs as long as the tests do. The shell that started it ends it, and removes its folder, when the pipe to
/// that shell closes: also when the tests are killed.
pub struct Running {
    _shell: Child,
    _pipe: ChildStdin,
}

const START_AND_END: &str = r#"
url=$1 folder=$2
shift 2
"$@" < /dev/null > "$folder/log" 2>&1 &
server=$!
until ldapsearch -x -H "$url" -b '' -s base dn > /dev/null 2>&1; do
  kill -0 $server 2> /dev/null || { tail -n 5 "$folder/log"; break; }
done
echo started
cat > /dev/null
kill $server
wait $server
rm -rf "$folder"
"#;

impl Running {
    /// Starts a server that stays in the foreground, and waits until it answers.
    #[track_caller]
    pub fn start(url: &str, folder: &Path, server: &[&str]) -> Running {
        let mut shell = Command::new("sh")
            .args(["-c", START_AND_END, "sh", url])
            .arg(folder)
            .args(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = shell.stdin.take().unwrap();
        let mut said = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "started", "{server:?} does not start");
        Running { _shell: shell, _pipe: pipe }
    }
}

/// Runs a program to its end. `Err` is what it said when it failed.
pub fn attempt(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("");
    if output.status.success() { Ok(()) } else { Err(format!("{program} {arguments:?}: {text}")) }
}

/// The same for what has to succeed.
#[track_caller]
pub fn run_to_end(program: &str, arguments: &[&str]) {
    if let Err(said) = attempt(program, arguments) {
        panic!("{said}");
    }
}

/// A folder for a server, which the shell of [`Running`] removes.
pub fn folder(name: &str) -> std::path::PathBuf {
    tempfile::Builder::new().prefix(&format!("scimbox-{name}-")).tempdir().unwrap().keep()
}

/// An entry for LDIF, every value as base64, so that no character matters.
pub fn ldif(dn: &str, attributes: &[(&str, &str)]) -> String {
    let encoded = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    let lines: String = attributes.iter().map(|(name, value)| format!("{name}:: {}\n", encoded(value))).collect();
    format!("dn:: {}\n{lines}\n", encoded(dn))
}
