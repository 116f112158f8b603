//! What commands print: results to stdout as a table or as JSON, everything else to stderr.

use crate::domain::printable;
use comfy_table::{Table, presets};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{ErrorKind, Write};

/// Prints text to stdout, line by line as people may see it.
pub(super) fn text(text: &str) -> anyhow::Result<()> {
    write(&lines(text))
}

/// The text with everything but its line ends in a form that drives no terminal.
pub(super) fn lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Writes to stdout. A reader that has seen enough (`| head`) is no failure.
fn write(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(if text.ends_with('\n') { b"" } else { b"\n" })) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// Prints one JSON document to stdout.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    write(&json_text(&serde_json::to_string_pretty(value)?))
}

/// The same JSON without a character that could drive a terminal: such ones stand in strings only, where an escape means
/// the same. Line ends of the document itself stay.
pub(super) fn json_text(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        let mut units = [0; 2];
        match printable(c.encode_utf8(&mut [0; 4])) {
            Cow::Owned(_) if c != '\n' => {
                c.encode_utf16(&mut units).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
            }
            _ => shown.push(c),
        }
    }
    shown
}

/// Prints a line to stderr; if even that is closed there is nobody left to tell.
pub(super) fn note(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{}", lines(line)));
}

/// Prints rows under headings.
pub(super) fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings);
    for row in rows {
        table.add_row(row.map(|cell| printable(&cell).into_owned()));
    }
    trimmed(&table)
}

/// Prints names and their values, one a line.
pub(super) fn list<const N: usize>(pairs: [(&str, String); N]) -> anyhow::Result<()> {
    rows(pairs)
}

/// The same of as many as there are.
pub(super) fn rows<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, value) in pairs {
        table.add_row([name, &printable(&value)]);
    }
    trimmed(&table)
}

/// An absent value in a table.
pub(super) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn trimmed(table: &Table) -> anyhow::Result<()> {
    let bare = |line: String| format!("{}\n", line.strip_prefix(' ').unwrap_or(&line).trim_end());
    text(&table.lines().map(bare).collect::<String>())
}
