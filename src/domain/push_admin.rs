//! What an administrator does with push records: create, edit, delete, and take a new key for their secrets.

use super::event::{Event, EventKind, FieldValue};
use super::push_record::{PushRecord, PushTarget, RecordSource, SealedSecrets, SecretKind, get};
use super::push_wish::{RecordContent, RecordWish};
use super::{Act, Error, Result, Tx, flawed_name, fold};

/// A record to make. Its number comes from [`new_id`], because its secrets are sealed with it.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Its number.
    pub id: i64,
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// What it is to be.
    pub wish: RecordWish,
    /// Its secrets.
    pub secrets: SealedSecrets,
}

/// A number for a new record.
pub fn new_id(tx: &mut dyn Tx) -> Result<i64> {
    Ok(tx.next_number()?)
}

/// The folded form of a name that no other record has.
///
/// # Errors
/// [`Error::Invalid`], [`Error::RecordNameTaken`].
pub fn free_name(tx: &mut dyn Tx, name: &str, but: Option<i64>) -> Result<()> {
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::Invalid("name", "the name of a record has 1 to 100 characters".to_owned()));
    }
    if let Some(flaw) = flawed_name(name) {
        return Err(Error::Invalid("name", format!("the name of a record must not be one that {flaw}")));
    }
    match tx.push_record_named(&fold(name))? {
        Some(other) if but != Some(other.id) => Err(Error::RecordNameTaken(name.to_owned())),
        _ => Ok(()),
    }
}

/// Makes a record.
pub fn create(tx: &mut dyn Tx, act: &Act, new: &NewRecord) -> Result<PushRecord> {
    free_name(tx, &new.name, None)?;
    let content = new.wish.content(tx, None)?;
    check_given(&content, None, &new.secrets)?;
    let record = PushRecord {
        id: new.id,
        name: new.name.clone(),
        source: content.source,
        groups: content.groups,
        target: content.target,
        options: content.options,
        schedule: None,
        confirmed_at: None,
        compared: None,
        people: None,
        has_source_secret: new.secrets.source.is_some(),
        has_target_token: new.secrets.target.is_some(),
        created_at: act.now,
        created_by: act.by.clone(),
        modified_at: act.now,
    };
    tx.insert_push_record(&record)?;
    keep(tx, record.id, &new.secrets)?;
    let event = about(tx, EventKind::PushRecordCreated, &record)?;
    let (name, value) = target(&record.target);
    let event = event.is("source", record.source.kind().word()).is(name, value);
    tx.record(act, &event.is("groups", record.groups.clone()))?;
    Ok(record)
}

/// Changes a record. Another source, other groups or another target have to be confirmed again.
pub fn edit(
    tx: &mut dyn Tx,
    act: &Act,
    id: i64,
    name: Option<&str>,
    wish: &RecordWish,
    secrets: &SealedSecrets,
) -> Result<PushRecord> {
    let before = get(tx, id)?;
    let mut record = before.clone();
    if let Some(name) = name {
        free_name(tx, name, Some(id))?;
        record.name = name.to_owned();
    }
    let content = wish.content(tx, Some(&before))?;
    check_given(&content, Some(&before), secrets)?;
    RecordContent { source: record.source, groups: record.groups, target: record.target, options: record.options } =
        content;
    let moved = (&before.source, &before.groups, &before.target) != (&record.source, &record.groups, &record.target);
    record.compared = None;
    if moved {
        record.confirmed_at = None;
        record.people = None;
    }
    // A secret of what the record no longer is has no business in the file.
    let (mut secrets, mut drop_source, mut drop_target) = (secrets.clone(), false, false);
    if record.source.secret().is_none() {
        (drop_source, secrets.source) = (before.has_source_secret, None);
    }
    if matches!(record.target, PushTarget::Connection(_)) {
        (drop_target, secrets.target) = (before.has_target_token, None);
    }
    record.has_source_secret = (before.has_source_secret && !drop_source) || secrets.source.is_some();
    record.has_target_token = (before.has_target_token && !drop_target) || secrets.target.is_some();
    let event = about(tx, EventKind::PushRecordUpdated, &record)?;
    let mut event = differences(event, &before, &record);
    for (name, given) in [("source_secret_replaced", &secrets.source), ("target_token_replaced", &secrets.target)] {
        if given.is_some() {
            event = event.is(name, true);
        }
    }
    if !event.tells() {
        return Ok(before);
    }
    record.modified_at = act.now.max(before.modified_at);
    tx.update_push_record(&record)?;
    for (kind, gone) in [(SecretKind::Source, drop_source), (SecretKind::Target, drop_target)] {
        if gone {
            tx.keep_push_secret(id, kind, None)?;
        }
    }
    keep(tx, id, &secrets)?;
    tx.record(act, &event)?;
    Ok(record)
}

/// Deletes a record with its secrets and its history.
///
/// # Errors
/// [`Error::RunUnderWay`].
pub fn delete(tx: &mut dyn Tx, act: &Act, id: i64) -> Result<PushRecord> {
    let record = get(tx, id)?;
    if let Some(run) = tx.open_push_runs()?.into_iter().find(|run| run.record == id) {
        return Err(Error::RunUnderWay(run.id));
    }
    tx.delete_push_record(id)?;
    let event = about(tx, EventKind::PushRecordDeleted, &record)?;
    let (name, value) = target(&record.target);
    tx.record(act, &event.was("source", record.source.kind().word()).was(name, value))?;
    Ok(record)
}

/// A secret that was sealed anew: whose, and as it was and is.
#[derive(Clone, Debug)]
pub struct Resealed {
    /// The record.
    pub id: i64,
    /// Which of its secrets.
    pub kind: SecretKind,
    /// As it was kept.
    pub was: Vec<u8>,
    /// As it is kept from now on.
    pub is: Vec<u8>,
}

/// Keeps secrets that were sealed anew with another key; how many.
pub fn reseal(tx: &mut dyn Tx, act: &Act, all: &[Resealed]) -> Result<u64> {
    let mut kept = 0;
    for one in all {
        if tx.push_secret(one.id, one.kind)?.as_ref() == Some(&one.was) {
            tx.keep_push_secret(one.id, one.kind, Some(&one.is))?;
            kept += 1;
        }
    }
    tx.record(act, &Event::new(EventKind::PushKeyRotated).is("secrets", kept))?;
    Ok(kept)
}

/// A secret that has to be given was given.
fn check_given(content: &RecordContent, before: Option<&PushRecord>, secrets: &SealedSecrets) -> Result<()> {
    let (source, target) = content.needs(before);
    let missing = source.filter(|_| secrets.source.is_none()).or(target.filter(|_| secrets.target.is_none()));
    let Some(field) = missing else { return Ok(()) };
    let kept = before.is_some_and(|b| if field == "target_token" { b.has_target_token } else { b.has_source_secret });
    let sentence = match kept {
        true => "the one that is kept goes only to where it was meant to go; give it for the new place",
        false => "it has to be given",
    };
    Err(Error::Invalid(field, sentence.to_owned()))
}

fn keep(tx: &mut dyn Tx, id: i64, secrets: &SealedSecrets) -> Result<()> {
    for (kind, sealed) in [(SecretKind::Source, &secrets.source), (SecretKind::Target, &secrets.target)] {
        if let Some(sealed) = sealed {
            tx.keep_push_secret(id, kind, Some(sealed))?;
        }
    }
    Ok(())
}

/// An event about a record, in the node that it fills, so that whoever looks after the node sees it.
pub(super) fn about(tx: &mut dyn Tx, what: EventKind, record: &PushRecord) -> Result<Event<'static>> {
    let mut event = Event::new(what).object(format!("push_record:{}", record.name));
    if let PushTarget::Connection(id) = record.target {
        event.node = tx.connection(id)?.map(|connection| connection.node);
    }
    Ok(event)
}

fn target(target: &PushTarget) -> (&'static str, FieldValue<'static>) {
    match target {
        PushTarget::Connection(id) => ("target_scim_id", FieldValue::Number(id.0)),
        PushTarget::Url { url, .. } => ("target_url", FieldValue::from(url.clone())),
    }
}

/// What differs, by name. Certificates are long, so only that they changed is said.
fn differences(event: Event<'static>, before: &PushRecord, after: &PushRecord) -> Event<'static> {
    let (o, n) = (&before.options, &after.options);
    let mut event = event
        .changed("name", before.name.clone(), after.name.clone())
        .changed("source", before.source.kind().word(), after.source.kind().word())
        .changed("groups", before.groups.clone(), after.groups.clone())
        .changed("destructive", o.destructive, n.destructive)
        .changed("missing", o.missing.word(), n.missing.word())
        .changed("auto_approve", o.auto_approve, n.auto_approve)
        .changed("verbose", o.verbose, n.verbose)
        .changed("protect", o.protected.clone(), n.protected.clone())
        .changed("concurrency", o.concurrency, n.concurrency)
        .changed("bulk", o.bulk, n.bulk)
        .changed("max_users_removed", o.limits.users_removed, n.limits.users_removed)
        .changed("max_users_removed_percent", o.limits.users_removed_percent, n.limits.users_removed_percent)
        .changed("max_groups_deleted", o.limits.groups_deleted, n.limits.groups_deleted)
        .changed("max_groups_deleted_percent", o.limits.groups_deleted_percent, n.limits.groups_deleted_percent)
        .changed("max_members_removed", o.limits.members_removed, n.limits.members_removed)
        .changed("max_members_removed_percent", o.limits.members_removed_percent, n.limits.members_removed_percent)
        .changed("max_shrink_percent", o.limits.shrank_percent, n.limits.shrank_percent);
    let ((was_named, was), (is_named, is)) = (target(&before.target), target(&after.target));
    if was != is {
        event = event.was(was_named, was).is(is_named, is);
    }
    let (was, is) = (of_source(&before.source), of_source(&after.source));
    for name in SOURCE_FIELDS {
        let value = |of: &[(&str, String)]| {
            let found = of.iter().find(|(n, _)| *n == name);
            found.map_or(FieldValue::Nothing, |(_, value)| FieldValue::from(value.clone()))
        };
        event = event.changed(name, value(&was), value(&is));
    }
    let ca = |record: &PushRecord| match (&record.source, &record.target) {
        (RecordSource::Directory { ca, .. }, PushTarget::Url { ca: other, .. }) => (ca.clone(), other.clone()),
        (RecordSource::Directory { ca, .. }, _) => (ca.clone(), None),
        (_, PushTarget::Url { ca, .. }) => (None, ca.clone()),
        _ => (None, None),
    };
    if ca(before) != ca(after) {
        event = event.is("certificates_replaced", true);
    }
    event
}

const SOURCE_FIELDS: [&str; 10] = [
    "login",
    "google_token_url",
    "google_api_url",
    "ad_urls",
    "ad_user",
    "plain",
    "schema",
    "base_dn",
    "filter",
    "path",
];

/// The values of a source by name, those that are there.
fn of_source(source: &RecordSource) -> Vec<(&'static str, String)> {
    let all = match source {
        RecordSource::Google { login, token_url, api_url } => vec![
            ("login", Some(login.clone())),
            ("google_token_url", token_url.clone()),
            ("google_api_url", api_url.clone()),
        ],
        RecordSource::Directory { urls, user, plain, schema, base, filter, .. } => vec![
            ("ad_urls", Some(urls.join(" "))),
            ("ad_user", Some(user.clone())),
            ("plain", plain.then(|| "on".to_owned())),
            ("schema", Some(schema.word().to_owned())),
            ("base_dn", base.clone()),
            ("filter", filter.clone()),
        ],
        RecordSource::File { path } => vec![("path", Some(path.clone()))],
    };
    all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}
