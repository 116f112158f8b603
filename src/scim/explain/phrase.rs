//! Sentences: a template in English with a code and arguments, so that another language can say the same.

use crate::domain::exchange::Phrase;
use serde_json::{Map, Value};

/// The sentences, by their codes. What stands in braces is filled in.
const SENTENCES: &[(&str, &str)] = &[
    ("created", "{client} created {name}"),
    ("linked", "{client} took over {name}, who was here already"),
    ("read", "{client} read {name}"),
    ("read.unchanged", "{client} read {name}: unchanged"),
    ("listed", "{client} listed {kind}: {shown} of {total}"),
    ("found.one", "{client} looked for {what}: {name}"),
    ("found.none", "{client} looked for {what}: nobody"),
    ("found.no-group", "{client} looked for {what}: no group"),
    ("found.some", "{client} looked for {what}: {total} found"),
    ("locked", "{client} locked {name}"),
    ("unlocked", "{client} unlocked {name}"),
    ("deleted", "{client} deleted {name}"),
    ("renamed", "{client} renamed {before} to {name}"),
    ("changed", "{client} changed {attributes} of {name}"),
    ("changed.plain", "{client} changed {name}"),
    ("unchanged", "{client} changed nothing of {name}"),
    ("members.added", "{client} added {members} to {name}"),
    ("members.removed", "{client} removed {members} from {name}"),
    ("members.both", "{client} added {added} to {name} and removed {removed}"),
    ("bulk", "Bulk: {done} done, {refused} refused"),
    ("discovery", "{client} read what this endpoint can do ({name})"),
    ("refused", "{client} could not {act}: {why}"),
    ("not-here", "{client} asked for {name}, who is not here"),
    ("not-here.group", "{client} asked for group {name}, which is not here"),
    ("token.missing", "Somebody asked without a token"),
    ("token.refused", "A request was refused: {why}"),
    ("wrong-path", "{client} asked for {path}, which is no address of this endpoint"),
    ("unreadable", "Something arrived that is no proper HTTP request: {why}"),
    ("asked", "{client} sent {method} {path}"),
];

/// A sentence that is not made yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    code: &'static str,
    arguments: Vec<(&'static str, String)>,
}

impl Sentence {
    /// The sentence of a code.
    pub fn new(code: &'static str) -> Sentence {
        Sentence { code, arguments: Vec::new() }
    }

    /// Fills something in, without more than a glimpse of what is long.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Sentence {
        let value: String = value.into();
        let shown = match value.char_indices().nth(120) {
            Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
            None => value,
        };
        self.arguments.push((name, shown));
        self
    }

    /// The sentence in English.
    pub fn text(&self) -> String {
        let template = SENTENCES.iter().find(|(code, _)| *code == self.code).map_or("", |(_, template)| template);
        let mut text = String::with_capacity(80);
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
            text.push_str(before);
            text.push_str(self.arguments.iter().find(|(known, _)| *known == name).map_or("?", |(_, value)| value));
            rest = after;
        }
        text.push_str(rest);
        text
    }

    /// As it is kept.
    pub fn phrase(self) -> Phrase {
        let text = self.text();
        let arguments: Map<String, Value> =
            self.arguments.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Phrase { code: self.code.to_owned(), text, arguments: Value::Object(arguments).to_string() }
    }
}

/// Names in a row: at most three, then how many more.
pub fn names(all: &[String]) -> String {
    match all {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] if all.len() <= 3 => format!("{} and {last}", rest.join(", ")),
        [first, second, ..] => format!("{first}, {second} and {} more", all.len() - 2),
    }
}
