//! The guides of identity providers: one for each, the same in both languages.

use serde_json::Value;
use std::collections::BTreeSet;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What the console fills in.
const PLACEHOLDERS: [&str; 4] = ["idp", "scim_url", "token", "url"];

fn placeholders(texts: &Value) -> BTreeSet<String> {
    let text = texts.to_string();
    let found = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    found
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .collect()
}

/// The texts at a place, none if it is no list.
fn list<'v>(guide: &'v Value, place: &str) -> &'v [Value] {
    guide.pointer(place).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(guide: &'v Value, place: &str) -> &'v str {
    guide.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

fn faults(name: &str, catalogue: &Value) -> Vec<String> {
    let guide: Value = serde_json::from_str(&read(&format!("web/guides/{name}.json"))).unwrap();
    let mut faults = Vec::new();
    let date = text(&guide, "/date");
    if date.len() != 10 || !date.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        faults.push(format!("{name}: “{date}” is no date"));
    }
    for part in ["before", "steps", "quirks"] {
        let [en, ja] = ["en", "ja"].map(|language| list(&guide, &format!("/{language}/{part}")));
        if en.is_empty() || en.len() != ja.len() {
            faults.push(format!("{name}: {} and {} texts of “{part}”", en.len(), ja.len()));
        }
        let unlike = en.iter().zip(ja).filter(|(en, ja)| placeholders(en) != placeholders(ja));
        faults.extend(unlike.map(|(en, _)| format!("{name}: {en} has other placeholders in Japanese")));
    }
    for language in ["en", "ja"] {
        if text(&guide, &format!("/{language}/test")).is_empty() {
            faults.push(format!("{name}: no words on the test in {language}"));
        }
        let filled = guide.get(language).map(placeholders).unwrap_or_default();
        let unknown = filled.into_iter().filter(|one| !PLACEHOLDERS.contains(&one.as_str()));
        faults.extend(unknown.map(|one| format!("{name}: {{{one}}} is not filled in")));
    }
    let checks = list(&guide, "/checks");
    let keys = checks.iter().map(|check| format!("guide.check.{}", text(check, "/name")));
    faults
        .extend(keys.filter(|key| catalogue.get(key).is_none()).map(|key| format!("{name}: there is no text “{key}”")));
    if checks.is_empty() || list(&guide, "/mapping").is_empty() {
        faults.push(format!("{name}: no checklist or no mapping"));
    }
    faults
}

#[test]
fn each_identity_provider_has_a_guide_in_both_languages() {
    let catalogue: Value = serde_json::from_str(&read("web/i18n/en.json")).unwrap();
    let source = read("src/domain/idp.rs");
    let names = source.split("Idp { name: \"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(name, _)| name);
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    let files = std::fs::read_dir(format!("{}/web/guides", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.map(|file| file.trim_end_matches(".json").to_owned()).collect();
    assert_eq!(names, files, "identity providers and guides");
    let found: Vec<String> = names.iter().flat_map(|name| faults(name, &catalogue)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
