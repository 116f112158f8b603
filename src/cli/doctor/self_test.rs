//! The self-test: where the public address of a connection leads, from here, step by step.

use super::certificate::{handshake, roots};
use super::reach::{APART, Goal, SOON, agent, apart, connect, shown};
use crate::api::self_test::{SelfTest, SelfTestStep};
use crate::http::{Arrived, Way};
use rustls::pki_types::CertificateDer;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long each step waits. An identity provider waits no longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many addresses of a name are tried.
const ADDRESSES: usize = 4;

/// Goes the way as far as it leads.
pub(in crate::cli) fn self_test(way: &Way) -> SelfTest {
    let mut steps = Vec::new();
    // Stops at the first step that leaves nothing for the next.
    let _ = go(way, &mut steps);
    SelfTest::new(way.scim_url.clone(), steps)
}

fn go(way: &Way, steps: &mut Vec<SelfTestStep>) -> Option<()> {
    let mut step = |name, code, found: String| steps.push(SelfTestStep::new(name, code, found));
    let Some(goal) = Goal::of(&way.base) else {
        step("name", "NAME_UNKNOWN", way.base.clone());
        return None;
    };
    let addresses = match goal.resolve() {
        Ok(found) => found.into_iter().take(ADDRESSES).collect::<Vec<_>>(),
        Err(error) => {
            step("name", "NAME_UNKNOWN", format!("{}: {error}", goal.host));
            return None;
        }
    };
    let is_public = addresses.iter().all(|address| is_public(address.ip()));
    step("name", if is_public { "OK" } else { "PRIVATE_ADDRESS" }, format!("{} → {}", goal.host, shown(&addresses)));
    let (line, closed) = connect(&addresses, PATIENCE);
    let Some(line) = line else {
        step("port", "PORT_CLOSED", closed.join("; "));
        return None;
    };
    step("port", "OK", goal.port.to_string());
    let roots = roots(None).unwrap_or_default();
    let (code, found) = certificate(&goal, line, &addresses, &roots);
    step("certificate", code, found);
    if ["NO_TLS", "NOT_TRUSTED"].contains(&code) {
        return None;
    }
    let asked = agent(&roots, PATIENCE).get(format!("{}{}", way.base, way.target));
    let mut answer = match asked.header("Authorization", format!("Bearer {}", way.token)).call() {
        Ok(answer) => answer,
        Err(error) => {
            step("path", "NO_ANSWER", error.to_string());
            return None;
        }
    };
    let status = answer.status().as_u16();
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (date, leads) = (header("date"), header("location"));
    let text = answer.body_mut().with_config().limit(1 << 16).read_to_string().unwrap_or_default();
    let arrived = match serde_json::from_str::<Arrived>(&text) {
        Ok(arrived) if arrived.proof == way.proof => arrived,
        _ => {
            let code = match (status, &leads) {
                (300..=399, Some(_)) => "REDIRECTED",
                // What Scimbox says to a token that it does not know.
                (401, _) if text.contains("TOKEN_UNKNOWN") || text.contains("TOKEN_MISSING") => "OTHER_APPLIANCE",
                _ => "OTHER_SERVER",
            };
            step("path", code, [status.to_string(), leads.unwrap_or_default()].join(" ").trim_end().to_owned());
            return None;
        }
    };
    let unseen = goal.tls && !arrived.https;
    match arrived.target == way.target {
        false => step("path", "PATH_CHANGED", arrived.target),
        true => step("path", if unseen { "HTTPS_UNSEEN" } else { "OK" }, way.scim_url.clone()),
    }
    step("header", if arrived.token { "OK" } else { "HEADER_LOST" }, "Authorization".to_owned());
    match date.as_deref().and_then(apart) {
        Some(seconds) => step("clock", if seconds > APART { "CLOCK_APART" } else { "OK" }, format!("{seconds} s")),
        None => step("clock", "NO_DATE", date.unwrap_or_default()),
    }
    Some(())
}

fn certificate(
    goal: &Goal,
    line: TcpStream,
    addresses: &[SocketAddr],
    roots: &[CertificateDer<'static>],
) -> (&'static str, String) {
    if !goal.tls {
        let is_here = addresses.iter().all(|address| address.ip().is_loopback());
        return (if is_here { "PLAIN_LOCAL" } else { "PLAIN" }, "http".to_owned());
    }
    let seen = match handshake(&goal.host, line, roots, PATIENCE) {
        Ok(seen) => seen,
        Err(error) => return ("NO_TLS", format!("{error:#}")),
    };
    let left = seen.days().map(|days| format!(", {days} d")).unwrap_or_default();
    let found = format!("{}{left}", seen.version);
    match (&seen.distrust, seen.days()) {
        (Some(why), _) => ("NOT_TRUSTED", format!("{found}; {why}")),
        (None, Some(days)) if days < SOON => ("ENDS_SOON", found),
        _ => ("OK", found),
    }
}

/// Whether an address leads to the same place from everywhere (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast();
    // Shared space of providers, protocol assignments, benchmarks, “this network” and what is reserved.
    let other = matches!(address.octets(), [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18..=19, ..] | [0 | 240.., ..]);
    !special && !other
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Global unicast, without the part for documentation.
    let [first, second, ..] = address.segments();
    first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0x0db8) && first != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_nobody_else_can_reach_are_told() {
        let public = |text: &str| text.parse().is_ok_and(is_public);
        for known in ["8.8.8.8", "100.63.0.1", "172.32.0.1", "192.1.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(public(known), "{known}");
        }
        for known in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "2001:db8::1",
            "::ffff:192.168.0.1",
        ] {
            assert!(!public(known), "{known}");
        }
    }
}
