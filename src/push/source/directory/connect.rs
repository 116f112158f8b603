//! Connecting: domain controllers in their order, with TLS unless the settings say otherwise.

use super::bind::{Bound, bind};
use super::{Directory, Failure, trust};
use crate::push::check::Step;
use crate::push::sentence::{Sentence, say};
use ldap3::{LdapConn, LdapConnSettings, StdStream};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long one address may take to answer.
const CONNECTING: Duration = Duration::from_secs(10);

/// A server by its URL.
struct Address<'a> {
    url: &'a str,
    host: &'a str,
    port: u16,
    tls: bool,
}

/// Opens a connection to the first controller that answers, and signs in.
///
/// # Errors
/// When none answers, or one refuses the name and password.
pub(super) fn open(settings: &Directory, tell: &mut dyn FnMut(Step)) -> Result<LdapConn, Failure> {
    refuse_empty(settings)?;
    let mut failures: Vec<Failure> = Vec::new();
    for url in &settings.urls {
        match one(settings, &address(url)?, &failures, tell)? {
            Ok(connection) => return Ok(connection),
            Err(failure) => failures.push(failure),
        }
    }
    let found = Sentence::list(failures.iter().map(|failure| failure.found.clone()).collect(), " ");
    // The one that came furthest says most about what to do.
    let furthest =
        failures.into_iter().max_by_key(|failure| ["connect", "tls", "bind"].iter().position(|s| *s == failure.step));
    Err(match furthest {
        Some(failure) => Failure { found, ..failure },
        None => Failure::new(
            "connect",
            say!("no_address_of_a_directory_is", "No address of a directory is given."),
            say!("give_ad_url_ldaps_host", "Give --ad-url ldaps://HOST."),
        ),
    })
}

/// A password is never sent empty: LDAP takes that for an anonymous bind, which succeeds and reads nothing.
fn refuse_empty(settings: &Directory) -> Result<(), Failure> {
    if settings.user.trim().is_empty() {
        return Err(Failure::new(
            "bind",
            say!("the_name_is_empty", "The name is empty."),
            say!("give_domain_user_user_domain_or", "Give DOMAIN\\user, user@domain, or a DN."),
        ));
    }
    if settings.password.is_empty() {
        return Err(Failure::new(
            "bind",
            say!("the_password_is_empty", "The password is empty."),
            say!("give_the_password_of_the_account", "Give the password of the account."),
        ));
    }
    Ok(())
}

/// One controller. The inner failure lets the next one try; the outer is final.
fn one(
    settings: &Directory,
    address: &Address<'_>,
    before: &[Failure],
    tell: &mut dyn FnMut(Step),
) -> Result<Result<LdapConn, Failure>, Failure> {
    let stream = match reach(address) {
        Ok(stream) => stream,
        Err(failure) => return Ok(Err(failure)),
    };
    let starttls = !address.tls && !settings.plain;
    let mut options = LdapConnSettings::new()
        .set_conn_timeout(CONNECTING)
        .set_starttls(starttls)
        .set_std_stream(StdStream::Tcp(stream));
    if address.tls || starttls {
        options = options.set_config(trust::config(settings.ca.as_deref())?);
    }
    let mut connection = match LdapConn::with_settings(options, address.url) {
        Ok(connection) => connection,
        Err(error) => return Ok(Err(trust::failure(address.url, starttls, &error))),
    };
    let mut found = vec![say!("address_answers", "{url} answers.", url = address.url)];
    for failure in before {
        found.push(say!("before_it", "Before it: {found}", found = failure.found));
    }
    tell(Step::passed("connect", Sentence::list(found, " ")));
    tell(Step::passed(
        "tls",
        match (address.tls, starttls) {
            (true, _) => {
                say!("the_connection_is_private_and_the", "The connection is private, and the certificate is trusted.")
            }
            (false, true) => say!(
                "starttls_made_the_connection_private_and",
                "StartTLS made the connection private, and the certificate is trusted."
            ),
            (false, false) => {
                say!("the_connection_is_not_private_as", "The connection is not private, as the settings say.")
            }
        },
    ));
    match bind(&mut connection, settings, address.url) {
        Bound::Yes => {
            tell(Step::passed("bind", say!("is_let_in", "“{user}” is let in.", user = settings.user)));
            Ok(Ok(connection))
        }
        Bound::NotNow(failure) => Ok(Err(failure)),
        Bound::Refused(failure) => Err(failure),
    }
}

fn reach(address: &Address<'_>) -> Result<TcpStream, Failure> {
    let failed = |why: Sentence, advice: Sentence| {
        Failure::new("connect", say!("address_fault", "{url} {why}.", url = address.url, why = why), advice)
    };
    let found = (address.host, address.port).to_socket_addrs().map_err(|e| {
        failed(
            say!("has_no_address_because", "has no address: {e}", e = e.to_string()),
            say!("correct_the_host_name_or_ask", "Correct the host name, or ask your DNS."),
        )
    })?;
    let mut why = say!("has_no_address", "has no address");
    for socket in found {
        match TcpStream::connect_timeout(&socket, CONNECTING) {
            Ok(stream) => return Ok(stream),
            Err(error) => why = say!("does_not_answer", "does not answer: {error}", error = error.to_string()),
        }
    }
    Err(failed(
        why,
        say!("check_the_host_name_and_the", "Check the host name and the port, and the firewalls between."),
    ))
}

/// Takes a URL apart: `ldaps://HOST[:PORT]`, nothing behind it.
fn address(url: &str) -> Result<Address<'_>, Failure> {
    let wrong = |why: Sentence| {
        // A URL that names somebody may hold a password as well.
        let shown = if url.contains('@') { "The address" } else { url };
        Failure::new(
            "connect",
            say!("address_fault", "{url} {why}.", url = shown, why = why),
            say!("give_ldaps_host_port_or_ldap", "Give ldaps://HOST[:PORT] or ldap://HOST[:PORT]."),
        )
    };
    let (tls, rest) = match (url.strip_prefix("ldaps://"), url.strip_prefix("ldap://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(wrong(say!("is_no_address_of_a_directory", "is no address of a directory"))),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#', '@']) {
        return Err(wrong(say!("has_more_than_a_host_and", "has more than a host and a port")));
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_| wrong(say!("has_a_port_that_is_no", "has a port that is no number")))?,
        None if tls => 636,
        None => 389,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(wrong(say!("has_no_host", "has no host")));
    }
    Ok(Address { url, host, port, tls })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_url_is_a_host_and_a_port() {
        for (url, host, port, tls) in [
            ("ldaps://dc1.ad.test", "dc1.ad.test", 636, true),
            ("ldap://dc1.ad.test/", "dc1.ad.test", 389, false),
            ("ldap://127.0.0.88:3890", "127.0.0.88", 3890, false),
            ("ldaps://[::1]", "::1", 636, true),
            ("ldaps://[::1]:1636", "::1", 1636, true),
        ] {
            let address = address(url).ok().unwrap();
            assert_eq!((address.host, address.port, address.tls), (host, port, tls));
        }
        for url in ["", "https://x", "ldap://", "ldap://x:y", "ldap://x/dc=a", "ldap://u:secret@x"] {
            let failure = address(url).err().unwrap();
            assert!(!failure.found.contains("secret"), "{}", failure.found);
        }
    }
}
