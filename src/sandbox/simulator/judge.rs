//! What an identity provider makes of an answer that does not do.

use super::dialect::Dialect;
use crate::sandbox::dialogue::player::{Exchange, Fault};

/// The sentence for a fault of an act. What a step says of itself comes first.
pub fn why(dialect: &Dialect, act: &str, said: &str, exchange: &Exchange, fault: &Fault) -> String {
    if !said.is_empty() {
        return said.to_owned();
    }
    let kind = kind(act, exchange, fault);
    dialect.judges(kind).map_or_else(|| usual(dialect.name(), kind), str::to_owned)
}

/// Whether the identity provider would stop altogether.
pub fn ends_it(exchange: &Exchange) -> bool {
    exchange.answer.is_err() || matches!(exchange.status(), 401)
}

fn kind(act: &str, exchange: &Exchange, fault: &Fault) -> &'static str {
    let is_read = exchange.method == "GET";
    match (exchange.status(), act) {
        (0, _) => "unreachable",
        (401 | 403, _) => "unauthorized",
        (404, _) if is_read && exchange.path.contains('?') => "list404",
        (404, "join" | "update" | "rename" | "disable" | "enable") => "notfound",
        (409, _) => "conflict",
        (429, _) => "throttled",
        (500..=599, _) => "server",
        _ if fault.part.is_some() => "form",
        (_, "look") => "look",
        (_, "test") => "test",
        (_, "join") if is_read => "find",
        (_, "join") => "join",
        (_, "update" | "rename") => "update",
        (_, "disable") => "disable",
        (_, "enable") => "enable",
        (_, "delete") => "delete",
        (_, "group_make" | "group_rename" | "group_delete") => "group",
        (_, "member_add" | "member_remove" | "group_set") => "member",
        (_, "pages") => "pages",
        _ => "other",
    }
}

/// Where a dialect has no sentence of its own.
fn usual(name: &str, kind: &str) -> String {
    match kind {
        "unreachable" => format!("{name} would report that it cannot reach the server, and would try again later."),
        "unauthorized" => format!("{name} would report that its credentials are refused, and would stop."),
        "list404" => format!("{name} asks for a list; one that has no match is 200 with an empty list, never 404."),
        "notfound" => format!("{name} would take the user for gone although it has just created or found them."),
        "conflict" => format!("{name} would report a conflict and leave the user as they are."),
        "throttled" => {
            format!("{name} would give up for now: it was told to slow down more often than it repeats a request.")
        }
        "server" => format!("{name} would report an error of the server and try the user again in the next cycle."),
        "form" => format!("{name} reads this part of the answer and cannot work with what came."),
        "look" => format!(
            "{name} would go on, because it was told that it is done. It is not: a look at the server shows something else."
        ),
        "test" => {
            format!("{name} would say that the connection test failed, and would not let the administrator save.")
        }
        "find" => format!("{name} would match the wrong user or none."),
        "join" => {
            format!("{name} would report that the user could not be created, and would try again in the next cycle.")
        }
        "update" => format!("{name} would report that the user could not be updated; the server keeps the old values."),
        "disable" => {
            format!("{name} would report that the user could not be deactivated: somebody who left keeps access.")
        }
        "enable" => format!("{name} would report that the user could not be reactivated."),
        "delete" => format!("{name} would report that the user could not be deleted, and would try again."),
        "group" => format!("{name} would report an error of the group, and would not send its members."),
        "member" => format!("{name} would report that the membership could not be changed."),
        "pages" => format!("{name} reads page after page; it would miss people, or see some twice."),
        _ => format!("{name} would report an error."),
    }
}
