//! The calls of the admin API as `openapi.txt` lists them: which methods a path has, what a call takes, and which parameters
//! are numbers.

use super::openapi_schema::{Book, SchemaEntry, entries};
use std::sync::LazyLock;

/// The admin API in words.
pub const TEXT: &str = include_str!("openapi.txt");

static CALLS: LazyLock<Vec<SchemaEntry>> = LazyLock::new(|| entries(TEXT, "calls"));
static BOOK: LazyLock<Book> = LazyLock::new(|| Book::read(TEXT));

/// The parameters that a call may have in its query; `None` where there is no such call. `path` is the pattern of its route
/// below `/api/v1`.
pub fn parameters(method: &str, path: &str) -> Option<Vec<&'static str>> {
    let call = call(method, path)?;
    let fields = line(call, "query ").into_iter().flat_map(|line| line.split(' '));
    Some(fields.map(|field| BOOK.field(field).name).collect())
}

/// The fields that the body of a call may have; `None` where the call itself knows.
pub fn body_fields(method: &str, path: &str) -> Option<Vec<&'static str>> {
    let line = line(call(method, path)?, "body ")?;
    if line.starts_with(char::is_uppercase) {
        return BOOK.field_names(line);
    }
    Some(line.split(' ').map(|field| BOOK.field(field).name).collect())
}

fn call(method: &str, path: &str) -> Option<&'static SchemaEntry> {
    CALLS.iter().find(|call| call.head.split_once(' ') == Some((method, path)))
}

fn line(call: &SchemaEntry, word: &str) -> Option<&'static str> {
    call.lines.iter().find_map(|line| line.strip_prefix(word))
}

/// The methods that a path of the admin API has.
pub fn methods(path: &str) -> Vec<&'static str> {
    let fits = |template: &str| {
        let (mut given, mut wanted) = (path.split('/'), template.split('/'));
        loop {
            match (given.next(), wanted.next()) {
                (None, None) => return true,
                (Some(given), Some(wanted)) if given == wanted || (wanted.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let own = own_methods(path);
    if !own.is_empty() {
        return own;
    }
    CALLS
        .iter()
        .filter_map(|call| call.head.split_once(' '))
        .filter(|(_, path)| fits(path))
        .map(|(method, _)| method)
        .collect()
}

/// The methods of a path that names nothing by id, such as `/users/export`.
pub fn own_methods(path: &str) -> Vec<&'static str> {
    let own = CALLS.iter().filter_map(|call| call.head.split_once(' ')).filter(|(_, template)| *template == path);
    own.map(|(method, _)| method).collect()
}

/// Whether a parameter of that name is a number.
pub fn is_number(name: &str) -> bool {
    let is = |entry: &SchemaEntry| {
        entry
            .head
            .split_once(':')
            .is_some_and(|(word, kind)| word == name && kind.starts_with("int") && !kind.contains("[]"))
    };
    entries(TEXT, "words").iter().any(is)
}
