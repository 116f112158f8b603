//! Push records in PostgreSQL, with their sealed secrets.

use super::row::Row;
use super::value::ToColumn;
use super::{PgTx, change, collect, first};
use crate::domain::push_options::{PushLimits, PushOptions};
use crate::domain::push_record::{
    Compared, PushRecord, PushRecords, PushTarget, RecordSource, Schedule, SecretKind, SourceKind,
};
use crate::domain::{Fault, Time, fold};

/// The columns that are read, in the order of [`record`].
macro_rules! columns {
    () => {
        "record_id, name, source, groups, login, google_token_url, google_api_url, ad_urls, ad_user, ca, plain, schema, base_dn,
         filter, path, target, target_url, target_ca, destructive, missing, auto_approve, \"verbose\", protect, max_users_removed,
         max_users_removed_percent, max_groups_deleted, max_groups_deleted_percent, max_members_removed,
         max_members_removed_percent, max_shrink_percent, concurrency, bulk, cron, time_zone, scheduled, next_at, confirmed_at,
         people, compared_at, compared_mark, created_at, created_by, modified_at, source_secret IS NOT NULL AS has_source_secret,
         target_token IS NOT NULL AS has_target_token"
    };
}

fn record(row: &Row) -> Result<PushRecord, Fault> {
    let schedule = match row.get::<_, Option<String>>("cron")? {
        Some(cron) => Some(Schedule { cron, time_zone: row.get(33)?, enabled: row.get(34)?, next_at: row.get(35)? }),
        None => None,
    };
    Ok(PushRecord {
        id: row.get(0)?,
        name: row.get(1)?,
        source: source(row)?,
        groups: list(row, 3)?,
        target: match row.get(15)? {
            Some(id) => PushTarget::Connection(id),
            None => PushTarget::Url { url: row.get(16)?, ca: row.get(17)? },
        },
        options: options(row)?,
        schedule,
        confirmed_at: row.get(36)?,
        compared: compared(row)?,
        people: row.get(37)?,
        has_source_secret: row.get(43)?,
        has_target_token: row.get(44)?,
        created_at: row.get(40)?,
        created_by: row.get(41)?,
        modified_at: row.get(42)?,
    })
}

fn source(row: &Row) -> Result<RecordSource, Fault> {
    Ok(match row.get(2)? {
        SourceKind::Google => RecordSource::Google { login: row.get(4)?, token_url: row.get(5)?, api_url: row.get(6)? },
        SourceKind::Directory => RecordSource::Directory {
            urls: list(row, 7)?,
            user: row.get(8)?,
            ca: row.get(9)?,
            plain: row.get(10)?,
            schema: row.get(11)?,
            base: row.get(12)?,
            filter: row.get(13)?,
        },
        SourceKind::File => RecordSource::File { path: row.get(14)? },
    })
}

fn compared(row: &Row) -> Result<Option<Compared>, Fault> {
    let mark: Option<String> = row.get(39)?;
    let at: Option<Time> = row.get(38)?;
    Ok(at.zip(mark).map(|(at, mark)| Compared { at, mark }))
}

fn options(row: &Row) -> Result<PushOptions, Fault> {
    Ok(PushOptions {
        destructive: row.get(18)?,
        missing: row.get(19)?,
        auto_approve: row.get(20)?,
        verbose: row.get(21)?,
        protected: list(row, 22)?,
        limits: PushLimits {
            users_removed: row.get(23)?,
            users_removed_percent: row.get(24)?,
            groups_deleted: row.get(25)?,
            groups_deleted_percent: row.get(26)?,
            members_removed: row.get(27)?,
            members_removed_percent: row.get(28)?,
            shrank_percent: row.get(29)?,
        },
        concurrency: row.get(30)?,
        bulk: row.get(31)?,
    })
}

/// A list as it is kept: a JSON array of texts.
fn list(row: &Row, column: usize) -> Result<Vec<String>, Fault> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|e| Fault::Broken(e.to_string()))
}

fn kept(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

/// What is written of a record besides its number and creation.
const SET: &str = "name = ?2, name_folded = ?3, source = ?4, groups = ?5, login = ?6,
      google_token_url = ?7, google_api_url = ?8, ad_urls = ?9, ad_user = ?10, ca = ?11, plain = ?12,
      schema = ?13, base_dn = ?14, filter = ?15, path = ?16, target = ?17, target_url = ?18,
      target_ca = ?19, destructive = ?20, missing = ?21, auto_approve = ?22,
      \"verbose\" = ?23, protect = ?24, max_users_removed = ?25, max_users_removed_percent = ?26,
      max_groups_deleted = ?27, max_groups_deleted_percent = ?28,
      max_members_removed = ?29, max_members_removed_percent = ?30, max_shrink_percent = ?31,
      concurrency = ?32, bulk = ?33, cron = ?34, time_zone = ?35, scheduled = ?36, next_at = ?37,
      confirmed_at = ?38, people = ?39, compared_at = ?40,
      compared_mark = ?41, modified_at = ?42";

fn write(tx: &PgTx<'_>, r: &PushRecord) -> Result<(), Fault> {
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
    let values: &[&dyn ToColumn] = &[
        &r.id,
        &r.name,
        &fold(&r.name),
        &r.source.kind(),
        &kept(&r.groups),
        &login,
        &token_url,
        &api_url,
        &urls,
        &user,
        &ca,
        &plain,
        &schema,
        &base,
        &filter,
        &path,
        &target,
        &target_url,
        &target_ca,
        &o.destructive,
        &o.missing,
        &o.auto_approve,
        &o.verbose,
        &kept(&o.protected),
        &limits.users_removed,
        &limits.users_removed_percent,
        &limits.groups_deleted,
        &limits.groups_deleted_percent,
        &limits.members_removed,
        &limits.members_removed_percent,
        &limits.shrank_percent,
        &o.concurrency,
        &o.bulk,
        &schedule.map(|s| &s.cron),
        &schedule.map(|s| &s.time_zone),
        &schedule.is_some_and(|s| s.enabled),
        &schedule.and_then(|s| s.next_at),
        &r.confirmed_at,
        &r.people,
        &r.compared.as_ref().map(|compared| compared.at),
        &r.compared.as_ref().map(|compared| &compared.mark),
        &r.modified_at,
    ];
    change(tx.db, &format!("UPDATE push_record SET {SET} WHERE record_id = ?1"), values).map(drop)
}

impl PushRecords for PgTx<'_> {
    fn push_record(&mut self, id: i64) -> Result<Option<PushRecord>, Fault> {
        self.hold_appliance()?;
        first(self.db, concat!("SELECT ", columns!(), " FROM push_record WHERE record_id = ?1"), &[&id], record)
    }

    fn push_record_named(&mut self, folded: &str) -> Result<Option<PushRecord>, Fault> {
        first(self.db, concat!("SELECT ", columns!(), " FROM push_record WHERE name_folded = ?1"), &[&folded], record)
    }

    fn push_records(&mut self) -> Result<Vec<PushRecord>, Fault> {
        collect(self.db, concat!("SELECT ", columns!(), " FROM push_record ORDER BY name_folded"), &[], record)
    }

    fn insert_push_record(&mut self, record: &PushRecord) -> Result<(), Fault> {
        // The rest follows at once; this is what the conditions of the table ask for.
        let insert = "INSERT INTO push_record (record_id, name, name_folded, source, groups, target, destructive, missing,
              auto_approve, \"verbose\", protect, max_users_removed, max_users_removed_percent, max_groups_deleted,
              max_groups_deleted_percent, max_members_removed, max_members_removed_percent, max_shrink_percent, concurrency,
              created_at, created_by, modified_at)
            VALUES (?1, ?2, ?3, ?4, '[]', 0, 0, 'lock', FALSE, FALSE, '[]', 0, 0, 0, 0, 0, 0, 0, 1, ?5, ?6, ?5)";
        let values: &[&dyn ToColumn] = &[
            &record.id,
            &record.name,
            &fold(&record.name),
            &record.source.kind(),
            &record.created_at,
            &record.created_by,
        ];
        change(self.db, insert, values)?;
        write(self, record)
    }

    fn update_push_record(&mut self, record: &PushRecord) -> Result<(), Fault> {
        write(self, record)
    }

    fn delete_push_record(&mut self, id: i64) -> Result<(), Fault> {
        change(self.db, "DELETE FROM push_record WHERE record_id = ?1", &[&id]).map(drop)
    }

    fn push_secret(&mut self, id: i64, kind: SecretKind) -> Result<Option<Vec<u8>>, Fault> {
        let sql = match kind {
            SecretKind::Source => "SELECT source_secret FROM push_record WHERE record_id = ?1",
            SecretKind::Target => "SELECT target_token FROM push_record WHERE record_id = ?1",
        };
        Ok(first(self.db, sql, &[&id], |row| row.get(0))?.flatten())
    }

    fn keep_push_secret(&mut self, id: i64, kind: SecretKind, sealed: Option<&[u8]>) -> Result<(), Fault> {
        let sql = match kind {
            SecretKind::Source => "UPDATE push_record SET source_secret = ?2 WHERE record_id = ?1",
            SecretKind::Target => "UPDATE push_record SET target_token = ?2 WHERE record_id = ?1",
        };
        change(self.db, sql, &[&id, &sealed]).map(drop)
    }
}
