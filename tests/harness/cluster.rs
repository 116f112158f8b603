//! The PostgreSQL that the program keeps its rows in when the tests run with `SCIMBOX_TEST_STORE=postgres`: a cluster for a test
//! process, a database for each data folder.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock};

/// Whether the rows are in PostgreSQL.
pub fn on_postgres() -> bool {
    std::env::var("SCIMBOX_TEST_STORE").is_ok_and(|store| store == "postgres")
}

/// Whether the rows are in a file; says which test asks, where they are not.
pub fn has_file() -> bool {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    if on_postgres() {
        println!("OF THE FILE: {test}");
    }
    !on_postgres()
}

/// A server of databases. The shell that started it ends it, and removes its folder, when the pipe to that shell closes:
/// also when the tests are killed.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    host: String,
    made: AtomicU32,
    template: Once,
    server: Mutex<Option<(Child, ChildStdin)>>,
}

/// Where the rows of a data folder are.
#[derive(Clone)]
pub struct Database {
    pub cluster: Arc<Cluster>,
    pub name: String,
    /// HOST:PORT that it is reached by, where that is not its server.
    door: Option<String>,
    /// Whether that is a pooler.
    is_pooled: bool,
}

/// Which data folders have their rows in a database.
static KNOWN: Mutex<BTreeMap<PathBuf, Database>> = Mutex::new(BTreeMap::new());

/// The cluster of this process, for every test that asks for none of its own. `Err` says why there is none.
pub fn cluster() -> Result<Arc<Cluster>, String> {
    static CLUSTER: OnceLock<Result<Arc<Cluster>, String>> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(90).map(Arc::new)).clone()
}

/// The database of a data folder; `None` where the folder has a file.
pub fn database_of(data: &Path) -> Option<Database> {
    if let Some(known) = KNOWN.lock().unwrap().get(data) {
        return Some(known.clone());
    }
    if !on_postgres() {
        return None;
    }
    let cluster = cluster().unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why}"));
    Some(cluster.fresh().of(data))
}

impl Database {
    /// Gives it to a data folder; several may have the same.
    pub fn of(self, data: &Path) -> Database {
        KNOWN.lock().unwrap().insert(data.to_owned(), self.clone());
        self
    }

    /// Its address.
    pub fn url(&self) -> String {
        let door = self.door.clone().unwrap_or_else(|| self.server());
        let pooled = if self.is_pooled { "&prepare=no" } else { "" };
        format!("postgres://scimbox@{door}/{}?sslmode=disable{pooled}", self.name)
    }

    /// HOST:PORT of its server.
    pub fn server(&self) -> String {
        format!("{}:5432", self.cluster.host)
    }

    /// The same, reached by way of another HOST:PORT.
    pub fn by_way_of(&self, door: &str) -> Database {
        Database { door: Some(door.to_owned()), ..self.clone() }
    }

    /// The same, where that is a pooler that knows no prepared statements.
    pub fn pooled_at(&self, door: &str) -> Database {
        Database { is_pooled: true, ..self.by_way_of(door) }
    }

    /// What statements come to: a line for each row.
    #[track_caller]
    pub fn ask(&self, sql: &str) -> String {
        self.cluster.ask(&self.name, sql)
    }
}

/// Forgets the database of a data folder, and drops it when no other has it.
pub fn forget(data: &Path) {
    let mut known = KNOWN.lock().unwrap();
    let Some(gone) = known.remove(data) else { return };
    let is_other = |other: &Database| other.name == gone.name && Arc::ptr_eq(&other.cluster, &gone.cluster);
    if !known.values().any(is_other) && gone.cluster.is_up() {
        drop(known);
        // Also while a test fails, so nothing is made of a failure here.
        let _ = gone.cluster.psql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", gone.name)).output();
    }
}

const RUN: &str = r#"
folder=$1
shift
rm -f "$folder/log"
touch "$folder/log"
"$@" < /dev/null >> "$folder/log" 2>&1 &
server=$!
until grep -q 'ready to accept connections' "$folder/log"; do
  kill -0 $server 2> /dev/null || { tail -n 5 "$folder/log"; break; }
  sleep 0.02
done
echo started
while read -r order; do
  case $order in
    stop) kill -INT $server; wait $server; exit;;
    kill) kill -QUIT $server; wait $server; exit;;
  esac
done
kill -INT $server
wait $server
rm -rf "$folder"
"#;

impl Cluster {
    /// A new one on a loopback address that only this process uses. `Err` says why there is none here.
    pub fn start(network: u8) -> Result<Cluster, String> {
        let programs = programs().ok_or("postgresql is missing (tests/run installs it)")?;
        let folder = tempfile::Builder::new().prefix("scimbox-postgres-").tempdir().unwrap().keep();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let pid = std::process::id();
        let host = format!("127.{network}.{}.{}", pid >> 8 & 0xff, (pid & 0xff).max(1));
        let cluster = Cluster {
            programs,
            folder,
            host,
            made: AtomicU32::new(0),
            template: Once::new(),
            server: Mutex::new(None),
        };
        let made = cluster
            .program("initdb")
            .args(["-U", "scimbox", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(cluster.folder.join("data"))
            .output()
            .unwrap();
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into_owned());
        }
        cluster.up();
        Ok(cluster)
    }

    /// Starts the server, also again after [`Cluster::down`].
    #[track_caller]
    pub fn up(&self) {
        let mut settings = vec![
            format!("listen_addresses={}", self.host),
            format!("unix_socket_directories={}", self.folder.display()),
            "fsync=off".to_owned(),
            "max_connections=600".to_owned(),
            "shared_buffers=64MB".to_owned(),
            "autovacuum_naptime=5min".to_owned(),
        ];
        if let Ok(level) = std::env::var("SCIMBOX_TEST_ISOLATION") {
            settings.push(format!("default_transaction_isolation={level}"));
        }
        let mut command = Command::new("sh");
        command.args(["-c", RUN, "sh"]).arg(&self.folder).arg(self.programs.join("postgres"));
        command.arg("-D").arg(self.folder.join("data")).args(["-p", "5432"]);
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        unprivileged(&mut command);
        let mut shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let pipe = shell.stdin.take().unwrap();
        let mut said = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "started", "PostgreSQL does not start");
        *self.server.lock().unwrap() = Some((shell, pipe));
    }

    /// Ends the server: in order, or as a crash would.
    pub fn down(&self, crash: bool) {
        use std::io::Write;
        let Some((mut shell, mut pipe)) = self.server.lock().unwrap().take() else { return };
        pipe.write_all(if crash { b"kill\n" } else { b"stop\n" }).unwrap();
        shell.wait().unwrap();
    }

    /// A new empty database.
    #[track_caller]
    pub fn empty(self: &Arc<Cluster>) -> Database {
        self.copy("template0")
    }

    /// A new database with an appliance in which nothing has happened yet.
    #[track_caller]
    pub fn fresh(self: &Arc<Cluster>) -> Database {
        self.template.call_once(|| {
            let template = self.copy("template0");
            let folder = tempfile::tempdir().unwrap();
            let mut first = super::program();
            first.env("SCIMBOX_STORE", template.url()).arg("--data-dir").arg(folder.path().join("data"));
            let made = first.args(["node", "list"]).output().unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            self.ask("postgres", &format!("ALTER DATABASE {} RENAME TO fresh", template.name));
        });
        self.copy("fresh")
    }

    fn copy(self: &Arc<Cluster>, template: &str) -> Database {
        let name = format!("t{}", self.made.fetch_add(1, Ordering::SeqCst));
        self.ask("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Database { cluster: Arc::clone(self), name, door: None, is_pooled: false }
    }

    fn is_up(&self) -> bool {
        self.server.lock().unwrap().is_some()
    }

    /// What a statement comes to: a line for each row.
    #[track_caller]
    pub fn ask(&self, name: &str, sql: &str) -> String {
        let said = self.psql(name, sql).output().unwrap();
        assert!(said.status.success(), "{sql}: {}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim_end().to_owned()
    }

    /// What the server has written down since it started.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("log")).unwrap()).into_owned()
    }

    /// Everything that a database holds, as text.
    pub fn dump(&self, name: &str) -> Vec<u8> {
        let dumped = self.program("pg_dump").args(["-h", &self.host, "-U", "scimbox", name]).output().unwrap();
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        dumped.stdout
    }

    fn psql(&self, name: &str, sql: &str) -> Command {
        let mut psql = self.program("psql");
        psql.args(["-XAt", "-v", "ON_ERROR_STOP=1", "-h", &self.host, "-U", "scimbox", "-d", name, "-c", sql]);
        psql
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
        unprivileged(&mut command);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.down(false);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The account that owns nothing.
const NOBODY: u32 = 65534;

/// PostgreSQL refuses to run as root.
fn unprivileged(command: &mut Command) {
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
}

/// Has a program run as the account that owns nothing, and gives these to that account.
pub fn as_nobody(command: &mut Command, all: &[&Path]) {
    if rustix::process::geteuid().is_root() {
        all.iter().for_each(|one| std::os::unix::fs::chown(one, Some(NOBODY), Some(NOBODY)).unwrap());
    }
    unprivileged(command);
}

/// The folder of the newest programs, as Debian has them.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest =
        versions.filter_map(|version| Some((version.ok()?.file_name().to_str()?.parse::<u32>().ok()?, ()))).max();
    let found = PathBuf::from(format!("/usr/lib/postgresql/{}/bin", newest?.0));
    found.join("postgres").exists().then_some(found)
}
