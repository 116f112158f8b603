//! The catalogues of messages: both languages say the same, nothing is missing and nothing is left over.

use crate::{File, clean, files};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

type Catalogue = Map<String, Value>;

fn catalogue(language: &str) -> Catalogue {
    let path = format!("{}/web/i18n/{language}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The scripts of the console.
fn scripts() -> Vec<File> {
    files("web", &["js"]).into_iter().filter(|file| !file.path.starts_with("web/vendor/")).collect()
}

/// The names in braces.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn differences(one: &Catalogue, other: &Catalogue) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, text) in one {
        match (text.as_str(), other.get(key).map(|text| text.as_str())) {
            (_, None) => faults.push(format!("{key} is in one language only")),
            (Some(text), Some(Some(same))) if text.trim().is_empty() != same.trim().is_empty() => {
                faults.push(format!("{key} is empty in one language"));
            }
            (Some(text), Some(Some(same))) if placeholders(text) != placeholders(same) => {
                faults.push(format!("{key}: {:?} and {:?}", placeholders(text), placeholders(same)));
            }
            (Some(_), Some(Some(_))) => {}
            _ => faults.push(format!("{key} is no text")),
        }
    }
    faults
}

/// The first argument of each call of `t(`.
fn first_arguments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("t(") {
        if text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "_.$".contains(c)) {
            continue;
        }
        let inside = &text[at + 2..];
        let mut depth = 0;
        let end = inside.char_indices().find(|(_, c)| {
            match c {
                '(' | '{' | '[' => depth += 1,
                ')' | '}' | ']' => depth -= 1,
                _ => {}
            }
            depth < 0 || (depth == 0 && *c == ',')
        });
        found.push(&inside[..end.map_or(inside.len(), |(n, _)| n)]);
    }
    found
}

/// The texts in straight quotes.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn is_key(text: &str) -> bool {
    text.contains('.') && !text.starts_with('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
}

/// The keys that are asked for and not there.
fn missing(script: &File, known: &Catalogue) -> Vec<String> {
    let asked = first_arguments(&script.text);
    let keys = asked.iter().flat_map(|argument| literals(argument)).filter(|text| is_key(text));
    let computed = asked.iter().filter_map(|argument| argument.trim().strip_prefix('`')?.strip_suffix('`'));
    let mut faults: Vec<String> = keys
        .filter(|key| !known.contains_key(*key))
        .map(|key| format!("{}: there is no text “{key}”", script.path))
        .collect();
    for template in computed {
        let parts = template_parts(template);
        if !known.keys().any(|key| fits(key, &parts)) {
            faults.push(format!("{}: no text fits `{template}`", script.path));
        }
    }
    faults
}

/// The fixed parts of a template around its `${…}`.
fn template_parts(template: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = template;
    while let Some((fixed, inside)) = rest.split_once("${") {
        parts.last_mut().unwrap().push_str(fixed);
        let mut depth = 1;
        let end = inside.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        rest = end.map_or("", |(n, _)| &inside[n + 1..]);
        parts.push(String::new());
    }
    parts.last_mut().unwrap().push_str(rest);
    parts
}

/// Whether a key is made of the fixed parts with something between them.
fn fits(key: &str, parts: &[String]) -> bool {
    let [first, middle @ .., last] = parts else { return parts.first().is_some_and(|only| only == key) };
    let Some(mut rest) = key.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        let Some(at) = rest.get(1..).and_then(|later| later.find(part.as_str())) else { return false };
        rest = &rest[at + 1 + part.len()..];
    }
    rest.len() > last.len() && rest.ends_with(last.as_str())
}

/// The keys that no script can ask for.
fn unused(known: &Catalogue, scripts: &[File]) -> Vec<String> {
    let mut words: BTreeSet<&str> = BTreeSet::new();
    let mut templates: Vec<Vec<String>> = Vec::new();
    for script in scripts {
        words.extend(literals(&script.text));
        for (at, _) in script.text.match_indices("${") {
            let start = script.text[..at].rfind('`').map_or(at, |n| n + 1);
            let end = script.text[at..].find('`').map_or(script.text.len(), |n| at + n);
            let template = &script.text[start..end];
            let parts = template_parts(template);
            let fixed: usize = parts.iter().map(String::len).sum();
            let plain = parts.iter().all(|p| p.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)));
            if plain && fixed > 1 && parts.iter().any(|part| part.contains('.')) {
                templates.push(parts);
            }
        }
    }
    let is_used = |key: &str| words.contains(key) || templates.iter().any(|parts| fits(key, parts));
    // The singular of a text is asked for by the text itself.
    let asked = |key: &str| is_used(key) || key.strip_suffix(".one").is_some_and(is_used);
    known.keys().filter(|key| !asked(key)).map(|key| format!("“{key}” is used nowhere")).collect()
}

#[test]
fn english_and_japanese_have_the_same_keys_and_placeholders() {
    let (en, ja) = (catalogue("en"), catalogue("ja"));
    clean(differences(&en, &ja));
    clean(differences(&ja, &en));
}

#[test]
fn every_text_that_is_asked_for_is_there() {
    let known = catalogue("en");
    clean(scripts().iter().flat_map(|script| missing(script, &known)).collect());
}

#[test]
fn every_text_is_asked_for_somewhere() {
    clean(unused(&catalogue("en"), &scripts()));
}

#[test]
fn every_refusal_of_the_rules_has_its_text() {
    let known = catalogue("en");
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/error.rs")).unwrap();
    let is_code = |word: &&str| word.len() > 3 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let codes: Vec<&str> = literals(&source).filter(is_code).collect();
    assert!(codes.len() > 15, "{codes:?}");
    let untold = codes.iter().filter(|code| !known.contains_key(&format!("error.{code}")));
    clean(untold.map(|code| format!("error.{code}")).collect());
}

/// Codes and English words of the sentences that a script of Rust says with `say!`.
fn sentences(source: &str) -> Vec<(String, String)> {
    let literal = |text: &str| {
        let inside = text.trim_start_matches([',', ' ', '\n']).strip_prefix('"')?;
        let end = inside.match_indices('"').map(|(at, _)| at).find(|at| !inside[..*at].ends_with('\\'))?;
        Some((inside[..end].to_owned(), inside[end + 1..].to_owned()))
    };
    let said = source.split("say!(").skip(1);
    said.filter_map(|rest| literal(rest).and_then(|(code, rest)| Some((code, literal(&rest)?.0)))).collect()
}

#[test]
fn every_sentence_of_push_is_said_in_japanese() {
    let japanese = catalogue("push.ja");
    let files = files("src", &["rs"]);
    let said: Vec<_> = files.iter().flat_map(|file| sentences(&file.text)).collect();
    assert!(said.len() > 300, "{}", said.len());
    let mut faults = Vec::new();
    for (code, english) in &said {
        match japanese.get(code).and_then(Value::as_str) {
            None => faults.push(format!("{code} is not said in Japanese")),
            Some(text) if placeholders(text) != placeholders(english) => {
                faults.push(format!("{code}: {:?} and {:?}", placeholders(english), placeholders(text)));
            }
            Some(_) => {}
        }
    }
    let unsaid = japanese.keys().filter(|key| !said.iter().any(|(code, _)| code == *key));
    faults.extend(unsaid.map(|code| format!("{code} is said nowhere")));
    clean(faults);
}

#[test]
fn a_fault_in_a_catalogue_is_found() {
    let catalogue = |text: &str| -> Catalogue { serde_json::from_str(text).unwrap() };
    let en = catalogue(r#"{"a.b": "{n} of {m}", "a.c": "x"}"#);
    for other in [
        r#"{"a.b": "{n} of {m}"}"#,
        r#"{"a.b": "{n}", "a.c": "x"}"#,
        r#"{"a.b": "{n} {m}", "a.c": " "}"#,
        r#"{"a.b": "{n} {m}", "a.c": 1}"#,
    ] {
        assert!(!differences(&en, &catalogue(other)).is_empty(), "{other}");
    }
    clean(differences(&en, &catalogue(r#"{"a.b": "{m} の {n}", "a.c": "x"}"#)));
    let script = |text: &str| File::new("web/a.js", text);
    for bad in ["t(\"a.x\")", "t(on ? \"a.b\" : \"a.x\", { n })", "t(`b.${name}`)"] {
        assert!(!missing(&script(bad), &en).is_empty(), "{bad}");
    }
    for good in ["t(\"a.b\", { n: f(\"z.z\") })", "t(`a.${name}`)", "t(`${kind}.b`)", "start(\"a.x\")", "t(key)"] {
        clean(missing(&script(good), &en));
    }
    assert_eq!(unused(&en, &[script("t(\"a.b\")")]), ["“a.c” is used nowhere"]);
    clean(unused(&en, &[script("t(`a.${name}`)")]));
    assert_eq!(unused(&en, &[script("t(`${x}`); fetch(`/ui/${y}`)")]).len(), 2);
}
