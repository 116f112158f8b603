//! Push records in SQLite, with their sealed secrets.

use super::{SqliteTx, change, collect, first};
use crate::domain::push_options::{PushLimits, PushOptions};
use crate::domain::push_record::{
    Compared, PushRecord, PushRecords, PushTarget, RecordSource, Schedule, SecretKind, SourceKind,
};
use crate::domain::{Fault, Time, fold};
use rusqlite::types::FromSqlError;
use rusqlite::{Row, named_params};

/// The columns that are read, by name.
macro_rules! columns {
    () => {
        "record_id, name, source, groups, login, google_token_url, google_api_url, ad_urls, ad_user, ca, plain, schema, base_dn,
         filter, path, target, target_url, target_ca, destructive, missing, auto_approve, verbose, protect, max_users_removed,
         max_users_removed_percent, max_groups_deleted, max_groups_deleted_percent, max_members_removed,
         max_members_removed_percent, max_shrink_percent, concurrency, bulk, cron, time_zone, scheduled, next_at, confirmed_at,
         people, compared_at, compared_mark, created_at, created_by, modified_at, source_secret IS NOT NULL AS has_source_secret,
         target_token IS NOT NULL AS has_target_token"
    };
}

fn record(row: &Row<'_>) -> rusqlite::Result<PushRecord> {
    let schedule = match row.get::<_, Option<String>>("cron")? {
        Some(cron) => Some(Schedule {
            cron,
            time_zone: row.get("time_zone")?,
            enabled: row.get("scheduled")?,
            next_at: row.get("next_at")?,
        }),
        None => None,
    };
    Ok(PushRecord {
        id: row.get("record_id")?,
        name: row.get("name")?,
        source: source(row)?,
        groups: list(row, "groups")?,
        target: match row.get("target")? {
            Some(id) => PushTarget::Connection(id),
            None => PushTarget::Url { url: row.get("target_url")?, ca: row.get("target_ca")? },
        },
        options: options(row)?,
        schedule,
        confirmed_at: row.get("confirmed_at")?,
        compared: compared(row)?,
        people: row.get("people")?,
        has_source_secret: row.get("has_source_secret")?,
        has_target_token: row.get("has_target_token")?,
        created_at: row.get("created_at")?,
        created_by: row.get("created_by")?,
        modified_at: row.get("modified_at")?,
    })
}

fn source(row: &Row<'_>) -> rusqlite::Result<RecordSource> {
    Ok(match row.get("source")? {
        SourceKind::Google => RecordSource::Google {
            login: row.get("login")?,
            token_url: row.get("google_token_url")?,
            api_url: row.get("google_api_url")?,
        },
        SourceKind::Directory => RecordSource::Directory {
            urls: list(row, "ad_urls")?,
            user: row.get("ad_user")?,
            ca: row.get("ca")?,
            plain: row.get("plain")?,
            schema: row.get("schema")?,
            base: row.get("base_dn")?,
            filter: row.get("filter")?,
        },
        SourceKind::File => RecordSource::File { path: row.get("path")? },
    })
}

fn compared(row: &Row<'_>) -> rusqlite::Result<Option<Compared>> {
    let mark: Option<String> = row.get("compared_mark")?;
    let at: Option<Time> = row.get("compared_at")?;
    Ok(at.zip(mark).map(|(at, mark)| Compared { at, mark }))
}

fn options(row: &Row<'_>) -> rusqlite::Result<PushOptions> {
    Ok(PushOptions {
        destructive: row.get("destructive")?,
        missing: row.get("missing")?,
        auto_approve: row.get("auto_approve")?,
        verbose: row.get("verbose")?,
        protected: list(row, "protect")?,
        limits: PushLimits {
            users_removed: row.get("max_users_removed")?,
            users_removed_percent: row.get("max_users_removed_percent")?,
            groups_deleted: row.get("max_groups_deleted")?,
            groups_deleted_percent: row.get("max_groups_deleted_percent")?,
            members_removed: row.get("max_members_removed")?,
            members_removed_percent: row.get("max_members_removed_percent")?,
            shrank_percent: row.get("max_shrink_percent")?,
        },
        concurrency: row.get("concurrency")?,
        bulk: row.get("bulk")?,
    })
}

/// A list as it is kept: a JSON array of texts.
fn list(row: &Row<'_>, column: &str) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(column)?;
    Ok(serde_json::from_str(&text).map_err(FromSqlError::other)?)
}

fn kept(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

/// What is written of a record besides its number and creation.
const SET: &str = "name = :name, name_folded = :folded, source = :source, groups = :groups, login = :login,
      google_token_url = :token_url, google_api_url = :api_url, ad_urls = :urls, ad_user = :user, ca = :ca, plain = :plain,
      schema = :schema, base_dn = :base, filter = :filter, path = :path, target = :target, target_url = :target_url,
      target_ca = :target_ca, destructive = :destructive, missing = :missing, auto_approve = :auto_approve,
      verbose = :verbose, protect = :protect, max_users_removed = :users, max_users_removed_percent = :users_percent,
      max_groups_deleted = :groups_deleted, max_groups_deleted_percent = :groups_percent,
      max_members_removed = :members, max_members_removed_percent = :members_percent, max_shrink_percent = :shrank,
      concurrency = :concurrency, bulk = :bulk, cron = :cron, time_zone = :time_zone, scheduled = :scheduled, next_at = :next_at,
      confirmed_at = :confirmed_at, people = :people, compared_at = :compared_at,
      compared_mark = :compared_mark, modified_at = :modified_at";

fn write(tx: &SqliteTx<'_>, r: &PushRecord) -> Result<(), Fault> {
    let (mut login, mut token_url, mut api_url, mut path) = (None, None, None, None);
    let (mut urls, mut user, mut ca, mut plain, mut schema, mut base, mut filter) =
        (None, None, None, None, None, None, None);
    match &r.source {
        RecordSource::Google { login: l, token_url: t, api_url: a } => {
            (login, token_url, api_url) = (Some(l), t.as_ref(), a.as_ref())
        }
        RecordSource::Directory { urls: u, user: by, ca: c, plain: p, schema: s, base: b, filter: f } => {
            (urls, user, ca, plain) = (Some(kept(u)), Some(by), c.as_ref(), Some(*p));
            (schema, base, filter) = (Some(*s), b.as_ref(), f.as_ref());
        }
        RecordSource::File { path: p } => path = Some(p),
    }
    let (target, target_url, target_ca) = match &r.target {
        PushTarget::Connection(id) => (Some(*id), None, None),
        PushTarget::Url { url, ca } => (None, Some(url), ca.as_ref()),
    };
    let schedule = r.schedule.as_ref();
    let (o, limits) = (&r.options, &r.options.limits);
    let values = named_params! {
        ":id": r.id,
        ":name": r.name,
        ":folded": fold(&r.name),
        ":source": r.source.kind(),
        ":groups": kept(&r.groups),
        ":login": login,
        ":token_url": token_url,
        ":api_url": api_url,
        ":urls": urls,
        ":user": user,
        ":ca": ca,
        ":plain": plain,
        ":schema": schema,
        ":base": base,
        ":filter": filter,
        ":path": path,
        ":target": target,
        ":target_url": target_url,
        ":target_ca": target_ca,
        ":destructive": o.destructive,
        ":missing": o.missing,
        ":auto_approve": o.auto_approve,
        ":verbose": o.verbose,
        ":protect": kept(&o.protected),
        ":users": limits.users_removed,
        ":users_percent": limits.users_removed_percent,
        ":groups_deleted": limits.groups_deleted,
        ":groups_percent": limits.groups_deleted_percent,
        ":members": limits.members_removed,
        ":members_percent": limits.members_removed_percent,
        ":shrank": limits.shrank_percent,
        ":concurrency": o.concurrency,
        ":bulk": o.bulk,
        ":cron": schedule.map(|s| &s.cron),
        ":time_zone": schedule.map(|s| &s.time_zone),
        ":scheduled": schedule.is_some_and(|s| s.enabled),
        ":next_at": schedule.and_then(|s| s.next_at),
        ":confirmed_at": r.confirmed_at,
        ":people": r.people,
        ":compared_at": r.compared.as_ref().map(|compared| compared.at),
        ":compared_mark": r.compared.as_ref().map(|compared| &compared.mark),
        ":modified_at": r.modified_at,
    };
    change(tx.db, &format!("UPDATE push_record SET {SET} WHERE record_id = :id"), values).map(drop)
}

impl PushRecords for SqliteTx<'_> {
    fn push_record(&mut self, id: i64) -> Result<Option<PushRecord>, Fault> {
        first(self.db, concat!("SELECT ", columns!(), " FROM push_record WHERE record_id = ?1"), [id], record)
    }

    fn push_record_named(&mut self, folded: &str) -> Result<Option<PushRecord>, Fault> {
        first(self.db, concat!("SELECT ", columns!(), " FROM push_record WHERE name_folded = ?1"), [folded], record)
    }

    fn push_records(&mut self) -> Result<Vec<PushRecord>, Fault> {
        collect(self.db, concat!("SELECT ", columns!(), " FROM push_record ORDER BY name_folded"), [], record)
    }

    fn insert_push_record(&mut self, record: &PushRecord) -> Result<(), Fault> {
        // The rest follows at once; this is what the conditions of the table ask for.
        let insert = "INSERT INTO push_record (record_id, name, name_folded, source, groups, target, destructive, missing,
              auto_approve, verbose, protect, max_users_removed, max_users_removed_percent, max_groups_deleted,
              max_groups_deleted_percent, max_members_removed, max_members_removed_percent, max_shrink_percent, concurrency,
              created_at, created_by, modified_at)
            VALUES (:id, :name, :folded, :source, '[]', 0, 0, 'lock', 0, 0, '[]', 0, 0, 0, 0, 0, 0, 0, 1, :at, :by, :at)";
        let values = named_params! {
            ":id": record.id,
            ":name": record.name,
            ":folded": fold(&record.name),
            ":source": record.source.kind(),
            ":at": record.created_at,
            ":by": record.created_by,
        };
        change(self.db, insert, values)?;
        write(self, record)
    }

    fn update_push_record(&mut self, record: &PushRecord) -> Result<(), Fault> {
        write(self, record)
    }

    fn delete_push_record(&mut self, id: i64) -> Result<(), Fault> {
        change(self.db, "DELETE FROM push_record WHERE record_id = ?1", [id]).map(drop)
    }

    fn push_secret(&mut self, id: i64, kind: SecretKind) -> Result<Option<Vec<u8>>, Fault> {
        let sql = match kind {
            SecretKind::Source => "SELECT source_secret FROM push_record WHERE record_id = ?1",
            SecretKind::Target => "SELECT target_token FROM push_record WHERE record_id = ?1",
        };
        Ok(first(self.db, sql, [id], |row| row.get(0))?.flatten())
    }

    fn keep_push_secret(&mut self, id: i64, kind: SecretKind, sealed: Option<&[u8]>) -> Result<(), Fault> {
        let sql = match kind {
            SecretKind::Source => "UPDATE push_record SET source_secret = ?2 WHERE record_id = ?1",
            SecretKind::Target => "UPDATE push_record SET target_token = ?2 WHERE record_id = ?1",
        };
        change(self.db, sql, rusqlite::params![id, sealed]).map(drop)
    }
}
