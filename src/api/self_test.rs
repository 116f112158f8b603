//! The self-test of a connection: what its address leads to, step by step.

use super::words::{SelfTestCode, SelfTestStepName, SelfTestVerdict};
use serde::Serialize;
use utoipa::ToSchema;

/// What the public address of a connection leads to, looked at from the appliance.
#[derive(Serialize, ToSchema)]
pub struct SelfTest {
    /// The base URL that was tested.
    pub url: String,
    /// The worst of the steps.
    pub verdict: SelfTestVerdict,
    /// All steps, in their order.
    pub steps: Vec<SelfTestStep>,
}

/// One step.
#[derive(Serialize, ToSchema)]
pub struct SelfTestStep {
    /// What was looked at.
    pub name: SelfTestStepName,
    /// How it went.
    pub verdict: SelfTestVerdict,
    /// The same in one word.
    pub code: SelfTestCode,
    /// What was found; empty where nothing was looked at.
    pub found: String,
    /// What that means, and what to do about it.
    pub remedy: Option<String>,
}

impl SelfTest {
    /// Of its steps; those that were not reached are added.
    pub fn new(url: String, mut steps: Vec<SelfTestStep>) -> SelfTest {
        for name in STEPS.iter().skip(steps.len()) {
            steps.push(SelfTestStep {
                name: SelfTestStepName(name),
                verdict: SelfTestVerdict("skipped"),
                code: SelfTestCode("NOT_REACHED"),
                found: String::new(),
                remedy: None,
            });
        }
        let worst = ["failed", "warning"].into_iter().find(|word| steps.iter().any(|step| step.verdict.0 == *word));
        SelfTest { url, verdict: SelfTestVerdict(worst.unwrap_or("ok")), steps }
    }
}

/// The steps, in their order.
pub(super) const STEPS: [&str; 6] = ["name", "port", "certificate", "path", "header", "clock"];

/// A code with its verdict and what to do, in English.
type Known = (&'static str, &'static str, &'static str);

/// All that can be found.
pub(super) const KNOWN: [Known; 19] = [
    ("OK", "ok", ""),
    ("NOT_REACHED", "skipped", ""),
    (
        "PRIVATE_ADDRESS",
        "warning",
        "Reachable from here, but an identity provider in the cloud cannot reach it. Give the appliance a public \
         https name, behind a reverse proxy or tunnel, and start it with --base-url.",
    ),
    ("NAME_UNKNOWN", "failed", "Make an A or AAAA record for this name in the public DNS, or correct --base-url."),
    (
        "PORT_CLOSED",
        "failed",
        "Start the server or the proxy, and open the port in the firewall. Where only machines outside reach the \
         public address, the router must also let this one.",
    ),
    (
        "PLAIN_LOCAL",
        "warning",
        "Nothing is encrypted. That is all right on this machine; identity providers in the cloud need https.",
    ),
    (
        "PLAIN",
        "failed",
        "Tokens cross the network unencrypted. Use https, by a proxy or by the server itself, and say so in \
         --base-url.",
    ),
    ("NO_TLS", "failed", "The port does not speak TLS 1.2 or 1.3. Look at the settings of the proxy."),
    (
        "NOT_TRUSTED",
        "failed",
        "Install a certificate for this very name with its whole chain, from an authority that the identity \
         provider trusts.",
    ),
    ("ENDS_SOON", "warning", "Renew the certificate now, and find out why it was not renewed by itself."),
    (
        "NO_ANSWER",
        "failed",
        "The connection opens, but no answer comes. Look at the proxy's log: does it lead to the address that the \
         server listens on?",
    ),
    (
        "OTHER_SERVER",
        "failed",
        "Something else answers at this address. Let the proxy hand on all paths unchanged to the address that the \
         server listens on.",
    ),
    (
        "OTHER_APPLIANCE",
        "failed",
        "Another Scimbox answers at this address. Correct --base-url, or where the proxy leads.",
    ),
    (
        "REDIRECTED",
        "failed",
        "The address leads on to another. Identity providers do not follow: start the server with --base-url and \
         that address.",
    ),
    (
        "PATH_CHANGED",
        "failed",
        "The proxy changes the path or the query. Let it hand on both as they are, still encoded.",
    ),
    (
        "HTTPS_UNSEEN",
        "warning",
        "The appliance takes https for http. Let the proxy set X-Forwarded-Proto, and start the server with \
         --base-url and --trusted-proxy.",
    ),
    ("HEADER_LOST", "failed", "The token does not arrive. The proxy must hand on the header Authorization."),
    ("CLOCK_APART", "warning", "The clocks differ. Set both by NTP (systemd-timesyncd, chrony)."),
    ("NO_DATE", "warning", "The answer has no date that can be read. The proxy must leave the header Date as it is."),
];

impl SelfTestStep {
    /// A step by its code.
    pub fn new(name: &'static str, code: &'static str, found: impl Into<String>) -> SelfTestStep {
        let known = KNOWN.iter().find(|known| known.0 == code);
        let (code, verdict, remedy) = known.copied().unwrap_or((code, "failed", ""));
        SelfTestStep {
            name: SelfTestStepName(name),
            verdict: SelfTestVerdict(verdict),
            code: SelfTestCode(code),
            found: found.into(),
            remedy: Some(remedy.to_owned()).filter(|remedy| !remedy.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_console_says_each_remedy_in_japanese_too() {
        let texts = include_str!("../../web/i18n/self-test.ja.json");
        let known: BTreeMap<&str, &str> = serde_json::from_str(texts).unwrap_or_default();
        let wanted = KNOWN.iter().filter(|known| !known.2.is_empty()).map(|known| known.0);
        assert_eq!(known.keys().copied().collect::<Vec<_>>(), {
            let mut wanted: Vec<&str> = wanted.collect();
            wanted.sort_unstable();
            wanted
        });
    }
}
