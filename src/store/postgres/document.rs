//! Conditions on the text of a resource. Every fragment is constant text; paths and values are bound.

use crate::domain::predicate::{Ask, Comparison, DocumentField};
use crate::store::condition::{Condition, Value};
use crate::store::select::Dialect;

/// How PostgreSQL spells conditions.
pub(super) const DIALECT: Dialect = Dialect {
    no_text: "NULL::text",
    as_text: |sql| format!("(CAST({sql} AS TEXT) COLLATE \"C\")"),
    answers,
    field,
    open,
    part,
    sort,
};

/// Whether the expression `of`, with the values of its `?`, answers; never NULL, so that NOT means its opposite.
fn answers(of: &str, values: &[Value], ask: &Ask, into: &mut Condition) {
    let compared = match ask {
        Ask::Present => (format!("{of} <> ''"), None),
        Ask::Flag(flag) => (format!("({of}) = {flag}"), None),
        Ask::Moment(comparison, at) => (format!("{of} {} ?", sign(*comparison)), Some(Value::from(*at))),
        Ask::Text(comparison, text) => {
            let value = Some(Value::from(text.clone()));
            match comparison {
                Comparison::Contains => (format!("strpos({of}, ?) > 0"), value),
                Comparison::Starts => (format!("starts_with({of}, ?)"), value),
                // The length of the text is a number of ours, not part of it.
                Comparison::Ends if text.is_empty() => (format!("{of} IS NOT NULL"), None),
                Comparison::Ends => (format!("right({of}, {}) = ?", text.chars().count()), value),
                other => (format!("{of} {} ? COLLATE \"C\"", sign(*other)), value),
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
        into.sql.push_str(&present(document, "?::text::jsonpath"));
        return into.values.push(atoms(&steps(field, field.part)).into());
    }
    let path = path(&steps(field, field.part)).into();
    let of = value(&format!("scimbox_json({document})"), field.folded, ask);
    let count = of.matches('?').count();
    answers(&of, &vec![path; count], ask, into);
}

/// Opens a condition on the elements of an array, each called `e`; the caller closes the bracket.
fn open(document: &str, field: &DocumentField, into: &mut Condition) {
    into.sql.push_str(&format!(
        "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof(scimbox_json({document}) #> ?::text::text[])
           WHEN 'array' THEN scimbox_json({document}) #> ?::text::text[] END) e WHERE "
    ));
    let path = path(&steps(field, None));
    into.values.extend([path.clone().into(), path.into()]);
}

/// Whether a part of the element `e` answers, or the element itself when the field names no part.
fn part(field: &DocumentField, ask: &Ask, into: &mut Condition) {
    let steps: Vec<&str> = [field.attribute].into_iter().filter(|part| !part.is_empty()).collect();
    if *ask == Ask::Present {
        into.sql.push_str(&present("e.value", "?::text::jsonpath"));
        return into.values.push(atoms(&steps).into());
    }
    let of = value("e.value", field.folded, ask);
    let count = of.matches('?').count();
    answers(&of, &vec![path(&steps).into(); count], ask, into);
}

/// The value at the path of a document: of the type that it is compared with, else none.
fn value(document: &str, folded: bool, ask: &Ask) -> String {
    match ask {
        Ask::Flag(_) => format!("nullif({document} #> ?::text::text[], 'null') = 'true'"),
        _ => {
            let text = format!(
                "(CASE jsonb_typeof({document} #> ?::text::text[]) WHEN 'string' THEN {document} #>> ?::text::text[] END)"
            );
            if folded { format!("scimbox_folded({text})") } else { format!("({text} COLLATE \"C\")") }
        }
    }
}

/// Whether anything below a path is neither empty nor null.
fn present(document: &str, path: &str) -> String {
    format!("jsonb_path_exists(scimbox_json({document}), {path}, '{{}}', TRUE)")
}

/// The value that a list is ordered by: of an array the primary element's, else the first one's.
fn sort(document: &str, field: &DocumentField, into: &mut Condition) {
    let fold = |text: String| {
        if field.folded { format!("scimbox_folded({text})") } else { format!("(({text}) COLLATE \"C\")") }
    };
    if !field.list {
        into.sql.push_str(&fold(format!("scimbox_json({document}) #>> ?::text::text[]")));
        return into.values.push(path(&steps(field, field.part)).into());
    }
    let value = fold("e.value #>> ?::text::text[]".to_owned());
    into.sql.push_str(&format!(
        "(SELECT {value} FROM jsonb_array_elements(CASE jsonb_typeof(scimbox_json({document}) #> ?::text::text[])
             WHEN 'array' THEN scimbox_json({document}) #> ?::text::text[] END) WITH ORDINALITY e (value, place)
          ORDER BY coalesce(e.value -> 'primary' = 'true', FALSE) DESC, e.place LIMIT 1)"
    ));
    let list = path(&steps(field, None));
    into.values.push(path(&[field.part.unwrap_or("value")]).into());
    into.values.extend([list.clone().into(), list.into()]);
}

/// The names on the way to a value.
fn steps<'f>(field: &DocumentField, part: Option<&'f str>) -> Vec<&'f str>
where
    'static: 'f,
{
    field.extension.into_iter().chain([field.attribute]).chain(part).collect()
}

/// A path as an array of PostgreSQL. The names come from the schema, which holds neither quotes nor backslashes.
fn path(steps: &[&str]) -> String {
    let quoted: Vec<String> = steps.iter().map(|step| format!("\"{step}\"")).collect();
    format!("{{{}}}", quoted.join(","))
}

/// The path to whatever below a place has a value.
fn atoms(steps: &[&str]) -> String {
    let below: String = steps.iter().map(|step| format!(".\"{step}\"")).collect();
    // A comparison of two types is neither true nor false, so only texts are compared with one.
    let empty = "@.type() == \"string\" && @ == \"\"";
    format!("strict ${below}.** ? (!(@.type() like_regex \"object|array|null\") && !({empty}))")
}
