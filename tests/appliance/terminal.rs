//! What arrives by SCIM drives no terminal, opens no spreadsheet formula and turns no line around.

use crate::appliance::{Appliance, has_file, run, scimbox};
use crate::people::*;
use serde_json::json;
use std::process::Command;

/// Sets the clipboard and the title, clears the screen, turns the line around, and rings.
const HOSTILE: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}txt\u{85}\u{2066}\r\n\u{7f}";

#[test]
fn a_screen_of_users_holds_no_control_byte_but_line_ends() {
    let house = Appliance::start();
    let sales = house.keeper();
    let sent = with(mia(), json!({ "displayName": HOSTILE, "externalId": HOSTILE, "title": HOSTILE }));
    let id = sales.client().post("/Users", sent).expect(201).says("/displayName", HOSTILE).id();
    sales.client().patch(&format!("/Users/{id}"), op("replace", "active", false)).expect(200);
    for arguments in [
        &["user", "list"][..],
        &["user", "view", &id],
        &["audit", "list"],
        &["audit", "export"],
        &["user", "list", "--json"],
        &["user", "view", &id, "--json"],
        &["audit", "list", "--json"],
    ] {
        let mut command = scimbox(&house.data());
        command.args(arguments);
        let words: Vec<String> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| format!("'{}'", word.to_str().unwrap()))
            .collect();
        // On a terminal of its own, as a person would see it.
        let mut script = Command::new("script");
        script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let seen = run(script.args(["-qec", &words.join(" "), "/dev/null"]), "").ok().stdout;
        let seen = seen.replace("\r\n", "\n");
        assert!(seen.contains("mia@acme.test"), "{arguments:?}: {seen}");
        let odd: Vec<char> = seen
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{2028}".contains(*c))
            .collect();
        assert!(odd.is_empty(), "{arguments:?}: {odd:?} in {seen:?}");
        if arguments.contains(&"--json") {
            let json: serde_json::Value = serde_json::from_str(&seen).unwrap();
            assert!(!arguments.contains(&"user") || json.to_string().contains("owned"), "the same text, in escapes");
        }
    }
    // The wire keeps what was sent.
    sales.client().get(&format!("/Users/{id}")).expect(200).says("/displayName", HOSTILE).says("/externalId", HOSTILE);
    let odd = house.run(&["node", "create", "a\u{1b}[2Jb"]).fails(2);
    assert!(!odd.stderr.contains('\u{1b}'), "an error neither: {:?}", odd.stderr);
}

#[test]
fn no_cell_of_an_export_is_a_formula() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.rfc());
    for (n, start) in ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"].into_iter().enumerate() {
        let name = format!("{start}cmd{n}");
        sales.client().post("/Users", with(person(&format!("p{n}")), json!({ "displayName": name }))).expect(201);
    }
    let csv = console.get("/users/export").expect(200).text;
    for n in 0..11 {
        let at = csv.find(&format!("cmd{n}\"")).unwrap_or_else(|| panic!("{n}: {csv}"));
        assert_eq!(csv[..at].chars().rev().nth(1), Some('\''), "{n}: {csv}");
    }
}

#[test]
fn no_process_leaves_its_memory_behind() {
    let house = Appliance::start();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", house.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}

#[test]
fn what_others_could_read_is_said_and_mended() {
    if !has_file() {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let house = Appliance::start();
    let set =
        |path: &std::path::Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let data = house.data();
    set(&data, 0o755);
    house.run(&["node", "list"]).ok().saying("others could read this; it is private now");
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(house.run(&["node", "list"]).ok().stderr, "");
    let file = house.folder.path().join("password");
    std::fs::write(&file, "correct horse, battery").unwrap();
    set(&file, 0o644);
    let create = ["admin", "create", "ada@acme.test", "--password-file", file.to_str().unwrap()];
    house.run(&create).ok().saying("others may read the password file");
    set(&data.join("scimbox.db"), 0o660);
    house.run(&["node", "list"]).fails(5).saying("Others on this machine may write to");
    set(&data.join("scimbox.db"), 0o600);
    for weak in ["qwertyuiopas", "scimboxscimbox", "Scimbox12345"] {
        house.run_with(&["admin", "create", "eve@acme.test", "--password-file", "-"], weak).fails(2);
    }
}
