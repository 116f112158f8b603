//! What `doctor` looks at on the way that identity providers take: name, port, certificate, proxy, clock and SCIM.

use super::certificate::{handshake, roots};
use super::reach::{APART, Goal, SCIM, SOON, agent, apart, connect, shown};
use super::{Args, Check, forwarded};
use crate::cli::{ArgumentError, password};
use serde_json::Value;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(10);
/// Goes the way as far as it leads.
pub(super) fn look(url: &str, args: &Args, checks: &mut Vec<Check>) -> anyhow::Result<()> {
    let Some(goal) = Goal::of(url) else {
        let sentence = format!("--url must be an address such as https://scim.example.com, but is “{url}”.");
        return Err(ArgumentError::Usage(sentence).into());
    };
    let token = args.token_file.as_ref().map(|file| read_token(file)).transpose()?;
    if token.is_some() && goal.scim.is_none() {
        let sentence = format!("--token-file needs the whole SCIM URL, such as {}{SCIM}NODE.", goal.base);
        return Err(ArgumentError::Usage(sentence).into());
    }
    let roots = roots(args.ca.as_deref())?;
    let Some(addresses) = name(&goal, checks) else { return Ok(()) };
    let Some(line) = port(&goal, &addresses, checks) else { return Ok(()) };
    if !certificate(&goal, line, &addresses, &roots, checks) {
        return Ok(());
    }
    let asked = Asked { agent: agent(&roots, PATIENCE), goal };
    if asked.path(checks) {
        asked.headers(checks);
        checks.push(forwarded::look(&asked.agent, &asked.goal.base, &addresses));
        asked.scim(token.as_ref().map(|token| token.as_str()), checks);
    }
    Ok(())
}

fn read_token(file: &std::path::Path) -> anyhow::Result<Zeroizing<String>> {
    use anyhow::Context;
    let text = match file.to_str() {
        Some("-") => password::text(std::io::stdin()),
        _ => std::fs::File::open(file).and_then(password::text),
    };
    let text = text.with_context(|| format!("the token cannot be read from “{}”", file.display()))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn name(goal: &Goal, checks: &mut Vec<Check>) -> Option<Vec<SocketAddr>> {
    const NAME: &str = "name";
    match goal.resolve() {
        Ok(all) => {
            checks.push(Check::good(NAME, format!("{} is {}", goal.host, shown(&all))));
            Some(all)
        }
        Err(error) => {
            let remedy = "Make an A or AAAA record for it, or correct the name.";
            checks.push(Check::bad(NAME, format!("{} is not known: {error}", goal.host), remedy));
            None
        }
    }
}

fn port(goal: &Goal, addresses: &[SocketAddr], checks: &mut Vec<Check>) -> Option<TcpStream> {
    const NAME: &str = "port";
    let (open, closed) = connect(addresses, PATIENCE);
    let remedy = "Start the server or the proxy, and open the port in the firewall.";
    checks.push(match (&open, closed.is_empty()) {
        (Some(_), true) => Check::good(NAME, format!("{} is open", goal.port)),
        // A name may stand for an address of another family that nobody listens on.
        (Some(_), false) => {
            Check::good(NAME, format!("{} is open, but not everywhere: {}", goal.port, closed.join("; ")))
                .advises("Clients that try that address first are slow: remove its record, or listen there as well.")
        }
        (None, _) => Check::bad(NAME, closed.join("; "), remedy),
    });
    open
}

/// Whether what follows may be asked.
fn certificate(
    goal: &Goal,
    line: TcpStream,
    addresses: &[SocketAddr],
    roots: &[rustls::pki_types::CertificateDer<'static>],
    checks: &mut Vec<Check>,
) -> bool {
    const NAME: &str = "certificate";
    if !goal.tls {
        let here = addresses.iter().all(|address| address.ip().is_loopback());
        checks.push(match here {
            true => Check::good(NAME, "http on this machine: nothing is encrypted, and nothing crosses a network"),
            false => {
                Check::bad(NAME, "http: tokens cross the network unencrypted", "Use TLS, by a proxy or by the server.")
            }
        });
        return true;
    }
    let seen = match handshake(&goal.host, line, roots, PATIENCE) {
        Ok(seen) => seen,
        Err(error) => {
            let remedy = "The port does not speak TLS 1.2 or 1.3: look at the proxy's settings.";
            checks.push(Check::bad(NAME, format!("the handshake failed: {error:#}"), remedy));
            return false;
        }
    };
    let days = seen.days();
    let left = days.map(|days| format!(", good for {days} days")).unwrap_or_default();
    let result = format!("{}{left}", seen.version);
    if let Some(why) = seen.distrust {
        let remedy =
            "Install a certificate for this very name with its whole chain, or name your authority with --ca FILE.";
        checks.push(Check::bad(NAME, format!("{result}; not trusted: {why}"), remedy));
        return false;
    }
    checks.push(match days {
        Some(days) if days < SOON => {
            Check::bad(NAME, result, "Renew it now, and find out why it was not renewed by itself.")
        }
        _ => Check::good(NAME, format!("{result}, trusted")),
    });
    true
}

/// What can be asked over HTTP.
struct Asked {
    agent: ureq::Agent,
    goal: Goal,
}

impl Asked {
    /// Status, the header `Date`, and the body as JSON.
    fn get(&self, url: &str, token: Option<&str>) -> Result<(u16, Option<String>, Value), String> {
        let mut request = self.agent.get(url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = request.call().map_err(|error| error.to_string())?;
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok()).map(str::to_owned);
        let text = answer.body_mut().with_config().limit(1 << 20).read_to_string().unwrap_or_default();
        Ok((answer.status().as_u16(), date, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// Whether paths reach the appliance; and what its clock says.
    fn path(&self, checks: &mut Vec<Check>) -> bool {
        const NAME: &str = "path";
        let url = format!("{}/healthz", self.goal.base);
        let remedy = "Let the proxy hand on all paths unchanged to the address that “scimbox serve” listens on.";
        match self.get(&url, None) {
            Ok((200, date, body)) if body.get("status").is_some() => {
                let status = body.get("status").and_then(Value::as_str).unwrap_or_default();
                checks.push(match status {
                    "ok" => Check::good(NAME, format!("{url} is Scimbox, status {status}")),
                    _ => Check::bad(NAME, format!("{url} is Scimbox, status {status}"), "Its log says what is wrong."),
                });
                checks.extend(date.map(|date| clock(&date)));
                true
            }
            Ok((status, ..)) => {
                checks.push(Check::bad(NAME, format!("{url} answers {status}, and not as Scimbox does"), remedy));
                false
            }
            Err(error) => {
                checks.push(Check::bad(NAME, format!("{url}: {error}"), remedy));
                false
            }
        }
    }

    /// Whether the header with the token arrives: the appliance says another thing of a wrong token than of none.
    fn headers(&self, checks: &mut Vec<Check>) {
        const NAME: &str = "headers";
        let url = format!("{}{SCIM}100000000000001/ServiceProviderConfig", self.goal.base);
        let remedy = "The proxy must hand on the header Authorization, and answers as they are.";
        checks.push(match self.get(&url, Some("doctor")) {
            Ok((401, _, body)) if body.to_string().contains("TOKEN_UNKNOWN") => {
                Check::good(NAME, "the header Authorization arrives")
            }
            Ok((401, _, body)) if body.to_string().contains("TOKEN_MISSING") => {
                Check::bad(NAME, "the header Authorization does not arrive", remedy)
            }
            Ok((status, ..)) => {
                Check::bad(NAME, format!("a SCIM request is answered {status} by something else"), remedy)
            }
            Err(error) => Check::bad(NAME, error, remedy),
        });
    }

    /// A SCIM endpoint: with a token its lists, without one its refusal.
    fn scim(&self, token: Option<&str>, checks: &mut Vec<Check>) {
        const NAME: &str = "scim";
        let Some(base) = &self.goal.scim else { return };
        let users = format!("{base}/Users?count=1");
        let asked = self.get(&users, token);
        checks.push(match (asked, token) {
            (Ok((200, _, body)), Some(_)) if body.get("totalResults").is_some() => {
                let total = body.get("totalResults").map(Value::to_string).unwrap_or_default();
                Check::good(NAME, format!("the token is taken, and there are {total} users"))
            }
            (Ok((401, _, body)), None) if body.to_string().contains("TOKEN_MISSING") => {
                Check::good(NAME, "a request without a token is refused")
                    .advises("Give a token with --token-file FILE to look further.")
            }
            (Ok((status, _, body)), _) => {
                let said = body.get("detail").and_then(Value::as_str).unwrap_or("not by Scimbox");
                Check::bad(
                    NAME,
                    format!("{users} is answered {status}: {said}"),
                    "Compare URL and token with the connection's page.",
                )
            }
            (Err(error), _) => Check::bad(NAME, format!("{users}: {error}"), "Look at the proxy's log."),
        });
    }
}

fn clock(date: &str) -> Check {
    const NAME: &str = "clock";
    let Some(apart) = apart(date) else {
        return Check::bad(
            NAME,
            format!("the header Date is “{date}”"),
            "The proxy must leave the header Date as it is.",
        );
    };
    let result = format!("{apart} seconds from the clock here");
    match apart > APART {
        true => Check::bad(NAME, result, "Set both clocks by NTP (systemd-timesyncd, chrony)."),
        false => Check::good(NAME, result),
    }
}
