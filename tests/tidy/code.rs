//! What the files of Rust may hold, how long they are and what they are called.

use crate::imports::program;
use crate::{File, clean, finds, passes, rust};

/// A word, and the files that may hold it: these folders or files, and nothing else below `src`.
const ONLY_IN: [(&str, &[&str]); 15] = [
    ("rusqlite", &["src/store/"]),
    ("r2d2", &["src/store/"]),
    ("SELECT ", &["src/store/"]),
    ("INSERT INTO", &["src/store/"]),
    ("DELETE FROM", &["src/store/"]),
    ("PRAGMA ", &["src/store/"]),
    ("actix_web", &["src/http/"]),
    ("HttpResponse", &["src/http/"]),
    ("StatusCode", &["src/http/error.rs", "src/http/status.rs"]),
    (
        "serde_json",
        &[
            "src/api/",
            "src/scim/",
            "src/http/",
            "src/cli/",
            "src/store/",
            "src/push/",
            "src/jobs/",
            "src/sandbox/",
            "src/tls/",
        ],
    ),
    ("Timestamp::now", &["src/world.rs"]),
    ("Zoned::now", &["src/world.rs"]),
    ("SystemTime", &["src/world.rs"]),
    ("getrandom", &["src/world.rs"]),
    ("anyhow", &["src/cli/", "src/main.rs"]),
];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 7] = ["util", "common", "helper", "manager", "service", "data", "info"];

const LONGEST: usize = 400;

fn misplaced_words(file: &File) -> Vec<String> {
    if !file.path.starts_with("src/") {
        return Vec::new();
    }
    let code = program(&file.text);
    let misplaced = |(word, places): &&(&str, &[&str])| {
        code.contains(word) && !places.iter().any(|place| file.path.starts_with(place))
    };
    ONLY_IN
        .iter()
        .filter(misplaced)
        .map(|(word, places)| format!("{}: {word} belongs to {places:?}", file.path))
        .collect()
}

/// Tests see what a user sees, and one file starts the program. A word, and the only tests that may have it: they are
/// about the file itself, or they let time pass or break what no request can.
const ONLY_IN_TESTS: [(&str, &[&str]); 7] = [
    ("CARGO_BIN_EXE", &["harness/appliance"]),
    ("rusqlite::", &["harness/tamper", "appliance/backups", "appliance/start"]),
    ("query_row", &["harness/tamper", "appliance/durability"]),
    (
        ".number(",
        &[
            "appliance/access",
            "appliance/chains",
            "appliance/concurrency",
            "appliance/durability",
            "appliance/instances",
            "appliance/moving",
        ],
    ),
    (".alter(", &["appliance/chains", "appliance/concurrency", "appliance/mails", "appliance/moving"]),
    (".database(", TAMPERING),
    (".tamper(", TAMPERING),
];

const TAMPERING: &[&str] = &[
    "appliance/access",
    "appliance/audit",
    "appliance/chains",
    "appliance/concurrency",
    "appliance/connection_lifecycle",
    "appliance/durability",
    "appliance/fairness",
    "appliance/first_run",
    "appliance/health",
    "appliance/invitations",
    "appliance/keys",
    "appliance/mails",
    "appliance/push_history",
    "appliance/sessions",
    "appliance/teams",
    "appliance/tls",
    "appliance/tokens",
    "appliance/verify",
    "browser/shortcuts",
    "harness/tamper",
];

fn behind_the_back(file: &File) -> Vec<String> {
    let path = file.path.trim_start_matches("tests/").trim_end_matches(".rs");
    let is_ours = ["appliance/", "browser/", "harness/", "replays/", "vectors/"].iter().any(|of| path.starts_with(of));
    let code = if is_ours && file.path.starts_with("tests/") { program(&file.text) } else { String::new() };
    let wrong = ONLY_IN_TESTS.iter().filter(|(word, may)| code.contains(word) && !may.contains(&path));
    wrong.map(|(word, _)| format!("{}: {word} belongs elsewhere", file.path)).collect()
}

/// Tests wait for what they want to see and never for time to pass; the two places that may are where the asking is.
fn sleeping(file: &File) -> Vec<String> {
    let word = ["::sl", "eep("].concat();
    let asks = ["tests/harness/appliance.rs", "tests/browser/page.rs"].contains(&file.path.as_str());
    let may = asks || file.path.starts_with("src/store/") || file.path == "src/push/client/back_off.rs";
    if !may && program(&file.text).contains(&word) { vec![format!("{}: sleeps", file.path)] } else { Vec::new() }
}

fn without_sentence(file: &File) -> Vec<String> {
    let first = file.text.lines().next().unwrap_or_default();
    let sentence = first.strip_prefix("//! ").unwrap_or_default();
    let whole = file.text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join(" ");
    if sentence.len() < 15 || !whole.contains('.') {
        return vec![format!("{}: does not open with a sentence that says what it is", file.path)];
    }
    Vec::new()
}

fn too_long(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines > LONGEST {
        vec![format!("{}: {lines} lines; what second thing is in it?", file.path)]
    } else {
        Vec::new()
    }
}

fn empty_name(file: &File) -> Vec<String> {
    let is_empty = |word: &str| EMPTY_NAMES.contains(&word) || EMPTY_NAMES.contains(&word.trim_end_matches('s'));
    let mut parts = file.path.trim_end_matches(".rs").split('/').flat_map(|name| name.split('_'));
    parts.find(|word| is_empty(word)).map(|word| format!("{}: “{word}” says nothing", file.path)).into_iter().collect()
}

fn silenced_lints(file: &File) -> Vec<String> {
    let words = ["[allow", "clippy::all)", "[cfg_attr(test, allow"];
    let code = program(&file.text);
    let found = words.iter().filter(|word| code.contains(&format!("#{word}")) || code.contains(&format!("#!{word}")));
    found
        .map(|_| format!("{}: allow( hides for ever; expect( with a reason ends when it is not needed", file.path))
        .collect()
}

#[test]
fn each_word_stays_where_it_belongs() {
    clean(rust().iter().flat_map(misplaced_words).collect());
    finds(
        misplaced_words,
        &[
            ("src/http/users.rs", "use rusqlite::Connection;"),
            ("src/domain/user.rs", "let sql = \"SELECT 1\";"),
            ("src/scim/users.rs", "use actix_web::web;"),
            ("src/http/scim.rs", "Err(StatusCode::NOT_FOUND)"),
            ("src/domain/user.rs", "use serde_json::Value;"),
            ("src/http/scim.rs", "jiff::Timestamp::now()"),
            ("src/cli/serve.rs", "std::time::SystemTime::now()"),
            ("src/http/admin.rs", "getrandom::fill(&mut bytes)"),
            ("src/store/mod.rs", "use anyhow::Context;"),
        ],
    );
    passes(
        misplaced_words,
        &[
            ("src/store/sqlite/user.rs", "use rusqlite::params; // SELECT"),
            ("src/http/error.rs", "StatusCode::NOT_FOUND"),
            ("src/domain/user.rs", "/// Never a SELECT here.\nfn f() {}"),
            ("tests/appliance/x.rs", "rusqlite::Connection::open(path)"),
        ],
    );
}

#[test]
fn tests_see_what_a_user_sees() {
    let all = rust();
    clean(all.iter().flat_map(behind_the_back).collect());
    finds(
        behind_the_back,
        &[
            ("tests/appliance/x.rs", "use rusqlite::Connection;"),
            ("tests/appliance/rates.rs", "house.number(\"SELECT 1\")"),
            ("tests/replays/main.rs", "house.tamper(\"UPDATE x SET y = 1\")"),
        ],
    );
    passes(
        behind_the_back,
        &[
            ("tests/harness/tamper.rs", "use rusqlite::Connection;"),
            ("tests/appliance/keys.rs", "house.tamper(\"UPDATE x SET y = 1\")"),
            ("src/store/sqlite/user.rs", "db.query_row(sql, [], read)"),
        ],
    );
    let idle = ONLY_IN_TESTS.iter().flat_map(|(_, may)| *may).filter(|may| {
        let path = format!("tests/{may}.rs");
        let words = ONLY_IN_TESTS.map(|(word, _)| word);
        !all.iter().any(|file| file.path == path && words.iter().any(|word| file.text.contains(word)))
    });
    clean(idle.map(|may| format!("{may} is in the list for nothing")).collect());
}

#[test]
fn no_test_waits_for_time_to_pass() {
    clean(rust().iter().flat_map(sleeping).collect());
    let bad = ["std::thread::sl", "eep(Duration::from_secs(1));"].concat();
    finds(sleeping, &[("tests/appliance/x.rs", &bad), ("src/http/x.rs", &bad)]);
}

#[test]
fn each_file_opens_with_a_sentence() {
    clean(rust().iter().flat_map(without_sentence).collect());
    let bad = [
        "",
        "use std::io;",
        "// Not a doc comment, though long enough.",
        "//! Stuff",
        "//! No full stop here at all\n",
    ];
    finds(without_sentence, &bad.map(|text| ("src/domain/x.rs", text)));
    passes(without_sentence, &[("src/x.rs", "//! Nodes: the tree of organisational units.\n\nuse std::io;")]);
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    clean(rust().iter().flat_map(too_long).collect());
    finds(too_long, &[("src/domain/x.rs", &"x\n".repeat(LONGEST + 1))]);
    passes(too_long, &[("src/domain/x.rs", &"x\n".repeat(LONGEST))]);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    clean(rust().iter().flat_map(empty_name).collect());
    let bad =
        ["src/http/util.rs", "src/utils/mod.rs", "src/domain/user_service.rs", "tests/common/mod.rs", "src/data.rs"];
    finds(empty_name, &bad.map(|path| (path, "")));
    passes(empty_name, &[("src/domain/user.rs", ""), ("src/store/database.rs", "")]);
}

#[test]
fn no_lint_is_silenced_for_ever() {
    clean(rust().iter().flat_map(silenced_lints).collect());
    let inner = ["#!", "[allow(clippy::unwrap_used)]"].concat();
    let outer = ["#", "[allow(dead_code)]"].concat();
    finds(silenced_lints, &[("src/x.rs", &inner), ("tests/x.rs", &outer)]);
    passes(silenced_lints, &[("src/x.rs", "#[expect(clippy::panic, reason = \"…\")]")]);
}
