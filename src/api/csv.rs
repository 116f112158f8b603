//! Documents as lines of CSV files.

use serde_json::Value;
use std::borrow::Cow;

/// One line of a CSV file. Every cell is quoted; what a spreadsheet would take for a formula gets an apostrophe.
pub fn csv_line<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let guarded = |cell: &'c str| match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
    {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    };
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let written = writer.write_record(cells.into_iter().map(guarded).map(Cow::into_owned));
    // A list of bytes takes whatever is written to it.
    let line = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}

/// One line of a CSV file: of a document, the fields that are named.
pub fn line_of(columns: &[&str], document: &Value) -> String {
    let cells = columns.iter().map(|name| match document.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    });
    csv_line(cells.collect::<Vec<_>>().iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(csv_line(["a", "", "x \"y\", z"]), "\"a\",\"\",\"x \"\"y\"\", z\"\r\n");
        for cell in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"] {
            assert_eq!(csv_line([cell]), format!("\"'{cell}\"\r\n"));
        }
    }
}
