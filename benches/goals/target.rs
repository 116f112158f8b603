//! Who is measured: an address, the path of its SCIM endpoint, a token, and the processes that answer.

use crate::wire::Connection;
use anyhow::Context;

/// A SCIM service.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port.
    pub address: String,
    /// The path before `/Users`.
    pub path: String,
    /// The bearer token.
    pub token: Option<String>,
    /// Whose CPU time is charged.
    pub pids: Vec<u32>,
    /// Where it tells what it asks of its database, if that is told.
    pub metrics: Option<String>,
}

impl Target {
    /// The service at a base URL.
    ///
    /// # Errors
    /// When it is not plain HTTP: TLS would be measured with it.
    pub fn at(url: &str, token: Option<String>, pids: Vec<u32>) -> anyhow::Result<Target> {
        let rest = url.strip_prefix("http://").with_context(|| format!("{url} does not begin with http://"))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Target { address, path, token, pids, metrics: None })
    }

    /// The bytes of a request.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>) -> Vec<u8> {
        let mut text = format!("{method} {}{path} HTTP/1.1\r\nHost: {}\r\n", self.path, self.address);
        if let Some(token) = &self.token {
            text.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        text.push_str("Accept: application/scim+json\r\n");
        match body {
            Some(body) => {
                let length = body.len();
                text.push_str(&format!(
                    "Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n{body}"
                ));
            }
            None => text.push_str("\r\n"),
        }
        text.into_bytes()
    }

    /// Asks once, outside of what is measured, and returns the body.
    ///
    /// # Errors
    /// When it is not answered, or with another status than 2xx.
    pub fn ask(&self, method: &str, path: &str, body: Option<&str>) -> anyhow::Result<String> {
        let request = self.request(method, path, body);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = Connection::new(&self.address);
            let reply = connection.exchange(&request).await?;
            let text = String::from_utf8_lossy(reply.body).into_owned();
            let said: String = text.chars().take(300).collect();
            anyhow::ensure!((200..300).contains(&reply.status), "FAILED: {method} {path}: {} {said}", reply.status);
            Ok(text)
        })
    }
}
