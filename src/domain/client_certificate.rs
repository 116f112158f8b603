//! Client certificates: whether a connection needs one, and in which names.

use super::words::words;
use super::{Error, Result};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// Whether requests of a connection need a client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateNeed {
    /// Where the server asks clients for one, or where names are listed.
    Server,
    /// Always: where the server asks for none, nobody is let in.
    Required,
    /// Never.
    Off,
}

impl CertificateNeed {
    /// What differs from where every connection begins.
    pub fn told(self) -> Option<CertificateNeed> {
        Some(self).filter(|need| *need != CertificateNeed::Server)
    }
}

words!(CertificateNeed, "client_cert", Server = "server", Required = "required", Off = "off");

/// The names of which a certificate has to have one: its common name, or a DNS name, mail address, URI or IP address among
/// its alternative names (RFC 5280, sections 4.1.2.6 and 4.2.1.6). An empty list takes every certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateNames(Vec<String>);

impl CertificateNames {
    /// The most names of a list.
    pub const MOST: usize = 100;
    /// The longest name, in bytes.
    pub const LONGEST: usize = 255;

    /// A list as it is kept.
    pub fn kept(text: Option<&str>) -> CertificateNames {
        CertificateNames(text.unwrap_or_default().split(',').filter_map(one).collect())
    }

    /// How it is kept: nothing for every certificate.
    pub fn text(&self) -> Option<String> {
        Some(self.to_string()).filter(|text| !text.is_empty())
    }

    fn has(&self, shown: &[String]) -> bool {
        self.0.is_empty() || shown.iter().any(|name| self.0.iter().any(|listed| listed.eq_ignore_ascii_case(name)))
    }
}

fn one(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|name| !name.is_empty())
}

impl FromStr for CertificateNames {
    type Err = Error;

    fn from_str(text: &str) -> Result<CertificateNames> {
        let names: Vec<String> = text.split([',', '\n']).filter_map(one).collect();
        CertificateNames(names).checked()
    }
}

impl CertificateNames {
    /// Several lists as one.
    pub fn together(lists: &[CertificateNames]) -> Option<CertificateNames> {
        let names = lists.iter().flat_map(|list| list.0.iter().cloned()).collect();
        (!lists.is_empty()).then_some(CertificateNames(names))
    }

    /// This list, unless it is too long or has a name that is none.
    ///
    /// # Errors
    /// [`Error::Invalid`]
    pub(super) fn checked(self) -> Result<CertificateNames> {
        let wrong = |what| Error::Invalid("client_cert_names", what);
        let is_flawed = |name: &&String| name.len() > Self::LONGEST || super::flawed_name(name).is_some();
        match self.0.iter().find(is_flawed) {
            _ if self.0.len() > Self::MOST => Err(wrong(format!("expected at most {} names", Self::MOST))),
            Some(_) => Err(wrong(format!("a name has up to {} visible characters", Self::LONGEST))),
            None => Ok(self),
        }
    }
}

impl fmt::Display for CertificateNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// What a client showed in its handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ShownCertificate {
    /// The server asks clients for none.
    #[default]
    NotAsked,
    /// None, although the server asked.
    Nothing,
    /// That of this appliance itself, which pushes to its own connections.
    Own,
    /// One of a trusted authority, with these names.
    Names(Arc<[String]>),
}

impl ShownCertificate {
    /// Whether it is enough for a connection.
    pub fn satisfies(&self, need: CertificateNeed, names: &CertificateNames) -> bool {
        match (need, self) {
            (CertificateNeed::Off, _) | (_, ShownCertificate::Own) => true,
            (CertificateNeed::Server, ShownCertificate::NotAsked) => names.0.is_empty(),
            (_, ShownCertificate::NotAsked | ShownCertificate::Nothing) => false,
            (_, ShownCertificate::Names(shown)) => names.has(shown),
        }
    }

    /// The stable name of the refusal.
    pub(super) fn code(&self) -> &'static str {
        match self {
            ShownCertificate::Names(_) => "CLIENT_CERTIFICATE_NOT_ALLOWED",
            _ => "NO_CLIENT_CERTIFICATE",
        }
    }

    /// What the wire says where it is not enough.
    pub(super) fn refusal(&self) -> String {
        match self {
            ShownCertificate::Names(names) => {
                let names: String = names.join(", ").chars().take(200).collect();
                format!(
                    "This connection accepts no requests with the client certificate of “{names}”. Present one that has a \
                     name of its list."
                )
            }
            ShownCertificate::NotAsked => {
                "This connection needs a client certificate, and this server asks for none. Start it with --client-ca."
                    .to_owned()
            }
            ShownCertificate::Nothing | ShownCertificate::Own => {
                "This connection needs a client certificate. Present one of the authority that the server was started with."
                    .to_owned()
            }
        }
    }
}

/// Who is at the other end of a network connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: Option<IpAddr>,
    /// What it showed.
    pub certificate: ShownCertificate,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_certificate_is_enough_where_it_is_not_needed_or_has_a_name_of_the_list() {
        use CertificateNeed::{Off, Required, Server};
        let of = |names: &[&str]| ShownCertificate::Names(names.iter().map(|name| (*name).to_owned()).collect());
        let (asked, nothing) = (ShownCertificate::NotAsked, ShownCertificate::Nothing);
        for (shown, need, names, is_enough) in [
            (&asked, Server, "", true),
            (&asked, Server, "okta.test", false),
            (&asked, Required, "", false),
            (&asked, Off, "okta.test", true),
            (&nothing, Server, "", false),
            (&nothing, Required, "", false),
            (&nothing, Off, "okta.test", true),
            (&of(&["okta.test"]), Server, "", true),
            (&of(&["Okta Agent", "OKTA.test"]), Server, "entra.test, okta.TEST", true),
            (&of(&["Okta Agent"]), Required, "entra.test,Okta Agent", true),
            (&of(&["a.okta.test"]), Required, "okta.test, *.okta.test", false),
            (&of(&[]), Server, "okta.test", false),
            (&of(&[]), Off, "okta.test", true),
            (&ShownCertificate::Own, Required, "okta.test", true),
        ] {
            let names: CertificateNames = names.parse().unwrap();
            assert_eq!(shown.satisfies(need, &names), is_enough, "{shown:?} {need:?} {names}");
            assert_eq!(CertificateNames::kept(names.text().as_deref()), names);
        }
    }

    #[test]
    fn a_list_of_names_says_what_is_wrong_with_it() {
        let said = |text: &str| text.parse::<CertificateNames>().unwrap_err().to_string();
        assert!(said(&"a,".repeat(101)).contains("at most 100"));
        assert!(said(&"a".repeat(256)).contains("255"));
        assert!(said("a\u{7}b").contains("visible"));
    }
}
