//! The dialogues of real clients as the inspector tells them, in both languages: docs/dialogues.md, which this holds true.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::player::Player;
use crate::walk;
use serde_json::Value;
use std::fmt::Write;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dialogues.md");
/// Writes the page anew: `SCIMBOX_TEST_WRITES=1 cargo test --test browser -- dialogues`.
const WRITES: &str = "SCIMBOX_TEST_WRITES";

const HEAD: &str = "# Dialogues as the inspector tells them

What the inspector says of each request of the dialogues in [tests/replays](../tests/replays/README.md), played against a new appliance with full capture: in
English, in Japanese, and, where a request is refused, what to change. A request that is told in the same words as an earlier one of its dialogue is left out.
A test compares this page with the console and writes it anew: `SCIMBOX_TEST_WRITES=1 cargo test --test browser -- dialogues`.
";

/// All dialogues by their names.
fn all() -> Vec<(String, Value)> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replays")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read = |path: &std::path::PathBuf| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    files.iter().map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(path))).collect()
}

/// The words without what is new in each run: the random part of names, and ids.
fn lasting(text: &str, rand: &str, ids: &[String]) -> String {
    let large = rand.to_uppercase();
    let mut text = text.replace(&format!(".{rand}"), "").replace(rand, "…").replace(&format!(".{large}"), "");
    text = text.replace(&large, "…");
    ids.iter().for_each(|id| text = text.replace(id, "ID"));
    // The ids of nodes, connections and users have 15 digits.
    while let Some(at) = (0..text.len())
        .find(|at| text.as_bytes()[*at..].iter().take(15).filter(|byte| byte.is_ascii_digit()).count() == 15)
    {
        text.replace_range(at..at + 15, "ID");
    }
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// The rows of a node as the page shows them: id and sentence.
fn shown(page: &Page, appliance: &Appliance, node: &str, count: usize) -> Vec<(String, String)> {
    page.go(&appliance.url(&format!("/ui/requests?node={node}")));
    page.until("document.querySelector('[data-t=\"request.row\"]')");
    if count > 50 {
        page.click("requests.more");
    }
    page.rows("request.row", count);
    let pairs = "return [...document.querySelectorAll('[data-t=\"request.row\"]')].map((row) =>
        [row.dataset.id, row.querySelector('[data-t=\"request.open\"]').textContent])";
    serde_json::from_value(page.eval(pairs)).unwrap()
}

#[test]
fn every_request_of_every_dialogue_is_told_in_both_languages_and_each_refusal_names_what_to_change() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/requests");
    let known = page.eval("return (await (await fetch('/api/v1/idps')).json()).map((idp) => idp.name)");
    let idps: Vec<&str> = known.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let mut told = HEAD.to_owned();
    for (name, dialogue) in all() {
        let idp = name.strip_suffix("-flag").or(name.strip_suffix("-wizard")).unwrap_or(&name);
        let idp = if idps.contains(&idp) { idp } else { "other" };
        let connected = appliance.connect(&name, &["--capture", "full", "--unique-users", "node", "--idp", idp]);
        let mut player = Player::new(&connected, "keeper");
        assert_eq!(player.play(&dialogue), Vec::<String>::new(), "{name}");
        let rand = player.rand();
        page.go(&appliance.url("/ui/requests"));
        page.until("document.querySelector('[data-t=\"request.row\"]')");
        let mut listed = appliance.json(&["requests", "list", "--node", &connected.node_id, "--limit", "1000"]);
        let listed = listed.as_array_mut().unwrap();
        listed.reverse();
        let japanese = shown(&page, &appliance, &connected.node_id, listed.len());
        let ids: Vec<String> = listed
            .iter()
            .filter_map(|one| one["path"].as_str()?.split('/').nth(2).map(str::to_owned))
            .filter(|id| !id.is_empty() && !id.starts_with("urn:"))
            .collect();
        let client = dialogue["client"].as_str().unwrap();
        write!(told, "\n## {client} (`{name}`)\n\n| Request | English | Japanese |\n| --- | --- | --- |\n").unwrap();
        let mut lines: Vec<String> = Vec::new();
        for one in listed.iter() {
            let id = one["request_id"].as_str().unwrap();
            let (_, in_japanese) = japanese.iter().find(|(known, _)| known == id).unwrap();
            let in_english = one["summary"].as_str().unwrap();
            assert_ne!(in_english, in_japanese, "{name}: {one:#}");
            let mut cells = [in_english.to_owned(), in_japanese.clone()];
            if one["status"].as_u64().unwrap() >= 400 {
                let detail = appliance.json(&["requests", "show", id]);
                let advice = detail["explain"][0]["advice"].as_str().unwrap_or_default();
                assert!(advice.len() > 20, "{name}: {detail:#}");
                page.go(&appliance.url(&format!("/ui/requests/{id}")));
                page.mentions("request.advice", &page.texts.text("request.what-to-do"));
                let script = "return document.querySelector('[data-t=\"request.advice\"]').innerText";
                let in_japanese = page.eval(script).as_str().unwrap().to_owned();
                let (_, in_japanese) = in_japanese.split_once(&page.texts.text("request.what-to-do")).unwrap();
                assert!(!in_japanese.is_ascii(), "{name}: {in_japanese}");
                cells[0].push_str(&format!("<br>→ {advice}"));
                cells[1].push_str(&format!("<br>→ {}", in_japanese.trim()));
            }
            let cells = cells.map(|cell| lasting(&cell, &rand, &ids).replace("&lt;br>", "<br>"));
            let line =
                format!("| {} {} | {} | {} |", one["method"].as_str().unwrap(), one["status"], cells[0], cells[1]);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        told.push_str(&lines.join("\n"));
        told.push('\n');
    }
    page.is_clean();
    if std::env::var_os(WRITES).is_some() {
        std::fs::write(TABLE, &told).unwrap();
    }
    let kept = std::fs::read_to_string(TABLE).unwrap_or_default();
    let differs = told.lines().zip(kept.lines()).find(|(now, then)| now != then);
    assert_eq!(differs, None, "docs/dialogues.md is not what the inspector says; {WRITES}=1 writes it anew");
    assert_eq!(told.len(), kept.len());
}
