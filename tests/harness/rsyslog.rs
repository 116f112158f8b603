//! A syslog server of the tests: rsyslog, which writes what it gets into a file.

use crate::appliance::eventually;
use crate::directories::Authority;
use crate::programs::skipped;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// A running server; killed when it is dropped.
pub struct Rsyslog {
    folder: tempfile::TempDir,
    process: Option<Child>,
    port: u16,
    tls: bool,
}

impl Rsyslog {
    /// Starts one; `None` where it, or what it needs for TLS, is not installed.
    pub fn start(tls: bool) -> Option<Rsyslog> {
        if !std::path::Path::new("/usr/sbin/rsyslogd").exists() {
            skipped("the audit log to syslog, because rsyslog is not installed (Debian package rsyslog)");
            return None;
        }
        if tls
            && !["x86_64", "aarch64"]
                .iter()
                .any(|of| std::path::Path::new(&format!("/usr/lib/{of}-linux-gnu/rsyslog/lmnsd_gtls.so")).exists())
        {
            skipped("the audit log to syslog by TLS, because rsyslog-gnutls is not installed (Debian package)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        Authority::new().equip(folder.path(), &["127.0.0.1", "localhost"]);
        let at = folder.path().to_str().unwrap();
        let (driver, mode) = if tls {
            (
                format!(
                    "defaultNetstreamDriver=\"gtls\" defaultNetstreamDriverCAFile=\"{at}/ca.pem\"
                    defaultNetstreamDriverCertFile=\"{at}/certificate.pem\" defaultNetstreamDriverKeyFile=\"{at}/key.pem\""
                ),
                "StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\"",
            )
        } else {
            (String::new(), "")
        };
        let config = format!(
            "global(workDirectory=\"{at}\" maxMessageSize=\"64k\" {driver})
            module(load=\"imtcp\" {mode})
            input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")
            template(name=\"all\" type=\"string\" string=\"%syslogfacility%.%syslogseverity% %app-name% %msgid% %msg%\\n\")
            action(type=\"omfile\" file=\"{at}/out\" template=\"all\")\n"
        );
        std::fs::write(folder.path().join("rsyslog.conf"), config).unwrap();
        let mut server = Rsyslog { folder, process: None, port, tls };
        server.run();
        Some(server)
    }

    /// Runs it.
    pub fn run(&mut self) {
        let at = self.folder.path();
        let log = std::fs::File::create(at.join("log")).unwrap();
        let mut command = Command::new("/usr/sbin/rsyslogd");
        command.arg("-n").arg("-f").arg(at.join("rsyslog.conf")).arg("-i").arg(at.join("pid"));
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        eventually("rsyslog listens", || TcpStream::connect(("127.0.0.1", self.port)).ok());
    }

    /// Ends it as an administrator does.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = kill_process(Pid::from_child(&process), Signal::TERM);
            let _ = process.wait();
        }
    }

    /// What `audit_syslog` has to say.
    pub fn address(&self) -> String {
        format!("{}://localhost:{}", if self.tls { "tls" } else { "tcp" }, self.port)
    }

    /// The authority of its certificate, PEM.
    pub fn ca(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("ca.pem")).unwrap()
    }

    /// The lines that it has written.
    pub fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("out")).unwrap_or_default();
        text.lines().filter(|line| line.contains(" scimbox ")).map(str::to_owned).collect()
    }

    /// The events in them.
    pub fn events(&self) -> Vec<Value> {
        let json = |line: &String| serde_json::from_str(line.get(line.find('{')?..)?).ok();
        self.lines().iter().filter_map(json).collect()
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
