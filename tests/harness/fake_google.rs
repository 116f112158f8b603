//! Google as push sees it, on loopback: it gives out tokens for claims whose signature it checks, and answers the Directory
//! API in pages, with throttles and faults where a test wants them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A key that opens nothing: it was made for these tests and is used nowhere else.
const TEST_KEY: &str = include_str!("test_key_of_fake_google.pem");
pub const ACCOUNT: &str = "push@acme-test.iam.gserviceaccount.com";
pub const LOGIN: &str = "admin@acme.test";
const SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.";
pub const SCOPES: [&str; 3] = ["user.readonly", "group.readonly", "group.member.readonly"];

/// A fault that a test wants.
#[derive(Clone)]
pub struct Fault {
    /// What the request's line holds.
    pub of: String,
    /// How often it happens.
    pub times: usize,
    /// The status; 0 hangs up without a word.
    pub status: u16,
    /// Google's reason, or the `error` of the token address.
    pub reason: &'static str,
    pub message: &'static str,
    pub retry_after: Option<u32>,
}

impl Fault {
    pub fn new(of: &str, times: usize, status: u16, reason: &'static str) -> Fault {
        Fault { of: of.to_owned(), times, status, reason, message: "so it is", retry_after: Some(0) }
    }
}

/// What Google holds, and how it behaves.
pub struct Workspace {
    pub users: Vec<Value>,
    pub groups: Vec<Value>,
    /// By the id of the group.
    pub members: HashMap<String, Vec<Value>>,
    pub faults: Vec<Fault>,
    /// The end of the scopes that are delegated.
    pub delegated: Vec<&'static str>,
    /// How long a token is good, in seconds.
    pub lifetime: i64,
    /// How far the clock is ahead, in seconds.
    pub clock: i64,
    /// The most rows of a page.
    pub page: usize,
    /// Whether answers have tags.
    pub tags: bool,
}

impl Default for Workspace {
    fn default() -> Workspace {
        let (users, groups, members) = (Vec::new(), Vec::new(), HashMap::new());
        let delegated = SCOPES.to_vec();
        Workspace {
            users,
            groups,
            members,
            faults: Vec::new(),
            delegated,
            lifetime: 3600,
            clock: 0,
            page: 500,
            tags: true,
        }
    }
}

impl Workspace {
    pub fn user(mut self, name: &str, more: Value) -> Workspace {
        let mut user = json!({
            "id": format!("u-{name}"), "primaryEmail": format!("{name}@Acme.test"), "suspended": false, "archived": false,
            "name": { "givenName": name, "familyName": "Berg", "fullName": format!("{name} Berg") },
        });
        for (key, value) in more.as_object().unwrap() {
            user[key] = value.clone();
        }
        self.users.push(user);
        self
    }

    /// A group with the users and groups that are in it, by their ids.
    pub fn group(mut self, name: &str, members: &[&str]) -> Workspace {
        let id = format!("g-{name}");
        self.groups.push(json!({ "id": id, "name": name, "email": format!("{}@acme.test", address(name)) }));
        let row = |member: &&str| match member.split_once('-') {
            Some(("u", name)) => json!({ "type": "USER", "id": member, "email": format!("{name}@Acme.test") }),
            Some(("g", name)) => {
                json!({ "type": "GROUP", "id": member, "email": format!("{}@acme.test", address(name)) })
            }
            _ if *member == "everybody" => json!({ "type": "CUSTOMER", "id": "C01" }),
            _ => json!({ "type": "EXTERNAL", "id": format!("x-{member}"), "email": member }),
        };
        self.members.insert(id, members.iter().map(row).collect());
        self
    }

    pub fn fault(mut self, fault: Fault) -> Workspace {
        self.faults.push(fault);
        self
    }
}

fn address(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// A running one.
pub struct FakeGoogle {
    pub port: u16,
    inside: Arc<Inside>,
}

struct Inside {
    port: u16,
    workspace: Mutex<Workspace>,
    requests: Mutex<Vec<String>>,
    /// Tokens that are good, with their scopes.
    tokens: Mutex<HashMap<String, String>>,
    connections: Mutex<usize>,
    key: Vec<u8>,
}

impl FakeGoogle {
    pub fn open(workspace: Workspace) -> FakeGoogle {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let pem: String = TEST_KEY.lines().filter(|line| !line.starts_with("--")).collect();
        let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(pem).unwrap()).unwrap();
        let inside = Arc::new(Inside {
            port,
            workspace: Mutex::new(workspace),
            requests: Mutex::default(),
            tokens: Mutex::default(),
            connections: Mutex::default(),
            key: key.public_key().as_ref().to_vec(),
        });
        let shared = Arc::clone(&inside);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                *shared.connections.lock().unwrap() += 1;
                let inside = Arc::clone(&shared);
                std::thread::spawn(move || while serve(&stream, &inside).is_some() {});
            }
        });
        FakeGoogle { port, inside }
    }

    pub fn token_url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.port)
    }

    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The key file of its service account.
    pub fn key_file(&self) -> String {
        json!({
            "type": "service_account", "project_id": "acme-test", "private_key_id": "k1", "private_key": TEST_KEY,
            "client_email": ACCOUNT, "client_id": "1234567890", "token_uri": "https://oauth2.googleapis.com/token",
        })
        .to_string()
    }

    /// The requests so far, as `METHOD /path?query`, decoded; those that hold a text.
    pub fn requests(&self, of: &str) -> Vec<String> {
        self.inside.requests.lock().unwrap().iter().filter(|line| line.contains(of)).cloned().collect()
    }

    /// Changes what it holds or how it behaves.
    pub fn change(&self, change: impl FnOnce(&mut Workspace)) {
        change(&mut self.inside.workspace.lock().unwrap());
    }

    pub fn connections(&self) -> usize {
        *self.inside.connections.lock().unwrap()
    }
}

/// An answer: status, more headers, body.
type Answer = (u16, String, Value);

/// One request and its answer; none when the connection is over.
fn serve(stream: &TcpStream, inside: &Inside) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let (mut length, mut token, mut known) = (0, String::new(), String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => token = value.strip_prefix("Bearer ").unwrap().to_owned(),
            "if-none-match" => known = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (method, rest) = line.split_once(' ').unwrap();
    let (path, query) =
        rest.split(' ').next().unwrap().split_once('?').unwrap_or((rest.split(' ').next().unwrap(), ""));
    let query: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut shown: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    shown.sort();
    let shown = format!("{method} {path}?{}", shown.join("&"));
    inside.requests.lock().unwrap().push(shown.clone());

    let (status, headers, answer) = match inside.fault(&shown) {
        Some(fault) if fault.status == 0 => return stream.shutdown(std::net::Shutdown::Both).ok().and(None),
        Some(fault) => fault_answer(&fault, path),
        None if path == "/token" && method == "POST" => inside.token(&body),
        None if path == "/token" => (404, String::new(), json!({})),
        None => inside.api(path, &query, &token),
    };
    let offset = inside.workspace.lock().unwrap().clock;
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(offset);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    let mut text = answer.to_string();
    let (mut status, mut headers) = (status, headers);
    if status == 200 && path != "/token" && inside.workspace.lock().unwrap().tags {
        let tag =
            format!("\"{}\"", URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes())));
        if tag == known {
            (status, text) = (304, String::new());
        }
        headers += &format!("etag: {tag}\r\n");
    }
    let head = format!("HTTP/1.1 {status} x\r\ndate: {date}\r\ncontent-type: application/json\r\n{headers}");
    let reply = format!("{head}content-length: {}\r\n\r\n{text}", text.len());
    let mut writer = stream;
    writer.write_all(reply.as_bytes()).ok()
}

fn fault_answer(fault: &Fault, path: &str) -> Answer {
    let headers = fault.retry_after.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
    let body = if path == "/token" {
        json!({ "error": fault.reason, "error_description": fault.message })
    } else {
        json!({ "error": { "code": fault.status, "message": fault.message, "errors": [{ "reason": fault.reason }] } })
    };
    (fault.status, headers, body)
}

fn refused(status: u16, reason: &'static str, message: &'static str, path: &str) -> Answer {
    fault_answer(&Fault { of: String::new(), times: 0, status, reason, message, retry_after: None }, path)
}

impl Inside {
    fn fault(&self, request: &str) -> Option<Fault> {
        let mut workspace = self.workspace.lock().unwrap();
        let fault = workspace.faults.iter_mut().find(|fault| fault.times > 0 && request.contains(&fault.of))?;
        fault.times -= 1;
        Some(fault.clone())
    }

    /// RFC 7523: signature, claims and scopes.
    fn token(&self, body: &[u8]) -> Answer {
        let form: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
        assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
        let (signed, signature) = form["assertion"].rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.key);
        if key.verify(signed.as_bytes(), &signature).is_err() {
            return refused(400, "invalid_grant", "Invalid JWT Signature.", "/token");
        }
        let part = |text: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap() };
        let (header, claims) = signed.split_once('.').map(|(header, claims)| (part(header), part(claims))).unwrap();
        assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
        assert_eq!(claims["iss"], ACCOUNT);
        assert_eq!(claims["aud"], format!("http://127.0.0.1:{}/token", self.port));
        let (issued, ends) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert_eq!(ends - issued, 3600);
        let workspace = self.workspace.lock().unwrap();
        let now = jiff::Timestamp::now().as_second() + workspace.clock;
        if (now - issued).abs() > 300 {
            let message = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
            return refused(400, "invalid_grant", message, "/token");
        }
        if claims["sub"] != LOGIN {
            return refused(400, "invalid_grant", "Invalid email or User ID", "/token");
        }
        let scopes = claims["scope"].as_str().unwrap();
        if !scopes.split(' ').all(|scope| workspace.delegated.contains(&scope.strip_prefix(SCOPE).unwrap())) {
            let message = "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.";
            return refused(401, "unauthorized_client", message, "/token");
        }
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("ya29.{}", self.requests.lock().unwrap().len());
        tokens.insert(token.clone(), scopes.to_owned());
        (200, String::new(), json!({ "access_token": token, "expires_in": workspace.lifetime, "token_type": "Bearer" }))
    }

    fn api(&self, path: &str, query: &HashMap<String, String>, token: &str) -> Answer {
        let Some(scopes) = self.tokens.lock().unwrap().get(token).cloned() else {
            return refused(401, "authError", "Invalid Credentials", path);
        };
        let workspace = self.workspace.lock().unwrap();
        let path = path.strip_prefix("/admin/directory/v1/").unwrap();
        let is_mine = query.get("customer").is_some_and(|customer| customer == "my_customer");
        let (key, scope, most, rows) = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["users"] if is_mine => ("users", SCOPES[0], 500, workspace.users.clone()),
            ["groups"] if is_mine => ("groups", SCOPES[1], 200, found(&workspace.groups, query.get("query"))),
            ["groups", id, "members"] => {
                let id = form_urlencoded::parse(format!("id={id}").as_bytes()).next().unwrap().1.into_owned();
                let Some(members) = workspace.members.get(&id) else {
                    return refused(404, "notFound", "Resource Not Found: groupKey", path);
                };
                ("members", SCOPES[2], 200, members.clone())
            }
            _ => return refused(400, "badRequest", "Bad Request", path),
        };
        assert!(scopes.split(' ').any(|given| given.strip_prefix(SCOPE) == Some(scope)), "{scopes} for {path}");
        let size: usize = query["maxResults"].parse().unwrap();
        assert!(size <= most, "{size} rows of {key}");
        let size = size.min(workspace.page);
        let page: usize =
            query.get("pageToken").map_or(1, |token| token.strip_prefix("page-").unwrap().parse().unwrap());
        let mut body = Map::from_iter([("kind".to_owned(), json!("admin#directory"))]);
        // Google leaves an empty list out.
        let shown: Vec<Value> = rows.iter().skip((page - 1) * size).take(size).cloned().collect();
        if !shown.is_empty() {
            body.insert(key.to_owned(), json!(shown));
        }
        if page * size < rows.len() {
            body.insert("nextPageToken".to_owned(), json!(format!("page-{}", page + 1)));
        }
        (200, String::new(), Value::Object(body))
    }
}

/// `email=…` and `name='…'`, exactly.
fn found(groups: &[Value], query: Option<&String>) -> Vec<Value> {
    let Some(query) = query else { return groups.to_vec() };
    let (key, value) = query.split_once('=').unwrap();
    let quoted = value.strip_prefix('\'').map(|value| value.strip_suffix('\'').unwrap().replace("\\'", "'"));
    let value = quoted.unwrap_or_else(|| value.to_owned()).replace("\\\\", "\\");
    groups.iter().filter(|group| group[key] == value).cloned().collect()
}
