//! The key file of a service account, as Google's console hands it out, JSON.

use crate::push::sentence::{Sentence, say};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::RsaKeyPair;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Where Google gives out tokens, if the file does not say.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// What a run needs of a key file.
pub(super) struct KeyFile {
    /// The address of the service account, the issuer of its tokens.
    pub account: String,
    /// The name of its key.
    pub key_id: Option<String>,
    /// The number that stands for it in domain-wide delegation.
    pub client_id: Option<String>,
    /// The project that it belongs to.
    pub project: Option<String>,
    /// Where tokens come from.
    pub token_uri: String,
    /// Its private key.
    pub key: RsaKeyPair,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "type")]
    kind: Option<String>,
    client_email: Option<String>,
    private_key: Option<Zeroizing<String>>,
    private_key_id: Option<String>,
    client_id: Option<String>,
    project_id: Option<String>,
    token_uri: Option<String>,
    installed: Option<serde::de::IgnoredAny>,
    web: Option<serde::de::IgnoredAny>,
}

/// What to do about a file that is none.
pub(super) fn advice() -> Sentence {
    say!(
        "in_google_clouds_console_add_a_key",
        "In Google Cloud's console, IAM & Admin → Service Accounts → the account → Keys, add a key of type JSON and give the file that is downloaded."
    )
}

fn filled(value: Option<String>) -> Option<String> {
    value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl KeyFile {
    /// Reads one; a fault is told in a sentence, without a word of the file's secrets.
    pub(super) fn read(text: &str) -> Result<KeyFile, Sentence> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(say!("the_key_file_is_empty", "The key file is empty."));
        }
        let read: Text = serde_json::from_str(text).map_err(|fault| {
            // What serde says of a wrong value may hold the value; of syntax it says the place only.
            if fault.is_data() {
                say!("the_key_file_is_json_but", "The key file is JSON, but not that of a service account.")
            } else {
                say!(
                    "the_key_file_is_not_json",
                    "The key file is not JSON (line {fault}, column {column}).",
                    fault = fault.line(),
                    column = fault.column()
                )
            }
        })?;
        if read.installed.is_some() || read.web.is_some() {
            return Err(say!(
                "the_key_file_is_that_of",
                "The key file is that of an OAuth client for people who sign in, not of a service account."
            ));
        }
        match read.kind.as_deref() {
            Some("service_account") => {}
            Some("authorized_user") => {
                return Err(say!(
                    "the_key_file_is_the_sign",
                    "The key file is the sign-in of a person, not of a service account."
                ));
            }
            Some(_) => {
                return Err(say!(
                    "the_key_file_is_not_that",
                    "The key file is not that of a service account: its “type” has to be “service_account”."
                ));
            }
            None => {
                return Err(say!(
                    "the_key_file_is_not_that_of",
                    "The key file is not that of a service account: it has no “type”."
                ));
            }
        }
        let lacks = |key: &str| say!("the_key_file_has_no", "The key file has no “{key}”.", key = key);
        let account = filled(read.client_email).ok_or_else(|| lacks("client_email"))?;
        let pem = read.private_key.filter(|pem| !pem.trim().is_empty()).ok_or_else(|| lacks("private_key"))?;
        Ok(KeyFile {
            account,
            key: private_key(&pem)?,
            key_id: filled(read.private_key_id),
            client_id: filled(read.client_id),
            project: filled(read.project_id),
            token_uri: filled(read.token_uri).unwrap_or_else(|| TOKEN_URI.to_owned()),
        })
    }
}

/// The key in a PEM text: PKCS#8, as Google writes it (RFC 7468, section 10).
fn private_key(pem: &str) -> Result<RsaKeyPair, Sentence> {
    let body = pem
        .split_once("-----BEGIN PRIVATE KEY-----")
        .and_then(|(_, rest)| rest.split_once("-----END PRIVATE KEY-----"));
    let Some((body, _)) = body else {
        return Err(say!(
            "the_private_key_of_the_key",
            "The “private_key” of the key file is not a private key in PEM (PKCS#8)."
        ));
    };
    let body: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_whitespace()).collect());
    let der = STANDARD.decode(body.as_bytes()).map(Zeroizing::new);
    let der = der.map_err(|_| {
        say!("the_private_key_of_the_key_file", "The “private_key” of the key file is damaged: it is not base64.")
    })?;
    RsaKeyPair::from_pkcs8(&der).map_err(|fault| {
        say!(
            "the_private_key_of_the_key_file_is",
            "The “private_key” of the key file is not a usable RSA key ({fault}).",
            fault = fault.to_string()
        )
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::KeyFile;

    #[test]
    fn bad_key_files_are_told_in_words() {
        let cases = [
            ("", "is empty"),
            ("credentials", "not JSON (line 1, column 1)"),
            ("[1]", "not that of a service account"),
            (r#"{"installed":{"client_id":"x"}}"#, "OAuth client"),
            (r#"{"web":{}}"#, "OAuth client"),
            (r#"{"type":"authorized_user"}"#, "the sign-in of a person"),
            (r#"{"type":"external_account"}"#, "“service_account”"),
            (r#"{"client_email":"a@b"}"#, "no “type”"),
            (r#"{"type":"service_account","private_key":"x"}"#, "no “client_email”"),
            (r#"{"type":"service_account","client_email":"a@b"}"#, "no “private_key”"),
            (r#"{"type":"service_account","client_email":"a@b","private_key":" "}"#, "no “private_key”"),
            (r#"{"type":"service_account","client_email":"a@b","private_key":"SECRET"}"#, "not a private key in PEM"),
            (
                r#"{"type":"service_account","client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\n*SECRET*\n-----END PRIVATE KEY-----\n"}"#,
                "not base64",
            ),
            (
                r#"{"type":"service_account","client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n"}"#,
                "not a usable RSA key",
            ),
            (
                r#"{"type":"service_account","client_email":"a@b","private_key":{"SECRET":1}}"#,
                "not that of a service account",
            ),
        ];
        for (text, words) in cases {
            let said = KeyFile::read(text).err().unwrap();
            assert!(said.contains(words), "{text} is told as: {said}");
            assert!(!said.contains("SECRET"), "{said}");
        }
    }
}
