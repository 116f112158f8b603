//! A scripted LDAP server, for what no real one does on demand: ranges, lost connections, limits, referrals, nonsense.

use ldap3::asn1::{PL, StructureTag, parse_tag};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A search that somebody asks for.
pub struct Asked {
    pub base: String,
    /// The filter as it came, good enough to look for values in it.
    pub filter: String,
    pub attributes: Vec<String>,
    /// The cookie of the page, empty for the first.
    pub cookie: String,
}

/// What the server does about it.
pub enum Answer {
    /// Entries, and the cookie of the next page, empty if there is none.
    Entries(Vec<Entry>, &'static str),
    /// Entries, and then where more are.
    References(Vec<Entry>, &'static [&'static str]),
    /// A result code with a text, and referrals.
    Result(u8, &'static str, &'static [&'static str]),
    /// The connection ends without a word.
    HangUp,
    /// Something that is no LDAP.
    Nonsense,
}

/// A DN and attributes with their values.
pub type Entry = (String, Vec<(String, Vec<Vec<u8>>)>);

/// An entry of texts.
pub fn entry(dn: &str, attributes: &[(&str, &[&str])]) -> Entry {
    let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    (dn.to_owned(), attributes.iter().map(|(name, of)| ((*name).to_owned(), values(of))).collect())
}

/// Serves for ever on a free port of loopback. Everybody may sign in. Returns the URL.
pub fn serve(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    let script = Arc::new(script);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let script = Arc::clone(&script);
            std::thread::spawn(move || talk(stream, &*script));
        }
    });
    url
}

/// Greets with a certificate for ever, and says nothing else. Returns the URL.
pub fn greet((certificate, key): (String, String)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldaps://{}", listener.local_addr().unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let tls = Arc::new(tls.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        }
    });
    url
}

fn talk(mut stream: TcpStream, script: &dyn Fn(&Asked) -> Answer) {
    let mut waiting = Vec::new();
    loop {
        let (rest, message) = match parse_tag(&waiting) {
            Ok((rest, message)) => (rest.to_vec(), message),
            Err(_) => {
                let mut some = [0; 4096];
                match stream.read(&mut some) {
                    Ok(0) | Err(_) => return,
                    Ok(length) => waiting.extend_from_slice(&some[..length]),
                }
                continue;
            }
        };
        waiting = rest;
        let mut parts = inner(message).into_iter();
        let (id, request) = (bytes(parts.next().unwrap()), parts.next().unwrap());
        let answers = match request.id {
            0 => vec![result(1, 0, "", &[])],
            3 => match script(&asked(request, parts.next())) {
                Answer::Entries(entries, cookie) => searched(entries, &[], cookie),
                Answer::References(entries, references) => searched(entries, references, ""),
                Answer::Result(code, text, referrals) => vec![result(5, code, text, referrals)],
                Answer::HangUp => return,
                Answer::Nonsense => {
                    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                    return;
                }
            },
            _ => return,
        };
        for answer in answers {
            let message = [encoded(2, &id), answer].concat();
            if stream.write_all(&encoded(0x30, &message)).is_err() {
                return;
            }
        }
    }
}

fn asked(request: StructureTag, controls: Option<StructureTag>) -> Asked {
    let parts = inner(request);
    let base = text(parts[0].clone());
    let filter = spelled(&parts[6]);
    let attributes = inner(parts[7].clone()).into_iter().map(text).collect();
    let mut cookie = String::new();
    for control in controls.map(inner).unwrap_or_default() {
        let value = inner(control).pop().map(bytes).unwrap_or_default();
        if let Ok((_, paging)) = parse_tag(&value) {
            cookie = text(inner(paging).pop().unwrap());
        }
    }
    Asked { base, filter, attributes, cookie }
}

/// All texts inside, one after the other.
fn spelled(tag: &StructureTag) -> String {
    match &tag.payload {
        PL::P(bytes) => format!("{} ", String::from_utf8_lossy(bytes)),
        PL::C(parts) => parts.iter().map(spelled).collect(),
    }
}

fn searched(entries: Vec<Entry>, references: &[&str], cookie: &str) -> Vec<Vec<u8>> {
    let string = |text: &[u8]| encoded(4, text);
    let mut answers = Vec::new();
    for (dn, attributes) in entries {
        let attributes: Vec<u8> = attributes
            .into_iter()
            .flat_map(|(name, values)| {
                let values: Vec<u8> = values.iter().flat_map(|value| string(value)).collect();
                encoded(0x30, &[string(name.as_bytes()), encoded(0x31, &values)].concat())
            })
            .collect();
        answers.push(encoded(0x64, &[string(dn.as_bytes()), encoded(0x30, &attributes)].concat()));
    }
    answers.extend(references.iter().map(|url| encoded(0x73, &string(url.as_bytes()))));
    let paging = encoded(0x30, &[encoded(2, &[0]), string(cookie.as_bytes())].concat());
    let control = encoded(0x30, &[string(b"1.2.840.113556.1.4.319"), string(&paging)].concat());
    answers.push([result(5, 0, "", &[]), encoded(0xa0, &control)].concat());
    answers
}

/// An LDAPResult (RFC 4511, section 4.1.9) as this operation.
fn result(operation: u8, code: u8, text: &str, referrals: &[&str]) -> Vec<u8> {
    let mut parts = [encoded(10, &[code]), encoded(4, b""), encoded(4, text.as_bytes())].concat();
    if !referrals.is_empty() {
        let urls: Vec<u8> = referrals.iter().flat_map(|url| encoded(4, url.as_bytes())).collect();
        parts.extend(encoded(0xa3, &urls));
    }
    encoded(0x60 + operation, &parts)
}

fn encoded(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84][..], &length, content].concat()
}

fn inner(tag: StructureTag) -> Vec<StructureTag> {
    match tag.payload {
        PL::C(parts) => parts,
        PL::P(_) => Vec::new(),
    }
}

fn bytes(tag: StructureTag) -> Vec<u8> {
    match tag.payload {
        PL::P(bytes) => bytes,
        PL::C(_) => Vec::new(),
    }
}

fn text(tag: StructureTag) -> String {
    String::from_utf8(bytes(tag)).unwrap()
}
