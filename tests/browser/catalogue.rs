//! The texts of the console in one language, read from the files that the console reads.

use serde_json::{Map, Value};

/// A language of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
}

pub const BOTH: [Language; 2] = [Language::English, Language::Japanese];

impl Language {
    /// As in `lang` and in the names of the catalogues.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Japanese => "ja",
        }
    }

    /// What a browser of such a person asks for.
    pub fn accepts(self) -> &'static str {
        match self {
            Language::English => "en-GB,en",
            Language::Japanese => "ja-JP,ja",
        }
    }

    pub fn catalogue(self) -> Catalogue {
        let file = format!("{}/web/i18n/{}.json", env!("CARGO_MANIFEST_DIR"), self.code());
        Catalogue(serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap())
    }
}

pub struct Catalogue(Map<String, Value>);

impl Catalogue {
    /// The text of a key.
    #[track_caller]
    pub fn text(&self, key: &str) -> String {
        self.0.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no text “{key}”")).to_owned()
    }

    /// The text of a key with its placeholders filled.
    #[track_caller]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.text(key), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}
