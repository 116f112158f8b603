//! What the result of an operation says, in words.

use crate::push::sentence::{Sentence, say};
use ldap3::LdapResult;

/// What a result says, in words (RFC 4511, appendix A), with the server's own.
pub(super) fn words(result: &LdapResult) -> Sentence {
    let meaning = match result.rc {
        3 => say!("the_servers_time_limit_was_reached", "the server’s time limit was reached"),
        4 => say!("the_servers_size_limit_was_reached", "the server’s size limit was reached"),
        8 | 13 => say!("the_server_demands_tls", "the server demands TLS"),
        11 => say!("the_servers_administrative_limit_was_reached", "the server’s administrative limit was reached"),
        12 => say!("the_server_does_not_support_what", "the server does not support what was asked (paged results)"),
        32 => say!("there_is_no_such_entry", "there is no such entry"),
        34 => say!("this_is_no_valid_dn", "this is no valid DN"),
        48 => say!("the_account_has_no_password", "the account has no password"),
        49 => say!("the_name_or_the_password_is", "the name or the password is wrong"),
        50 => say!("the_account_may_not_do_this", "the account may not do this"),
        51 => say!("the_server_is_busy", "the server is busy"),
        52 => say!("the_server_is_not_available", "the server is not available"),
        53 => say!("the_server_is_not_willing_to", "the server is not willing to"),
        _ => Sentence::default(),
    };
    // Active Directory ends its texts with a zero byte.
    let own = result.text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    match (meaning.as_str(), own) {
        ("", "") => say!("result_code", "result {rc}", rc = result.rc),
        ("", own) => say!("own_result", "{own} (result {rc})", own = own, rc = result.rc),
        (_, "") => meaning,
        (_, own) => say!("meaning_own", "{meaning} ({own})", meaning = meaning, own = own),
    }
}
