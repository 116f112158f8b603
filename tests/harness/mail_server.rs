//! A mail server of the tests, on loopback: plain, with STARTTLS, and those that refuse, put off, hang, hesitate or vanish.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// How a mail server behaves.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    /// Takes everything.
    Plain,
    /// Wants STARTTLS and a password.
    StartTls,
    /// Refuses every receiver, for good.
    Refusing,
    /// Refuses the first receiver, for the moment.
    Busy,
    /// Refuses every sender, for good.
    NoSender,
    /// Accepts connections and says nothing.
    Hanging,
    /// Takes a mail and leaves without a word.
    Vanishing,
    /// Takes a mail and confirms it when it is told to.
    Hesitating,
}

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    /// Headers and text, decoded where they were encoded.
    pub text: String,
    /// Whether the way was private.
    pub private: bool,
}

/// A running mail server.
pub struct Postbox {
    pub port: u16,
    /// The certificate that it shows, for those who shall believe it.
    pub certificate: String,
    inside: Arc<Inside>,
    visits: Arc<Mutex<u32>>,
}

/// What all conversations share.
#[derive(Default)]
struct Inside {
    mails: Mutex<Vec<Mail>>,
    decided: Mutex<bool>,
    put_off: Mutex<bool>,
    decision: Condvar,
}

impl Inside {
    fn wait(&self) {
        drop(self.decision.wait_while(self.decided.lock().unwrap(), |decided| !*decided).unwrap());
    }
}

impl Postbox {
    pub fn open(manner: Manner) -> Postbox {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = Arc::new(tls.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
        let (inside, visits) = (Arc::new(Inside::default()), Arc::new(Mutex::new(0)));
        let (into, count) = (Arc::clone(&inside), Arc::clone(&visits));
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                *count.lock().unwrap() += 1;
                if manner == Manner::Hanging {
                    silent.push(stream);
                    continue;
                }
                let (into, tls) = (Arc::clone(&into), Arc::clone(&tls));
                std::thread::spawn(move || serve(stream, manner, &tls, &into));
            }
        });
        Postbox { port, certificate: cert.pem(), inside, visits }
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.inside.mails.lock().unwrap().clone()
    }

    /// One that hesitates does so no more.
    pub fn decide(&self) {
        *self.inside.decided.lock().unwrap() = true;
        self.inside.decision.notify_all();
    }

    /// How often somebody has connected.
    pub fn visits(&self) -> u32 {
        *self.visits.lock().unwrap()
    }
}

fn serve(mut stream: TcpStream, manner: Manner, tls: &Arc<ServerConfig>, into: &Inside) {
    let _ = stream.write_all(b"220 postbox ready\r\n");
    if talk(&mut stream, manner, manner != Manner::StartTls, false, into) {
        let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
        talk(&mut StreamOwned::new(connection, stream), manner, true, true, into);
    }
}

/// Talks until the client leaves; true when it wants TLS.
fn talk<S: Read + Write>(stream: &mut S, manner: Manner, open: bool, private: bool, into: &Inside) -> bool {
    let mut reader = BufReader::with_capacity(1, stream);
    let (mut to, mut trusted) = (String::new(), manner != Manner::StartTls);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return false;
        }
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" if open && private => "250-postbox\r\n250 AUTH PLAIN\r\n",
            "EHLO" if open => "250 postbox\r\n",
            "EHLO" => "250-postbox\r\n250 STARTTLS\r\n",
            "STARTTLS" => {
                reader.get_mut().write_all(b"220 go ahead\r\n").unwrap();
                return true;
            }
            // “user” and “secret”, as AUTH PLAIN says them.
            "AUTH" if line.contains("AHVzZXIAc2VjcmV0") => {
                trusted = true;
                "235 welcome\r\n"
            }
            "AUTH" => "535 wrong password\r\n",
            "MAIL" if !open || !trusted => "530 not like this\r\n",
            "MAIL" if manner == Manner::NoSender => "550 you may not send from here\r\n",
            "RCPT" if manner == Manner::Refusing => "550 nobody of that name lives here\r\n",
            "RCPT" if manner == Manner::Busy && !std::mem::replace(&mut *into.put_off.lock().unwrap(), true) => {
                "450 come back later\r\n"
            }
            "RCPT" => {
                to = line.trim_end().trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned();
                "250 ok\r\n"
            }
            "DATA" => {
                reader.get_mut().write_all(b"354 go ahead\r\n").unwrap();
                let text = letter(&mut reader);
                into.mails.lock().unwrap().push(Mail { to: to.clone(), text, private });
                match manner {
                    Manner::Vanishing => return false,
                    Manner::Hesitating => into.wait(),
                    _ => {}
                }
                "250 taken\r\n"
            }
            "QUIT" => {
                let _ = reader.get_mut().write_all(b"221 bye\r\n");
                return false;
            }
            _ => "250 ok\r\n",
        };
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return false;
        }
    }
}

/// A letter up to its dot. Quoted-printable is undone as far as a link needs it.
fn letter(reader: &mut impl BufRead) -> String {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == ".\r\n" {
            return text.replace("=\r\n", "").replace("=3D", "=");
        }
        text.push_str(&line);
    }
}
