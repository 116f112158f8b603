//! The encodings that spreadsheet programs write: UTF-8 and UTF-16 with a byte-order mark, Windows-1252, Shift_JIS.

use crate::push::sentence::{Sentence, say};
use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, WINDOWS_1252};

/// The text, and what to say about it if the encoding was guessed.
pub(super) fn decode(bytes: &[u8]) -> (String, Option<Sentence>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
        return (text.into_owned(), None);
    }
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        return (text.into_owned(), None);
    }
    let japanese = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
    let (text, encoding) = match japanese.filter(|text| is_japanese(text)) {
        Some(text) => (text.into_owned(), SHIFT_JIS),
        None => (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), WINDOWS_1252),
    };
    let note = say!(
        "the_file_is_neither_utf_8",
        "The file is neither UTF-8 nor UTF-16; it was read as {name}.",
        name = encoding.name()
    );
    (text, Some(note))
}

/// Japanese characters stand side by side. A Western letter with an accent, read as Shift_JIS, takes one ASCII letter with it
/// and stands alone.
fn is_japanese(text: &str) -> bool {
    let is_wide = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff61}'..='\u{ff9f}');
    let (mut alone, mut together, mut run) = (0, 0, 0);
    for wide in text.chars().map(is_wide).chain([false]) {
        match (wide, run) {
            (true, _) => run += 1,
            (false, 0) => {}
            (false, length) => {
                if length == 1 {
                    alone += 1
                } else {
                    together += length
                }
                run = 0;
            }
        }
    }
    together > alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spreadsheet_programs_write_is_read() {
        let texts =
            ["email,last_name\nmia@acme.test,Müller\nzoe@acme.test,Pérez", "email;姓;名\nt@acme.test;山田;太郎"];
        for text in texts {
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let encodings: [(&str, Vec<u8>); 3] = [
                ("UTF-8", text.as_bytes().to_vec()),
                ("UTF-8 with a mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
                ("UTF-16", [b"\xff\xfe".as_slice(), &utf16].concat()),
            ];
            for (name, bytes) in encodings {
                assert_eq!(decode(&bytes), (text.to_owned(), None), "{name}");
            }
        }
        let [western, japanese] = texts;
        assert_eq!(decode(&WINDOWS_1252.encode(western).0).0, western);
        assert_eq!(decode(&SHIFT_JIS.encode(japanese).0).0, japanese);
    }
}
