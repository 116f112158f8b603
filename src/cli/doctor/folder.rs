//! What `doctor` looks at on this machine: data folder, disk, database, server, backups and mail.

use super::Check;
use crate::cli::health;
use crate::domain::{Error, Tx, mail};
use crate::store::{self, DatabaseAddress, Store, backup};
use crate::{jobs, world};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// A disk with less room than this is said to be full soon, in bytes.
const ROOM: u64 = 256 << 20;
/// A backup that is older than this is too old, in milliseconds.
const OLD: i64 = 7 * DAY;
const DAY: i64 = 86_400_000;

pub(super) fn look(dir: &Path, backups: Option<&Path>, checks: &mut Vec<Check>) {
    let there = folder(dir);
    let is_there = there.ok;
    checks.push(there);
    if !is_there && !dir.is_dir() {
        return;
    }
    checks.push(disk(dir));
    let (database, usable) = database(dir);
    checks.push(database);
    let default = dir.join(backup::FOLDER);
    checks.push(newest_backup(dir, backups.unwrap_or(&default)));
    if usable && is_there {
        let opened = world::random()
            .map_err(|e| e.to_string())
            .and_then(|chance| Store::open(dir, world::now(), chance).map_err(|e| e.to_string()));
        checks.extend(of_store(opened));
    }
}

/// The same where the rows are in a database; the folder then holds keys alone.
pub(super) fn look_beside(dir: &Path, address: &DatabaseAddress, checks: &mut Vec<Check>) {
    const NAME: &str = "database";
    if dir.is_dir() {
        checks.push(folder(dir));
        checks.push(disk(dir));
    }
    let usable = match store::glance_at(address) {
        Err(error) => {
            checks.push(Check::bad(NAME, error.to_string(), "Look at PostgreSQL and at the way to it."));
            false
        }
        Ok((None, _)) => {
            checks.push(
                Check::good(NAME, format!("“{address}” is empty")).advises("A start makes a new appliance in it."),
            );
            false
        }
        Ok((Some(schema), known)) => {
            let result = format!("“{address}” has schema {schema}, this program has {known}");
            let check = Check::good(NAME, result);
            checks.push(match schema == known {
                true => check,
                false => check.advises("The next start upgrades it. Stop all instances and back it up before."),
            });
            schema == known
        }
    };
    if usable {
        let opened = world::random()
            .map_err(|e| e.to_string())
            .and_then(|chance| Store::open_on(address, dir, chance).map(|(store, _)| store).map_err(|e| e.to_string()));
        checks.extend(of_store(opened));
    }
}

fn folder(dir: &Path) -> Check {
    const NAME: &str = "data folder";
    let at = dir.display();
    let Ok(found) = dir.metadata() else {
        return Check::bad(NAME, format!("“{at}” is not there"), "Name the data folder with --data-dir.");
    };
    if found.uid() != rustix::process::geteuid().as_raw() {
        let remedy = "Run doctor as the user who runs the server, or give that user the folder with “chown -R”.";
        return Check::bad(NAME, format!("“{at}” belongs to another user"), remedy);
    }
    let files = ["scimbox.db", "scimbox.db-wal", "scimbox.db-shm", "scimbox.key"].map(|name| dir.join(name));
    let open = std::iter::once(dir.to_owned())
        .chain(files)
        .find(|path| path.metadata().is_ok_and(|found| found.permissions().mode() & 0o077 != 0));
    match open {
        Some(path) => {
            let remedy = format!("chmod go= “{}”", path.display());
            Check::bad(NAME, format!("others may enter or read “{}”", path.display()), remedy)
        }
        None => Check::good(NAME, format!("“{at}” is private")),
    }
}

fn disk(dir: &Path) -> Check {
    const NAME: &str = "disk";
    match rustix::fs::statvfs(dir) {
        Ok(disk) => {
            let (left, all) =
                (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize));
            // A backup and a rehearsal of a restore take as much again.
            let database = dir.join("scimbox.db").metadata().map_or(0, |found| found.len());
            let result = format!("{} MiB of {} MiB are free", left >> 20, all >> 20);
            match left < ROOM.max(database) {
                true => Check::bad(NAME, result, "Make room, or move the data folder to a larger disk."),
                false => Check::good(NAME, result),
            }
        }
        Err(error) => Check::bad(NAME, error.to_string(), "Look at the disk."),
    }
}

/// What the database is, and whether it can be opened without changing it.
fn database(dir: &Path) -> (Check, bool) {
    const NAME: &str = "database";
    match store::glance(dir) {
        Err(error) => {
            (Check::bad(NAME, error.to_string(), "See “When it does not start” in docs/operations.md."), false)
        }
        Ok(found) => {
            let store::Glance { schema, known, wrong } = found;
            let result = format!("schema {schema}, this program has {known}");
            if let Some(wrong) = wrong {
                let remedy = "Restore a backup: scimbox backup restore FILE";
                return (Check::bad(NAME, format!("{result}; {wrong}"), remedy), false);
            }
            match schema.cmp(&known) {
                std::cmp::Ordering::Equal => (Check::good(NAME, result), true),
                std::cmp::Ordering::Less => {
                    (Check::good(NAME, result).advises("The next start upgrades it. Make a backup before."), false)
                }
                std::cmp::Ordering::Greater => (Check::bad(NAME, result, "Install the newer program."), false),
            }
        }
    }
}

fn newest_backup(dir: &Path, folder: &Path) -> Check {
    const NAME: &str = "backup";
    const MAKE: &str = "scimbox backup create, or a schedule: scimbox settings set backup_hours 24";
    let now = world::now();
    match backup::list(folder) {
        Err(error) => Check::bad(NAME, error.to_string(), "Make the folder of backups readable."),
        Ok(all) => match all.first() {
            Some(newest) => {
                let age = now.0 - newest.created_at.0;
                let result = format!("the newest is {} hours old: {}", age / 3_600_000, newest.file.display());
                if age > OLD { Check::bad(NAME, result, MAKE) } else { Check::good(NAME, result) }
            }
            None => {
                // Made with the database, and never touched again.
                let since = dir.join("scimbox.mark").metadata().map_or(now.0, |found| found.mtime() * 1000);
                let result = format!("there is none in “{}”", folder.display());
                match now.0 - since > OLD {
                    true => Check::bad(NAME, result, MAKE),
                    false => Check::good(NAME, format!("{result}; the appliance is new")).advises(MAKE),
                }
            }
        },
    }
}

/// What only the database tells: the mail server, and where the running server listens.
fn of_store(opened: Result<Store, String>) -> Vec<Check> {
    let store = match opened {
        Ok(store) => store,
        Err(said) => return vec![Check::bad("database", said, "See “When it does not start” in docs/operations.md.")],
    };
    let read =
        store.read(|tx: &mut dyn Tx| mail::server(tx)).and_then(|mail| Ok::<_, Error>((mail, store.listen_url()?)));
    let checks = match read {
        Ok((mail, listening)) => vec![server(store.is_served(), listening), mail_server(mail)],
        Err(error) => vec![Check::bad("database", error.to_string(), "scimbox verify")],
    };
    store.close();
    checks
}

fn server(is_served: bool, listening: Option<String>) -> Check {
    const NAME: &str = "server";
    match (is_served, listening) {
        (false, _) => Check::good(NAME, "no server is running on this data folder").advises("scimbox serve"),
        (true, None) => Check::good(NAME, "a server is starting or stopping"),
        (true, Some(url)) => match health::ready(&url) {
            Ok(200) => Check::good(NAME, format!("{url} reads and writes")),
            Ok(status) => {
                let remedy = "Its log says what keeps it from writing.";
                Check::bad(NAME, format!("{url} answers {status} to /readyz"), remedy)
            }
            Err(error) => Check::bad(NAME, format!("{url}: {error}"), "Restart the server, and look at its log."),
        },
    }
}

fn mail_server(server: Option<mail::MailServer>) -> Check {
    const NAME: &str = "mail";
    let Some(mut server) = server else {
        let advice = "scimbox settings set mail_host HOST, if invitations shall go out by mail";
        return Check::good(NAME, "no mail server is set: invitations stay in the outbox").advises(advice);
    };
    server.password = std::env::var("SCIMBOX_MAIL_PASSWORD").ok();
    let at = format!("{}:{}", server.host, server.port);
    match jobs::reach(&server) {
        Ok(()) => Check::good(NAME, format!("{at} answers")),
        Err(said) => Check::bad(NAME, format!("{at}: {said}"), "Compare mail_host, mail_port, mail_tls and mail_user."),
    }
}
