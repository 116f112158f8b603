//! The calls of the admin API as `openapi.txt` lists them: which methods a path has, and which parameters are numbers.

use super::openapi_schema::{SchemaEntry, entries};

/// The admin API in words.
pub const TEXT: &str = include_str!("openapi.txt");

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
    let calls = entries(TEXT, "calls");
    calls
        .iter()
        .filter_map(|call| call.head.split_once(' '))
        .filter(|(_, path)| fits(path))
        .map(|(method, _)| method)
        .collect()
}

/// The methods of a path that names nothing by id, such as `/users/export`.
pub fn own_methods(path: &str) -> Vec<&'static str> {
    let calls = entries(TEXT, "calls");
    let own = calls.iter().filter_map(|call| call.head.split_once(' ')).filter(|(_, template)| *template == path);
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
