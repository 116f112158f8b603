//! What somebody wishes a push record to be: values by name, put together with what it was, and checked.

use super::connection_state::ConnectionState;
use super::push_options::{OptionsWish, PushOptions, entries};
use super::push_record::{DirectorySchema, PushRecord, PushTarget, RecordSource, SourceKind};
use super::{Error, Result, Tx, connection, flawed_name, is_email};

/// The values to set; what is not named stays, and an empty text removes what need not be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of that name in RecordSource, PushTarget and PushRecord")]
pub struct RecordWish {
    pub source: Option<SourceKind>,
    pub groups: Option<Vec<String>>,
    /// The id of a connection of this appliance, or of its node.
    pub target: Option<i64>,
    pub target_url: Option<String>,
    pub target_ca: Option<String>,
    pub login: Option<String>,
    pub google_token_url: Option<String>,
    pub google_api_url: Option<String>,
    pub ad_urls: Option<Vec<String>>,
    pub ad_user: Option<String>,
    pub ca: Option<String>,
    pub plain: Option<bool>,
    pub schema: Option<DirectorySchema>,
    pub base_dn: Option<String>,
    pub filter: Option<String>,
    pub path: Option<String>,
    pub options: OptionsWish,
}

/// What a record is told to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of that name in PushRecord")]
pub struct RecordContent {
    pub source: RecordSource,
    pub groups: Vec<String>,
    pub target: PushTarget,
    pub options: PushOptions,
}

impl RecordContent {
    /// What a record is told to be now.
    pub fn of(record: &PushRecord) -> RecordContent {
        let PushRecord { source, groups, target, options, .. } = record.clone();
        RecordContent { source, groups, target, options }
    }

    /// Whether people go to a service that is not a connection of ours, so that its token is kept.
    pub fn is_foreign(&self) -> bool {
        matches!(self.target, PushTarget::Url { .. })
    }

    /// What the secret that has to be given for this is called, when a record was `before`: a secret goes only to where it
    /// was meant to go. First that of the source, then that of the target.
    pub fn needs(&self, before: Option<&PushRecord>) -> (Option<&'static str>, Option<&'static str>) {
        let is_known = before.is_some_and(|b| b.has_source_secret && goes_to_the_same(&b.source, &self.source));
        let source = self.source.secret().filter(|_| !is_known);
        let is_known = before.is_some_and(|b| b.has_target_token && b.target == self.target);
        let target = self.is_foreign().then_some("target_token").filter(|_| !is_known);
        (source, target)
    }
}

/// Whether a secret that was given for one source may be sent to another.
fn goes_to_the_same(one: &RecordSource, other: &RecordSource) -> bool {
    match (one, other) {
        (
            RecordSource::Google { token_url: a, api_url: b, .. },
            RecordSource::Google { token_url: c, api_url: d, .. },
        ) => (a, b) == (c, d),
        (
            RecordSource::Directory { urls, user, ca, plain, .. },
            RecordSource::Directory { urls: to, user: by, ca: of, plain: open, .. },
        ) => (urls, user, ca) == (to, by, of) && (*plain || !*open),
        _ => false,
    }
}

impl RecordWish {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        *self == RecordWish::default()
    }

    /// What a record comes to that was `before`, or that is new.
    ///
    /// # Errors
    /// [`Error::Invalid`], and [`Error::NotFound`] and [`Error::NotSaved`] of the target.
    pub fn content(&self, tx: &mut dyn Tx, before: Option<&PushRecord>) -> Result<RecordContent> {
        let before = before.map(RecordContent::of);
        let kind = self.source.or(before.as_ref().map(|content| content.source.kind()));
        let kind = kind.ok_or_else(|| missing("source", "say where people come from: google, ad or file"))?;
        self.check_kind(kind)?;
        let was = before.as_ref().map(|content| &content.source).filter(|source| source.kind() == kind);
        let groups = match &self.groups {
            Some(groups) => entries("group", groups)?,
            None => before.as_ref().map(|content| content.groups.clone()).unwrap_or_default(),
        };
        Ok(RecordContent {
            source: self.source(kind, was)?,
            groups,
            target: self.target(tx, before.as_ref().map(|content| &content.target))?,
            options: before.map(|content| content.options).unwrap_or_default().with(&self.options)?,
        })
    }

    /// What belongs to another kind of source is refused rather than forgotten.
    fn check_kind(&self, kind: SourceKind) -> Result<()> {
        let (google, directory, file) = (SourceKind::Google, SourceKind::Directory, SourceKind::File);
        let named = [
            ("login", self.login.is_some(), google),
            ("google_token_url", self.google_token_url.is_some(), google),
            ("google_api_url", self.google_api_url.is_some(), google),
            ("ad_url", self.ad_urls.is_some(), directory),
            ("ad_user", self.ad_user.is_some(), directory),
            ("ca", self.ca.is_some(), directory),
            ("plain", self.plain.is_some(), directory),
            ("schema", self.schema.is_some(), directory),
            ("base_dn", self.base_dn.is_some(), directory),
            ("filter", self.filter.is_some(), directory),
            ("path", self.path.is_some(), file),
        ];
        match named.iter().find(|(_, is_named, of)| *is_named && *of != kind) {
            Some((field, _, of)) => {
                let sentence = format!("belongs to the source {}, and this one is {}", of.word(), kind.word());
                Err(Error::Invalid(field, sentence))
            }
            None => Ok(()),
        }
    }

    fn source(&self, kind: SourceKind, was: Option<&RecordSource>) -> Result<RecordSource> {
        match (kind, was) {
            (SourceKind::Google, was) => {
                let (login, token_url, api_url) = match was {
                    Some(RecordSource::Google { login, token_url, api_url }) => {
                        (Some(login.clone()), token_url.clone(), api_url.clone())
                    }
                    _ => (None, None, None),
                };
                let login = self.login.clone().or(login).unwrap_or_default();
                if !is_email(&login) {
                    let sentence = "give the address of the administrator as whom the service account reads";
                    return Err(missing("login", sentence));
                }
                Ok(RecordSource::Google {
                    login,
                    token_url: url("google_token_url", chosen(&self.google_token_url, token_url))?,
                    api_url: url("google_api_url", chosen(&self.google_api_url, api_url))?,
                })
            }
            (SourceKind::Directory, was) => self.directory(was),
            (SourceKind::File, was) => {
                let path = match was {
                    Some(RecordSource::File { path }) => path.clone(),
                    _ => String::new(),
                };
                let path = self.path.clone().unwrap_or(path);
                match path == "-" || path.starts_with('/') {
                    true => Ok(RecordSource::File { path }),
                    false => Err(missing("path", "give the absolute path of the file")),
                }
            }
        }
    }

    fn directory(&self, was: Option<&RecordSource>) -> Result<RecordSource> {
        let known = match was {
            Some(RecordSource::Directory { urls, user, ca, plain, schema, base, filter }) => {
                (urls.clone(), user.clone(), ca.clone(), *plain, *schema, base.clone(), filter.clone())
            }
            _ => (Vec::new(), String::new(), None, false, DirectorySchema::ActiveDirectory, None, None),
        };
        let urls = match &self.ad_urls {
            Some(urls) => entries("ad_url", urls)?,
            None => known.0,
        };
        if urls.is_empty() {
            return Err(missing("ad_url", "give the address of a domain controller, such as ldaps://dc1.example.com"));
        }
        if let Some(wrong) = urls.iter().find(|url| !is_address(url, &["ldap://", "ldaps://"])) {
            let sentence = format!("expected an address such as ldaps://dc1.example.com, got “{wrong}”");
            return Err(Error::Invalid("ad_url", sentence));
        }
        let user = self.ad_user.clone().unwrap_or(known.1);
        if user.is_empty() || flawed_name(&user).is_some() {
            return Err(missing("ad_user", "give who reads the directory: DOMAIN\\user, user@domain, or a DN"));
        }
        Ok(RecordSource::Directory {
            urls,
            user,
            ca: certificates("ca", chosen(&self.ca, known.2))?,
            plain: self.plain.unwrap_or(known.3),
            schema: self.schema.unwrap_or(known.4),
            base: chosen(&self.base_dn, known.5),
            filter: chosen(&self.filter, known.6),
        })
    }

    fn target(&self, tx: &mut dyn Tx, was: Option<&PushTarget>) -> Result<PushTarget> {
        let url_is_named = self.target_url.is_some();
        if let Some(id) = self.target {
            if url_is_named || self.target_ca.is_some() {
                return Err(Error::Invalid("target", "name a connection or a URL, not both".to_owned()));
            }
            let connection = connection::find(tx, id)?;
            return match connection.state {
                ConnectionState::Draft => Err(Error::NotSaved),
                _ => Ok(PushTarget::Connection(connection.id)),
            };
        }
        let (known_url, known_ca) = match was {
            Some(PushTarget::Connection(id)) if !url_is_named && self.target_ca.is_none() => {
                return Ok(PushTarget::Connection(*id));
            }
            Some(PushTarget::Url { url, ca }) => (Some(url.clone()), ca.clone()),
            _ => (None, None),
        };
        let sentence = "say where people go: the id of a connection (target) or the URL of a SCIM service (target_url)";
        let url = chosen(&self.target_url, known_url).ok_or_else(|| missing("target", sentence))?;
        Ok(PushTarget::Url {
            url: web_address("target_url", &url)?,
            ca: certificates("target_ca", chosen(&self.target_ca, known_ca))?,
        })
    }
}

/// A secret that was given. It is sealed outside the rules, so it is looked at before.
///
/// # Errors
/// [`Error::Invalid`]; the secret is not in it.
pub fn check_secret(field: &'static str, secret: &str) -> Result<()> {
    if secret.is_empty() {
        return Err(Error::Invalid(field, "it is empty".to_owned()));
    }
    if secret.len() > 65_536 {
        return Err(Error::Invalid(field, "it is longer than 65536 bytes".to_owned()));
    }
    if field == "target_token" && !secret.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Error::Invalid(field, "a token has neither blanks nor line ends".to_owned()));
    }
    Ok(())
}

fn missing(field: &'static str, sentence: &str) -> Error {
    Error::Invalid(field, sentence.to_owned())
}

/// A value that need not be there: what is named, else what was; an empty one removes it.
fn chosen(named: &Option<String>, was: Option<String>) -> Option<String> {
    named.clone().or(was).filter(|value| !value.is_empty())
}

fn url(field: &'static str, value: Option<String>) -> Result<Option<String>> {
    value.map(|value| web_address(field, &value)).transpose()
}

/// An address of the web without a slash at the end.
fn web_address(field: &'static str, value: &str) -> Result<String> {
    match is_address(value, &["https://", "http://"]) && !value.contains(['?', '#']) {
        true => Ok(value.trim_end_matches('/').to_owned()),
        false => Err(Error::Invalid(field, "expected an address such as https://scim.example.com/scim/v2".to_owned())),
    }
}

/// Whether it begins as one of these and goes on with a host. Names and passwords have no place in an address.
fn is_address(value: &str, schemes: &[&str]) -> bool {
    let rest = schemes.iter().find_map(|scheme| value.strip_prefix(scheme));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || c == '@';
    host.is_some_and(|host| !host.is_empty() && !host.starts_with(':')) && !value.contains(is_odd)
}

fn certificates(field: &'static str, value: Option<String>) -> Result<Option<String>> {
    let is_pem = |text: &String| text.contains("-----BEGIN CERTIFICATE-----") && text.len() <= 1_048_576;
    match value.as_ref().is_none_or(is_pem) {
        true => Ok(value),
        false => Err(Error::Invalid(field, "expected certificates as PEM, “-----BEGIN CERTIFICATE-----”".to_owned())),
    }
}
