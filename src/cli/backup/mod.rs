//! `backup`: the database as a file of one moment, and the way back.

mod passphrase;
mod put_back;
mod schedule;

use super::failure::Told;
use super::verify::listed;
use super::{default_data_dir, output, say_warnings};
use crate::store::backup::{self, ASKED, BackupError, BackupWish, Checked, Found};
use crate::world;
use passphrase::PassphraseSource;
pub(super) use schedule::ScheduleArgs;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a backup, also while a server is running. It is checked before it gets its name.
    Create {
        #[command(flatten)]
        folder: Folder,
        /// Copy the key file of secrets (scimbox.key) beside the backup, too.
        #[arg(long)]
        with_key: bool,
        #[command(flatten)]
        passphrase: PassphraseSource,
    },
    /// List the backups of a folder, newest first.
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Check a backup from beginning to end; exit code 1 if it is not good.
    Verify {
        /// The backup.
        file: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseSource,
    },
    /// Put a backup in the place of the database. The server has to be stopped; the database of before is kept.
    Restore(put_back::Args),
}

/// Where backups are.
#[derive(clap::Args)]
pub(super) struct Folder {
    /// The folder of backups; without it “backups” in the data folder.
    #[arg(long = "to", visible_alias = "in", env = "SCIMBOX_BACKUP_DIR", value_name = "DIR")]
    to: Option<PathBuf>,
}

impl Folder {
    fn path(self, dir: &Path) -> PathBuf {
        self.to.unwrap_or_else(|| dir.join(backup::FOLDER))
    }
}

pub(super) fn run(data_dir: Option<PathBuf>, json: bool, command: Command) -> anyhow::Result<()> {
    say_warnings(json);
    let dir = data_dir.unwrap_or_else(default_data_dir);
    match command {
        Command::Create { folder, with_key, passphrase } => {
            let passphrase = passphrase.new_one()?;
            create(&dir, &folder.path(&dir), with_key, passphrase.as_deref().map(String::as_str), json)
        }
        Command::List { folder } => list(&folder.path(&dir), json),
        Command::Verify { file, passphrase } => verify(&dir, &file, &passphrase, json),
        Command::Restore(args) => put_back::run(&dir, args, json),
    }
}

fn create(dir: &Path, to: &Path, with_key: bool, passphrase: Option<&str>, json: bool) -> anyhow::Result<()> {
    let wish = BackupWish { dir, to, name: ASKED, passphrase, with_key, now: world::now(), chance: world::random()? };
    let bar = match json {
        true => indicatif::ProgressBar::hidden(),
        // Draws nothing where there is no terminal.
        false => indicatif::ProgressBar::new(0).with_message("pages"),
    };
    let written = backup::create(&wish, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let written = written?;
    let file = std::path::absolute(&written.file)?;
    if json {
        return output::json(&json!({
            "file": file, "bytes": written.bytes, "sha256": written.sha256, "schema": written.schema,
            "verified": true, "created_at": written.created_at.to_string(), "key_file": written.key_file,
        }));
    }
    let mut text = format!("{}\n  {} bytes, checked. SHA-256 {}", file.display(), written.bytes, written.sha256);
    match (&written.key_file, with_key) {
        (Some(key), _) => text.push_str(&format!("\n  With the key of secrets: {}", key.display())),
        (None, true) => text.push_str("\n  There is no key file: no secret is kept."),
        (None, false) => {}
    }
    output::text(&text)
}

fn list(folder: &Path, json: bool) -> anyhow::Result<()> {
    let found = backup::list(folder)?;
    if json {
        return output::json(&found.iter().map(view).collect::<Vec<_>>());
    }
    let rows = found.into_iter().map(|one| {
        let kind = if one.scheduled { "schedule" } else { "asked for" };
        let sealed = if one.sealed { "yes" } else { "no" };
        let (at, schema) = (one.created_at.to_string(), one.schema.to_string());
        [at, one.file.display().to_string(), one.bytes.to_string(), schema, kind.to_owned(), sealed.to_owned()]
    });
    output::table(["MADE AT", "FILE", "BYTES", "SCHEMA", "MADE BY", "SEALED"], rows)
}

fn view(one: &Found) -> Value {
    json!({
        "file": one.file, "bytes": one.bytes, "created_at": one.created_at.to_string(), "schema": one.schema,
        "sealed": one.sealed, "scheduled": one.scheduled, "with_key": one.with_key,
    })
}

fn verify(dir: &Path, file: &Path, passphrase: &PassphraseSource, json: bool) -> anyhow::Result<()> {
    // What is sealed is opened where nobody else may look.
    let made;
    let work = match dir.is_dir() {
        true => dir,
        false => {
            made = Scratch::make()?;
            &made.0
        }
    };
    let passphrase = passphrase.of(file)?;
    let checked = backup::check(file, work, passphrase.as_deref().map(String::as_str), world::now());
    let checked = match checked {
        // Changed bytes and a wrong passphrase look alike: either way it cannot be relied on.
        Err(BackupError::Locked(_)) if json => {
            let said = "it does not open with this passphrase, or it was changed";
            output::json(&json!({ "file": file, "verified": false, "ok": false,
                "problems": [{ "check": "checksum", "found": said }] }))?;
            return Err(Told.into());
        }
        checked => checked?,
    };
    let good = checked.problems.is_empty();
    if json {
        output::json(&report(file, &checked))?;
    } else if good {
        let about = checked.created_at.map_or("made by other means".to_owned(), |at| format!("made at {at}"));
        output::text(&format!("The backup is good: {about}, SHA-256 {}", checked.sha256))?;
    } else {
        let rows = checked.problems.iter().map(|one| [one.check.to_owned(), one.found.clone()]);
        output::table(["CHECK", "FOUND"], rows)?;
    }
    if good { Ok(()) } else { Err(Told.into()) }
}

/// A backup that was looked at, as JSON.
fn report(file: &Path, checked: &Checked) -> Value {
    let good = checked.problems.is_empty();
    json!({
        "file": file, "bytes": checked.bytes, "sha256": checked.sha256, "schema": checked.schema,
        "verified": good, "created_at": checked.created_at.map(|at| at.to_string()),
        "ok": good, "problems": listed(&checked.problems),
    })
}

/// A folder for the time of a look.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> anyhow::Result<Scratch> {
        use std::os::unix::fs::DirBuilderExt;
        let path = std::env::temp_dir().join(format!("scimbox-check-{}", world::secret()?));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
