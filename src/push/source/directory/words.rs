//! What the result of an operation says, in words.

use ldap3::LdapResult;

/// What a result says, in words (RFC 4511, appendix A), with the server's own.
pub(super) fn words(result: &LdapResult) -> String {
    let meaning = match result.rc {
        3 => "the server’s time limit was reached",
        4 => "the server’s size limit was reached",
        8 | 13 => "the server demands TLS",
        11 => "the server’s administrative limit was reached",
        12 => "the server does not support what was asked (paged results)",
        32 => "there is no such entry",
        34 => "this is no valid DN",
        48 => "the account has no password",
        49 => "the name or the password is wrong",
        50 => "the account may not do this",
        51 => "the server is busy",
        52 => "the server is not available",
        53 => "the server is not willing to",
        _ => "",
    };
    // Active Directory ends its texts with a zero byte.
    let own = result.text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    match (meaning, own) {
        ("", "") => format!("result {}", result.rc),
        ("", own) => format!("{own} (result {})", result.rc),
        (meaning, "") => meaning.to_owned(),
        (meaning, own) => format!("{meaning} ({own})"),
    }
}
