//! Signing in, and what a refusal means, in words.

use super::words::words;
use super::{Directory, Failure, PATIENCE};
use ldap3::{LdapConn, LdapError, LdapResult};

/// What came of a bind.
pub(super) enum Bound {
    /// The server let us in.
    Yes,
    /// It did not answer, or is too busy: another controller may.
    NotNow(Failure),
    /// It refused, and any other would.
    Refused(Failure),
}

/// Signs in by name and password.
pub(super) fn bind(connection: &mut LdapConn, settings: &Directory, address: &str) -> Bound {
    match connection.with_timeout(PATIENCE).simple_bind(&settings.user, &settings.password) {
        Ok(result) if result.rc == 0 => Bound::Yes,
        Ok(result) if [51, 52].contains(&result.rc) => Bound::NotNow(Failure::new(
            "bind",
            format!("{address} lets nobody in at the moment: {}.", words(&result)),
            "Try again later.",
        )),
        Ok(result) => Bound::Refused(refusal(&settings.user, &result)),
        Err(error) => Bound::NotNow(lost(address, &error)),
    }
}

fn lost(address: &str, error: &LdapError) -> Failure {
    Failure::new("bind", format!("{address} does not answer the sign-in: {error}."), "Check the server’s log.")
}

fn refusal(user: &str, result: &LdapResult) -> Failure {
    let (found, advice) = match result.rc {
        8 | 13 => (
            "The server demands TLS before it takes a password.".to_owned(),
            "Use ldaps://, or ldap:// without “plain”, so that StartTLS is used.",
        ),
        49 => match code(&result.text).and_then(meaning) {
            Some((what, advice)) => (format!("The server does not let “{user}” in: {what}."), advice),
            None => (
                format!("The server does not let “{user}” in: the name or the password is wrong."),
                "Correct the name and the password. The name is DOMAIN\\user, user@domain, or a DN.",
            ),
        },
        34 => (
            format!("The server takes only a DN as a name, and “{user}” is none."),
            "Give the whole DN, such as cn=reader,dc=example,dc=com.",
        ),
        32 => (format!("The server knows nobody of the name “{user}”."), "Correct the name."),
        48 | 50 | 53 => (
            format!("The server does not let “{user}” in by password: {}.", words(result)),
            "Use an account that may sign in by password.",
        ),
        _ => (format!("The server refuses the sign-in of “{user}”: {}.", words(result)), "Check the server’s log."),
    };
    Failure::new("bind", found, advice)
}

/// The code in Active Directory's text, `… AcceptSecurityContext error, data 52e, v1db1`.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("data ")?;
    rest.split(|c: char| !c.is_ascii_hexdigit()).next()
}

/// What such a code says (winerror.h, as hexadecimal), and what to do.
fn meaning(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "525" => ("there is no such account (525)", "Correct the name: DOMAIN\\user, user@domain, or a DN."),
        "52e" => ("the password is wrong (52e)", "Correct the password, or the name."),
        "530" => ("the account may not sign in at this time (530)", "Change the account’s logon hours."),
        "531" => ("the account may not sign in from here (531)", "Change the account’s list of workstations."),
        "532" => ("the password has expired (532)", "Set a new password for the account, one that does not expire."),
        "533" => ("the account is disabled (533)", "Enable the account."),
        "701" => ("the account has expired (701)", "Set the account’s date of expiry later, or to never."),
        "773" => ("the password has to be changed first (773)", "Set a new password that need not be changed."),
        "775" => ("the account is locked out (775)", "Unlock the account, and see who uses a wrong password."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_active_directory_are_told_in_words() {
        for (code, words) in [
            ("525", "no such account"),
            ("52e", "password is wrong"),
            ("530", "at this time"),
            ("531", "from here"),
            ("532", "password has expired"),
            ("533", "is disabled"),
            ("701", "account has expired"),
            ("773", "has to be changed"),
            ("775", "locked out"),
            ("57", "name or the password"),
        ] {
            let text =
                format!("80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data {code}, v3839");
            let result = LdapResult { rc: 49, matched: String::new(), text, refs: Vec::new(), ctrls: Vec::new() };
            let told = refusal("reader", &result).found;
            assert!(told.contains(words), "{told}");
        }
    }
}
