//! Signing in, and what a refusal means, in words.

use super::words::words;
use super::{Directory, Failure, PATIENCE};
use crate::push::sentence::{Sentence, say};
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
            say!(
                "lets_nobody_in_at_the_moment",
                "{address} lets nobody in at the moment: {why}.",
                address = address,
                why = words(&result)
            ),
            say!("try_again_later", "Try again later."),
        )),
        Ok(result) => Bound::Refused(refusal(&settings.user, &result)),
        Err(error) => Bound::NotNow(lost(address, &error)),
    }
}

fn lost(address: &str, error: &LdapError) -> Failure {
    Failure::new(
        "bind",
        say!(
            "does_not_answer_the_sign_in",
            "{address} does not answer the sign-in: {error}.",
            address = address,
            error = error.to_string()
        ),
        say!("check_the_servers_log", "Check the server’s log."),
    )
}

fn refusal(user: &str, result: &LdapResult) -> Failure {
    let (found, advice) = match result.rc {
        8 | 13 => (
            say!("the_server_demands_tls_before_it", "The server demands TLS before it takes a password."),
            say!(
                "use_ldaps_or_ldap_without_plain",
                "Use ldaps://, or ldap:// without “plain”, so that StartTLS is used."
            ),
        ),
        49 => match code(&result.text).and_then(meaning) {
            Some((what, advice)) => (
                say!(
                    "the_server_does_not_let_in",
                    "The server does not let “{user}” in: {what}.",
                    user = user,
                    what = what
                ),
                advice,
            ),
            None => (
                say!(
                    "the_server_does_not_let_in_the",
                    "The server does not let “{user}” in: the name or the password is wrong.",
                    user = user
                ),
                say!(
                    "correct_the_name_and_the_password",
                    "Correct the name and the password. The name is DOMAIN\\user, user@domain, or a DN."
                ),
            ),
        },
        34 => (
            say!(
                "the_server_takes_only_a_dn",
                "The server takes only a DN as a name, and “{user}” is none.",
                user = user
            ),
            say!("give_the_whole_dn_such_as", "Give the whole DN, such as cn=reader,dc=example,dc=com."),
        ),
        32 => (
            say!("the_server_knows_nobody_of_the", "The server knows nobody of the name “{user}”.", user = user),
            say!("correct_the_name", "Correct the name."),
        ),
        48 | 50 | 53 => (
            say!(
                "the_server_does_not_let_in_by",
                "The server does not let “{user}” in by password: {why}.",
                user = user,
                why = words(result)
            ),
            say!("use_an_account_that_may_sign", "Use an account that may sign in by password."),
        ),
        _ => (
            say!(
                "the_server_refuses_the_sign_in",
                "The server refuses the sign-in of “{user}”: {why}.",
                user = user,
                why = words(result)
            ),
            say!("check_the_servers_log", "Check the server’s log."),
        ),
    };
    Failure::new("bind", found, advice)
}

/// The code in Active Directory's text, `… AcceptSecurityContext error, data 52e, v1db1`.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("data ")?;
    rest.split(|c: char| !c.is_ascii_hexdigit()).next()
}

/// What such a code says (winerror.h, as hexadecimal), and what to do.
fn meaning(code: &str) -> Option<(Sentence, Sentence)> {
    Some(match code {
        "525" => (
            say!("there_is_no_such_account_525", "there is no such account (525)"),
            say!("correct_the_name_domain_user_user", "Correct the name: DOMAIN\\user, user@domain, or a DN."),
        ),
        "52e" => (
            say!("the_password_is_wrong_52e", "the password is wrong (52e)"),
            say!("correct_the_password_or_the_name", "Correct the password, or the name."),
        ),
        "530" => (
            say!("the_account_may_not_sign_in", "the account may not sign in at this time (530)"),
            say!("change_the_accounts_logon_hours", "Change the account’s logon hours."),
        ),
        "531" => (
            say!("the_account_may_not_sign_in_from", "the account may not sign in from here (531)"),
            say!("change_the_accounts_list_of_workstations", "Change the account’s list of workstations."),
        ),
        "532" => (
            say!("the_password_has_expired_532", "the password has expired (532)"),
            say!("set_a_new_password_for_the", "Set a new password for the account, one that does not expire."),
        ),
        "533" => (
            say!("the_account_is_disabled_533", "the account is disabled (533)"),
            say!("enable_the_account", "Enable the account."),
        ),
        "701" => (
            say!("the_account_has_expired_701", "the account has expired (701)"),
            say!("set_the_accounts_date_of_expiry", "Set the account’s date of expiry later, or to never."),
        ),
        "773" => (
            say!("the_password_has_to_be_changed", "the password has to be changed first (773)"),
            say!("set_a_new_password_that_need", "Set a new password that need not be changed."),
        ),
        "775" => (
            say!("the_account_is_locked_out_775", "the account is locked out (775)"),
            say!("unlock_the_account_and_see_who", "Unlock the account, and see who uses a wrong password."),
        ),
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
