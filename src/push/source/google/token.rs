//! The access token: a signed claim (RFC 7523) is exchanged for it, and renewed before it ends.

use super::key_file::KeyFile;
use super::refusal::{Fault, Refusal, Said, Who, of_token};
use super::wire::{Ask, Wire};
use crate::push::sentence::say;
use crate::world;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::RSA_PKCS1_SHA256;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

/// What is read, and no more.
pub(super) const SCOPES: [&str; 3] = [
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/admin.directory.group.readonly",
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly",
];

/// For how long a claim is good, in seconds; Google takes no more.
const CLAIM_SECONDS: i64 = 3600;
/// A token that ends within this time is renewed, in milliseconds.
const NEARLY_OVER: i64 = 60_000;

struct Token {
    text: Zeroizing<String>,
    /// In milliseconds since 1970.
    until: i64,
}

#[derive(Deserialize)]
struct Given {
    access_token: Zeroizing<String>,
    expires_in: Option<i64>,
}

/// The right to read, as an administrator.
pub(super) struct Access {
    key: KeyFile,
    /// Where tokens come from, also the audience of the claim.
    pub url: String,
    /// As whom and for whom.
    pub who: Who,
    token: Option<Token>,
}

impl Access {
    /// `url` instead of the key file's, if there is one.
    pub(super) fn new(key: KeyFile, login: &str, url: Option<&str>) -> Access {
        let who = Who {
            login: login.to_owned(),
            account: key.account.clone(),
            client_id: key.client_id.clone(),
            project: key.project.clone(),
        };
        Access { url: url.unwrap_or(&key.token_uri).to_owned(), key, who, token: None }
    }

    /// A token that is good for the next call.
    pub(super) fn token(&mut self, wire: &Wire<'_>) -> Result<Zeroizing<String>, Fault> {
        if let Some(token) = &self.token
            && world::now().0 < token.until - NEARLY_OVER
        {
            return Ok(token.text.clone());
        }
        let token = self.ask(wire, &SCOPES)?;
        let text = token.text.clone();
        self.token = Some(token);
        Ok(text)
    }

    /// The token is asked for again at the next call.
    pub(super) fn forget(&mut self) {
        self.token = None;
    }

    /// Whether a token is given out for some of the scopes.
    pub(super) fn try_scopes(&self, wire: &Wire<'_>, scopes: &[&str]) -> Result<(), Fault> {
        self.ask(wire, scopes).map(drop)
    }

    fn ask(&self, wire: &Wire<'_>, scopes: &[&str]) -> Result<Token, Fault> {
        let now = world::now().0;
        let claim = self.claim(now / 1000, scopes)?;
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", &claim)
            .finish();
        let body = Zeroizing::new(body);
        let reply = wire.send(&Ask::Form { url: &self.url, body: &body })?;
        let text = Zeroizing::new(reply.text);
        if reply.status != 200 {
            return Err(of_token(reply.status, &Said::of(&text), &self.who, scopes).into());
        }
        let given: Given = serde_json::from_str(&text).map_err(|_| {
            Refusal::ours(
                say!("what_gives_out_tokens_answers_but", "What gives out tokens answers, but with no token."),
                say!("look_whether_the_token_uri_of", "Look whether the “token_uri” of the key file is Google's."),
            )
        })?;
        let seconds = given.expires_in.unwrap_or(CLAIM_SECONDS).clamp(0, CLAIM_SECONDS);
        Ok(Token { text: given.access_token, until: now + seconds * 1000 })
    }

    /// A JSON Web Token, signed by RS256 (RFC 7519, RFC 7515).
    fn claim(&self, now: i64, scopes: &[&str]) -> Result<Zeroizing<String>, Fault> {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let (Some(id), Some(header)) = (&self.key.key_id, header.as_object_mut()) {
            header.insert("kid".to_owned(), json!(id));
        }
        let claims = json!({
            "iss": self.key.account, "sub": self.who.login, "scope": scopes.join(" "), "aud": self.url,
            "iat": now, "exp": now + CLAIM_SECONDS,
        });
        let encoded = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encoded(header), encoded(claims));
        let mut signature = vec![0; self.key.key.public().modulus_len()];
        let signed = self.key.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature);
        signed.map_err(|_| {
            Refusal::ours(
                say!("the_key_of_the_key_file", "The key of the key file cannot sign."),
                super::key_file::advice(),
            )
        })?;
        Ok(Zeroizing::new(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}
