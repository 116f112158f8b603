//! CSV files: a header, and a person in each line. Delimited by comma, semicolon or tab; the header says which.

use super::{Content, Row, several};
use crate::push::sentence::{Sentence, say};
use crate::push::source::SourceError;

/// The columns, and what else spreadsheets call them.
const COLUMNS: [(Column, &[&str]); 7] = [
    (Column::Id, &["id", "externalid", "objectguid"]),
    (Column::Email, &["email", "username", "mail", "emailaddress"]),
    (Column::FirstName, &["firstname", "givenname"]),
    (Column::LastName, &["lastname", "familyname", "surname"]),
    (Column::FullName, &["fullname", "displayname", "name"]),
    (Column::Active, &["active", "enabled"]),
    (Column::Groups, &["groups", "group", "teams"]),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Id,
    Email,
    FirstName,
    LastName,
    FullName,
    Active,
    Groups,
}

impl Column {
    /// What a title means; case, spaces, dashes and underscores do not matter.
    fn of(title: &str) -> Option<Column> {
        let plain: String = title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        COLUMNS.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
    }
}

pub(super) fn read(text: &str) -> Result<Content, SourceError> {
    // Excel writes the delimiter into a line of its own.
    let (named, text, skipped) = match text.lines().next().and_then(|line| line.strip_prefix("sep=")) {
        Some(named) => (named.bytes().next(), text.split_once('\n').map_or("", |(_, rest)| rest), 1),
        None => (None, text, 0),
    };
    let delimiter = named.unwrap_or_else(|| delimiter(text.lines().next().unwrap_or_default()));
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let failed = |error: csv::Error| {
        SourceError::Unreadable(say!(
            "the_csv_cannot_be_read",
            "the CSV cannot be read: {error}",
            error = error.to_string()
        ))
    };
    let titles: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    let columns: Vec<Option<Column>> = titles.iter().map(|title| Column::of(title)).collect();
    if !columns.contains(&Some(Column::Email)) {
        let said = titles.join(", ");
        return Err(SourceError::Unreadable(say!(
            "line_no_column_is_called_email",
            "line {line}: no column is called email, only: {said}",
            line = skipped + 1,
            said = said
        )));
    }
    let known = columns.iter().flatten();
    if let Some(twice) = known.clone().find(|one| known.clone().filter(|other| other == one).count() > 1) {
        return Err(SourceError::Unreadable(say!(
            "line_two_columns_mean",
            "line {line}: two columns mean {twice}",
            line = skipped + 1,
            twice = format!("{twice:?}")
        )));
    }
    let mut content = Content::default();
    let ignored: Vec<&str> =
        titles.iter().zip(&columns).filter(|(_, column)| column.is_none()).map(|(title, _)| title.as_str()).collect();
    if !ignored.is_empty() {
        content.notes.push(say!(
            "columns_that_mean_nothing_here",
            "Columns that mean nothing here: {ignored}",
            ignored = ignored.join(", ")
        ));
    }
    let mut faults = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let line = record.position().map_or(0, csv::Position::line) as usize + skipped;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != columns.len() {
            let (found, wanted) = (record.len(), columns.len());
            faults.push(say!(
                "line_fields_but_the_header_has",
                "line {line}: {found} fields, but the header has {wanted}",
                line = line,
                found = found,
                wanted = wanted
            ));
            continue;
        }
        match row(line, &columns, &record) {
            Ok(row) => content.rows.push(row),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(content) } else { Err(several(faults)) }
}

fn row(line: usize, columns: &[Option<Column>], record: &csv::StringRecord) -> Result<Row, Sentence> {
    let mut row = Row { place: say!("file_line", "line {line}", line = line), active: true, ..Row::default() };
    for (column, field) in columns.iter().zip(record) {
        let text = (!field.is_empty()).then(|| field.to_owned());
        match column {
            Some(Column::Id) => row.id = text,
            Some(Column::Email) => row.email = field.to_owned(),
            Some(Column::FirstName) => row.given_name = text,
            Some(Column::LastName) => row.family_name = text,
            Some(Column::FullName) => row.display_name = text,
            Some(Column::Active) => row.active = is_yes(line, field)?,
            Some(Column::Groups) => row.groups = groups(field),
            None => {}
        }
    }
    if row.email.is_empty() {
        return Err(say!("line_no_email", "line {line}: no email", line = line));
    }
    Ok(row)
}

fn is_yes(line: usize, field: &str) -> Result<bool, Sentence> {
    match field.to_lowercase().as_str() {
        "" | "true" | "yes" | "1" | "on" | "active" | "wahr" | "ja" | "はい" => Ok(true),
        "false" | "no" | "0" | "off" | "inactive" | "falsch" | "nein" | "いいえ" => Ok(false),
        _ => Err(say!(
            "line_active_must_be_true_or",
            "line {line}: active must be true or false, but is “{field}”",
            line = line,
            field = field
        )),
    }
}

/// Names of groups with `|` or `;` between them. A comma belongs to the name.
fn groups(field: &str) -> Vec<String> {
    field.split(['|', ';', '\n']).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Whichever of comma, semicolon and tab the header has most of.
fn delimiter(header: &str) -> u8 {
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    // Of equals the last is taken: a header of one column has none of them.
    *[b'\t', b';', b','].iter().max_by_key(|delimiter| count(delimiter)).unwrap_or(&b',')
}
