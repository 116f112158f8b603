//! Which client sent a request: by its `User-Agent`, else by the ways of those that send none (docs/clients.md).

use super::Seen;

/// A client, by the name that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client(String);

impl Client {
    /// A client of that name.
    pub fn named(name: &str) -> Client {
        Client(name.to_owned())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// What a `User-Agent` holds, in lower case, and who that is.
const AGENTS: &[(&str, &str)] = &[
    ("okta", "Okta"),
    ("microsoft", "Entra ID"),
    ("azure", "Entra ID"),
    ("jumpcloud", "JumpCloud"),
    ("onelogin", "OneLogin"),
    ("google-auto-provisioning", "Google Workspace"),
    ("authentik", "authentik"),
    ("rauthy", "rauthy"),
    ("scim-sdk", "Keycloak"),
    ("keycloak", "Keycloak"),
    ("pingfederate", "Ping"),
    ("pingone", "Ping"),
    ("sailpoint", "SailPoint"),
    ("rippling", "Rippling"),
    ("cloudgate", "CloudGate UNO"),
    ("canaille", "Canaille"),
    ("ssosync", "ssosync"),
    ("keeper", "Keeper"),
    ("commander", "Keeper Commander"),
    ("scimbox", "Scimbox push"),
    ("curl/", "curl"),
    ("wget/", "Wget"),
    ("httpie", "HTTPie"),
    ("postman", "Postman"),
    ("insomnia", "Insomnia"),
    ("bruno", "Bruno"),
    ("mozilla/", "a browser"),
];

/// Libraries: what speaks through them is known only where its connection says so.
const LIBRARIES: &[(&str, &str)] = &[
    ("python-requests/", "python-requests"),
    ("python-urllib", "Python"),
    ("python-httpx", "httpx"),
    ("aiohttp", "aiohttp"),
    ("go-http-client/", "a Go program"),
    ("apache-httpclient", "a Java program"),
    ("java/", "a Java program"),
    ("okhttp", "a Java program"),
    ("node-fetch", "a Node program"),
    ("axios", "a Node program"),
    ("ruby", "a Ruby program"),
    ("faraday", "a Ruby program"),
    ("ureq", "a Rust program"),
    ("reqwest", "a Rust program"),
];

/// The names of identity providers as connections call them.
const PROVIDERS: &[(&str, &str)] = &[
    ("okta", "Okta"),
    ("entra", "Entra ID"),
    ("jumpcloud", "JumpCloud"),
    ("cloudgate", "CloudGate UNO"),
    ("google", "Google Workspace"),
    ("google-function", "Keeper's Google function"),
    ("onelogin", "OneLogin"),
    ("ping", "Ping"),
    ("sailpoint", "SailPoint"),
    ("rippling", "Rippling"),
    ("authentik", "authentik"),
    ("keycloak", "Keycloak"),
    ("canaille", "Canaille"),
    ("commander", "Keeper Commander"),
];

/// The client, where agent or ways tell it.
pub fn recognise(seen: &Seen<'_>) -> Option<Client> {
    let agent = seen.agent.unwrap_or_default().to_ascii_lowercase();
    // Entra's flag stands in the query, whatever else is said.
    if seen.query.split('&').any(|part| part.to_ascii_lowercase().starts_with("aadoptscim")) {
        return Some(Client::named("Entra ID with its flag"));
    }
    if let Some((_, name)) = AGENTS.iter().find(|(part, _)| agent.contains(part)) {
        return Some(Client::named(name));
    }
    // Commander says only which library it uses; no other client writes memberships through users in that library.
    let writes_groups = || seen.relaxations.iter().any(|code| code == "groups-written" || code == "qualified-key");
    if agent.starts_with("python-requests/") && writes_groups() {
        return Some(Client::named("Keeper Commander"));
    }
    if agent.is_empty() { by_ways(seen).map(Client::named) } else { None }
}

fn library(agent: &str) -> Option<&'static str> {
    let agent = agent.to_ascii_lowercase();
    LIBRARIES.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
}

/// Those that send no `User-Agent` are known by what else they do.
fn by_ways(seen: &Seen<'_>) -> Option<&'static str> {
    let header = |name: &str| {
        let found = seen.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default()
    };
    let (accepts, sends) = (header("accept"), header("content-type"));
    let body = seen.body.unwrap_or_default();
    let has = |part: &str| body.contains(part);
    if has("urn:scim:schemas:core:1.0") || has("urn:scim:schemas:core:2.0") || seen.query.ends_with('&') {
        return Some("OneLogin");
    }
    let shouts = ["\"Add\"", "\"Replace\"", "\"Remove\""].iter().any(|word| has(word));
    if shouts || has("schemas.microsoft.com") || seen.query.contains("excludedAttributes=members&filter=") {
        return Some("Entra ID");
    }
    if sends.contains("scim+json") && sends.contains("charset=utf-8") && accepts.contains("scim+json") {
        return Some("Entra ID");
    }
    let is_plain = accepts == "application/json" && (sends.is_empty() || sends == "application/json");
    if is_plain || seen.path.starts_with("//") {
        return Some("JumpCloud");
    }
    None
}

fn provider(idp: &str) -> Option<&'static str> {
    PROVIDERS.iter().find(|(word, _)| *word == idp).map(|(_, name)| *name)
}

/// What a client is called that nothing tells: what its connection is set up for, else how it calls itself.
pub fn fallback(seen: &Seen<'_>) -> Client {
    if let Some(name) = seen.idp.and_then(provider) {
        return Client::named(name);
    }
    if let Some(library) = library(seen.agent.unwrap_or_default()) {
        return Client::named(library);
    }
    let product = seen.agent.unwrap_or_default().split(['/', ' ', '(']).next().unwrap_or_default();
    let product: String = product.chars().take(40).collect();
    Client(if product.is_empty() { "An unknown client".to_owned() } else { product })
}
