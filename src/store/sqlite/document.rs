//! Conditions on the text of a resource. SQLite parses it once per row, however many conditions there are. Every fragment is constant text; paths and values are bound.

use crate::domain::predicate::{Ask, Comparison, DocumentField};
use crate::store::condition::{Condition, Value};
use crate::store::select::Dialect;

/// How SQLite spells conditions.
pub(super) const DIALECT: Dialect =
    Dialect { no_text: "NULL", as_text: |sql| format!("CAST({sql} AS TEXT)"), answers, field, open, part, sort };

/// Whether the expression `of`, with the values of its `?`, answers; never NULL, so that NOT means its opposite.
fn answers(of: &str, values: &[Value], ask: &Ask, into: &mut Condition) {
    let compared = match ask {
        Ask::Present => (format!("{of} <> ''"), None),
        Ask::Flag(flag) => (format!("({of}) = {}", u8::from(*flag)), None),
        Ask::Moment(comparison, at) => (format!("{of} {} ?", sign(*comparison)), Some(Value::from(*at))),
        Ask::Text(comparison, text) => {
            let value = Some(Value::from(text.clone()));
            match comparison {
                Comparison::Contains => (format!("instr({of}, ?) > 0"), value),
                // The length of the text is a number of ours, not part of it.
                Comparison::Starts => (format!("substr({of}, 1, {}) = ?", text.chars().count()), value),
                Comparison::Ends if text.is_empty() => (format!("{of} IS NOT NULL"), None),
                Comparison::Ends => (format!("substr({of}, -{}) = ?", text.chars().count()), value),
                other => (format!("{of} {} ?", sign(*other)), value),
            }
        }
    };
    into.sql.push_str(&format!("coalesce({}, FALSE)", compared.0));
    into.values.extend(values.iter().cloned());
    into.values.extend(compared.1);
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal | Comparison::Contains | Comparison::Starts | Comparison::Ends => "=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
    }
}

/// Whether a place in the document answers.
fn field(document: &str, field: &DocumentField, ask: &Ask, into: &mut Condition) {
    if field.list {
        open(document, field, into);
        let inner = DocumentField { attribute: field.part.unwrap_or_default(), part: None, list: false, ..*field };
        part(&inner, ask, into);
        return into.sql.push(')');
    }
    if *ask == Ask::Present {
        // A complex value is present when any of its parts is.
        into.sql.push_str("EXISTS (SELECT 1 FROM json_tree(");
        into.sql.push_str(document);
        into.sql.push_str(", ?) atoms WHERE atoms.atom <> '')");
        return into.values.push(value_path(field).into());
    }
    let extracted = format!("json_extract({document}, ?)");
    let of = if field.folded { format!("folded({extracted})") } else { extracted };
    answers(&of, &[value_path(field).into()], ask, into);
}

/// Opens a condition on the elements of an array, each called `e`; the caller closes the bracket.
fn open(document: &str, field: &DocumentField, into: &mut Condition) {
    into.sql.push_str("EXISTS (SELECT 1 FROM json_each(");
    into.sql.push_str(document);
    into.sql.push_str(", ?) e WHERE ");
    into.values.push(list_path(field).into());
}

/// Whether a part of the element `e` answers, or the element itself when the field names no part.
fn part(field: &DocumentField, ask: &Ask, into: &mut Condition) {
    let (extracted, values) = match field.attribute {
        "" => ("e.atom".to_owned(), Vec::new()),
        part => ("json_extract(e.value, ?)".to_owned(), vec![Value::from(format!("$.\"{part}\""))]),
    };
    if *ask == Ask::Present && field.attribute.is_empty() {
        return into.sql.push_str("EXISTS (SELECT 1 FROM json_tree(e.value) atoms WHERE atoms.atom <> '')");
    }
    let of = if field.folded { format!("folded({extracted})") } else { extracted };
    answers(&of, &values, ask, into);
}

/// The value that a list is ordered by: of an array the primary element's, else the first one's.
fn sort(document: &str, field: &DocumentField, into: &mut Condition) {
    let fold = |text: String| if field.folded { format!("folded({text})") } else { format!("CAST({text} AS TEXT)") };
    if !field.list {
        into.sql.push_str(&fold(format!("json_extract({document}, ?)")));
        return into.values.push(value_path(field).into());
    }
    let value = fold("json_extract(e.value, ?)".to_owned());
    into.sql.push_str(&format!(
        "(SELECT {value} FROM json_each({document}, ?) e
          ORDER BY coalesce(json_extract(e.value, '$.primary'), 0) DESC, e.key LIMIT 1)"
    ));
    into.values.push(format!("$.\"{}\"", field.part.unwrap_or("value")).into());
    into.values.push(list_path(field).into());
}

/// The path of a list, without the part of its elements.
fn list_path(field: &DocumentField) -> String {
    path(field, None)
}

/// The path of a value.
fn value_path(field: &DocumentField) -> String {
    path(field, field.part)
}

/// A path as SQLite writes it. The names come from the schema, which holds neither quotes nor backslashes.
fn path(field: &DocumentField, part: Option<&str>) -> String {
    let mut path = "$".to_owned();
    for name in field.extension.into_iter().chain([field.attribute]).chain(part) {
        path.push_str(".\"");
        path.push_str(name);
        path.push('"');
    }
    path
}
