//! The console's files, embedded, and the page that starts it. Their addresses have the version of all of them, and modules
//! and style sheets are joined, so that a browser asks for few files and never again for the same one.

use super::console_bundle::bundles;
use super::openapi;
use actix_web::web::Bytes;
use parking_lot::Mutex;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "vendor/README.md"]
#[exclude = "vendor/LICENSE"]
pub struct Web;

/// The view that most people see first is loaded with the shell.
const FIRST: &str = "views/shell/overview.js";

/// The name of all style sheets together.
const STYLES: &str = "console.css";

/// The document of the admin API. It changes with the program alone, so a browser keeps it like the files.
const DOCUMENT: &str = "openapi.json";

/// How a page names a style sheet.
const LINK: (&str, &str) = ("  <link rel=\"stylesheet\" href=\"/ui/assets/", "\">\n");

/// What is made of the files once.
pub struct Console {
    /// Changes with every file.
    pub version: String,
    /// The page.
    pub index: String,
    /// The joined files by path.
    joined: BTreeMap<String, String>,
    /// Compressed files, made when one is first asked for.
    compressed: Mutex<HashMap<String, Bytes>>,
}

/// The console of this program.
pub fn console() -> Option<&'static Console> {
    static CONSOLE: OnceLock<Option<Console>> = OnceLock::new();
    CONSOLE.get_or_init(made).as_ref()
}

impl Console {
    /// A file below the version.
    pub fn file(&self, path: &str) -> Option<Bytes> {
        match self.joined.get(path) {
            Some(text) => Some(Bytes::from(text.clone())),
            None => Web::get(path).map(|file| Bytes::from(file.data.into_owned())),
        }
    }

    /// The same, compressed as well as gzip can.
    pub fn gzip(&self, path: &str) -> Option<Bytes> {
        if let Some(done) = self.compressed.lock().get(path) {
            return Some(done.clone());
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&self.file(path)?).ok()?;
        let done = Bytes::from(encoder.finish().ok()?);
        self.compressed.lock().insert(path.to_owned(), done.clone());
        Some(done)
    }
}

fn made() -> Option<Console> {
    let mut names: Vec<String> = Web::iter().map(|name| name.into_owned()).collect();
    names.sort();
    let mut hasher = Sha256::new();
    for name in &names {
        hasher.update(name.as_bytes());
        hasher.update(Web::get(name)?.metadata.sha256_hash());
    }
    let document = String::from_utf8(openapi::document().text.into()).ok()?;
    hasher.update(&document);
    let version: String = hasher.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let mut shared: Vec<String> = names.into_iter().filter(|name| name.starts_with("lib/")).collect();
    shared.push(FIRST.to_owned());
    let mut joined = bundles(&text, &shared)?;
    joined.values_mut().for_each(|script| *script = without_comments(script));
    let (page, styles) = with_one_style_sheet(&text("index.html")?)?;
    joined.insert(STYLES.to_owned(), styles);
    joined.insert(DOCUMENT.to_owned(), document);
    Some(Console {
        index: page.replace("/ui/assets/", &format!("/ui/assets/v-{version}/")),
        version,
        joined,
        compressed: Mutex::default(),
    })
}

fn text(name: &str) -> Option<String> {
    String::from_utf8(Web::get(name)?.data.into_owned()).ok()
}

/// A script without the lines that are only comments: whoever reads them has the source. A licence stays.
fn without_comments(script: &str) -> String {
    let is_comment = |line: &str| line.trim_start().starts_with("// ") && !line.to_lowercase().contains("licen");
    script.split_inclusive('\n').filter(|line| !is_comment(line)).collect()
}

/// The page with one style sheet, and all of them in the order in which the page names them.
fn with_one_style_sheet(page: &str) -> Option<(String, String)> {
    let (mut whole, mut styles) = (String::new(), String::new());
    for line in page.split_inclusive('\n') {
        match line.strip_prefix(LINK.0).and_then(|rest| rest.strip_suffix(LINK.1)) {
            Some(name) => {
                if styles.is_empty() {
                    whole.push_str(&format!("{}{STYLES}{}", LINK.0, LINK.1));
                }
                styles.push_str(&text(name)?);
            }
            None => whole.push_str(line),
        }
    }
    Some((whole, styles))
}
