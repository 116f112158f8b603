//! How names compare: NFKC and Unicode case folding, and which characters no name may hold.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;

/// The form in which two spellings of a name are equal (RFC 7643, section 2.3.1: `caseExact` false;
/// RFC 8265: width and compatibility forms are one). Kept beside the text as sent, never instead of it.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
    let composed = NFKC.normalize(text);
    let folded = CaseMapper::new().fold_string(&composed);
    NFKC.normalize(&folded).into_owned()
}

/// Why a name would deceive the eye or break a log line; `None` for a good one.
pub fn flawed_name(name: &str) -> Option<&'static str> {
    if name.trim() != name {
        return Some("begins or ends with a blank");
    }
    name.chars().find_map(|c| match c {
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some("holds a control character"),
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' => Some("holds a zero-width character"),
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("holds a character that changes the direction of writing")
        }
        '\u{2028}' | '\u{2029}' => Some("holds a line separator"),
        '\u{e0000}'..='\u{e007f}' => Some("holds an invisible tag character"),
        '\u{fdd0}'..='\u{fdef}' => Some("holds a character that Unicode reserves"),
        c if (c as u32) & 0xfffe == 0xfffe => Some("holds a character that Unicode reserves"),
        _ => None,
    })
}

/// A text for people: what would drive a terminal, break a line or turn the direction of writing is shown as its code.
/// Names keep on the wire what was sent.
pub fn printable(text: &str) -> Cow<'_, str> {
    let breaks = |c| matches!(c, '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}');
    let turns =
        |c| matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_odd = |c: char| breaks(c) || turns(c) || ('\u{e0000}'..='\u{e007f}').contains(&c);
    if !text.contains(is_odd) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_odd(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Whether mail could be sent there: `local@domain`, without display name.
pub fn is_email(text: &str) -> bool {
    text.len() <= 254 && email_address::EmailAddress::is_valid(text) && !text.contains(['<', '>', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_one_name() {
        for (a, b) in [
            ("Ada@Acme.TEST", "ada@acme.test"),
            ("Straße", "STRASSE"),
            ("ｍｉａ", "Mia"),
            ("Ångström", "A\u{30a}NGSTRO\u{308}M"),
            ("営業", "営業"),
            ("ﬁn", "FIN"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} and {b}");
            assert_eq!(fold(&fold(a)), fold(a), "folding {a} twice changes nothing more");
        }
        assert_ne!(fold("ada"), fold("adá"));
    }

    #[test]
    fn what_would_drive_a_terminal_is_shown_as_its_code() {
        assert_eq!(printable("a\u{1b}]52;c;eA\u{7}b\u{9b}2J\u{202e}\n"), r"a\u{1b}]52;c;eA\u{7}b\u{9b}2J\u{202e}\u{a}");
        for good in ["O'Neil Ádám", "営業 部", "👩🏽‍🚒", "🏴 \"x\""] {
            assert_eq!(printable(good), good);
        }
    }

    #[test]
    fn names_that_deceive_are_refused() {
        for bad in [" a", "a ", "a\u{0}b", "a\nb", "a\u{200b}b", "a\u{202e}b", "a\u{feff}", "a\u{e0041}", "\u{fffe}"] {
            assert!(flawed_name(bad).is_some(), "{bad:?}");
        }
        for good in ["ada@acme.test", "O'Neil Ádám", "営業 部", "👩🏽"] {
            assert_eq!(flawed_name(good), None, "{good:?}");
        }
    }
}
