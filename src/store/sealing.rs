//! Secrets that have to be read again: sealed with a key that lies in a file beside the database, so that whoever has only the
//! database has none of them.

use super::sqlite::private_file::private;
use crate::domain::Error;
use data_encoding::HEXLOWER;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The key file. One key a line, the newest first; there is more than one only while a new key takes over.
const FILE: &str = "scimbox.key";
/// The key file that is being written.
const NEXT: &str = "scimbox.key.new";
/// Whoever seals holds it together with others, whoever changes the key holds it alone.
const LOCK: &str = "scimbox.key.lock";
/// How each line begins.
const PREFIX: &str = "scimbox-key-1:";
/// The first byte of what is sealed.
const VERSION: u8 = 1;
/// How many bytes name the key.
const ID: usize = 8;

/// Why a secret cannot be sealed or opened. Everything else goes on.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// There is no key file.
    #[error(
        "The key file “{}” is missing, so the secrets that are kept cannot be opened. Put it back, or enter the secrets again.",
        .0.display()
    )]
    Missing(PathBuf),
    /// It holds no key that these bytes were sealed with.
    #[error(
        "The key file “{}” is not the one that a secret was sealed with, or the secret was changed. Put the right one back, or enter the secret again.",
        .0.display()
    )]
    Wrong(PathBuf),
    /// It is not a key file.
    #[error("“{}” is no key file of Scimbox. Put the right one back, or move it away and enter the secrets again.", .0.display())]
    Unreadable(PathBuf),
    /// Others may read or write it.
    #[error(
        "Others may read or write the key file “{}”, or it belongs to somebody else. “chmod 600” and “chown” make it yours alone; if others may have read it, run “scimbox push record rotate-key”.",
        .0.display()
    )]
    Open(PathBuf),
    /// It cannot be read or written.
    #[error("The key file “{}” cannot be used: {}.", .0.display(), .1)]
    Failed(PathBuf, std::io::Error),
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Error {
        Error::SecretsLocked(error.to_string())
    }
}

/// A key.
struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// What names it without telling it.
    fn id(&self) -> [u8; ID] {
        let digest = Sha256::new().chain_update(b"scimbox key ").chain_update(self.0.as_slice()).finalize();
        let mut id = [0; ID];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        id
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, self.0.as_slice()).ok().map(LessSafeKey::new)
    }

    /// The id of the key, the nonce, and the sealed bytes with their tag.
    fn seal(&self, name: &str, plain: &[u8], nonce: [u8; NONCE_LEN]) -> Option<Vec<u8>> {
        let mut bytes = Zeroizing::new(plain.to_vec());
        let nonce_text = nonce;
        let tag = self.cipher()?.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(name.as_bytes()),
            bytes.as_mut_slice(),
        );
        let tag = tag.ok()?;
        Some([&[VERSION][..], &self.id(), &nonce_text, &bytes, tag.as_ref()].concat())
    }

    fn open(&self, name: &str, nonce: [u8; NONCE_LEN], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = self.cipher()?.open_in_place(nonce, Aad::from(name.as_bytes()), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn line(&self) -> Zeroizing<String> {
        let hex = Zeroizing::new(HEXLOWER.encode(self.0.as_slice()));
        Zeroizing::new(format!("{PREFIX}{}\n", *hex))
    }
}

/// The right to seal. While it is held the key stays, so what was sealed has to be written before it is dropped.
pub struct Sealing {
    key: Key,
    file: PathBuf,
    _lock: File,
}

impl Sealing {
    /// Takes the key of a data folder; where there is none, `chance` becomes one.
    pub(super) fn begin(dir: &Path, chance: [u8; 32]) -> Result<Sealing, SealError> {
        let file = dir.join(FILE);
        let lock = lock(dir)?;
        lock.lock_shared().map_err(|e| SealError::Failed(file.clone(), e))?;
        let key = match newest(dir) {
            Err(SealError::Missing(_)) => {
                make(dir, &Key(Zeroizing::new(chance)))?;
                newest(dir)?
            }
            found => found?,
        };
        Ok(Sealing { key, file, _lock: lock })
    }

    /// Seals bytes as what `name` says. The nonce must be random.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, name: &str, plain: &[u8], nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, SealError> {
        self.key.seal(name, plain, nonce).ok_or_else(|| SealError::Unreadable(self.file.clone()))
    }
}

/// Opens what was sealed as `name`.
pub(super) fn open(dir: &Path, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let keys = keys(dir)?;
    let opened = || {
        let (version, rest) = sealed.split_first()?;
        let (id, rest) = rest.split_first_chunk::<ID>()?;
        let (nonce, bytes) = rest.split_first_chunk::<NONCE_LEN>()?;
        let key = keys.iter().find(|key| key.id() == *id).filter(|_| *version == VERSION)?;
        key.open(name, *nonce, bytes)
    };
    opened().ok_or_else(|| SealError::Wrong(dir.join(FILE)))
}

/// Takes a new key. `work` seals everything again and writes it in one go; until it has, both keys open what they sealed, so a
/// process that is killed at any moment leaves nothing that cannot be opened.
pub(super) fn rotate<T, E: From<SealError>>(
    dir: &Path,
    chance: [u8; 32],
    work: impl FnOnce(&Sealing) -> Result<T, E>,
) -> Result<T, E> {
    let file = dir.join(FILE);
    let lock = lock(dir)?;
    lock.lock().map_err(|e| SealError::Failed(file.clone(), e))?;
    let old = keys(dir)?;
    let new = Key(Zeroizing::new(chance));
    let both: Vec<&Key> = std::iter::once(&new).chain(&old).collect();
    replace(dir, &both)?;
    let sealing = Sealing { key: new, file, _lock: lock };
    let done = work(&sealing)?;
    replace(dir, &[&sealing.key])?;
    Ok(done)
}

/// The text of the key file, for a backup; `None` where there is none.
pub(super) fn key_text(dir: &Path) -> Result<Option<Zeroizing<String>>, SealError> {
    match keys(dir) {
        Err(SealError::Missing(_)) => Ok(None),
        found => Ok(Some(Zeroizing::new(found?.iter().map(|key| key.line().as_str().to_owned()).collect()))),
    }
}

/// Puts the keys of such a text before those that are there.
pub(super) fn add_keys(dir: &Path, text: &str) -> Result<(), SealError> {
    let file = dir.join(FILE);
    let lock = lock(dir)?;
    lock.lock().map_err(|e| SealError::Failed(file.clone(), e))?;
    let mut all = parse(text).ok_or(SealError::Unreadable(file))?;
    match keys(dir) {
        Err(SealError::Missing(_)) => {}
        there => {
            for key in there? {
                if all.iter().all(|known| known.id() != key.id()) {
                    all.push(key);
                }
            }
        }
    }
    replace(dir, &all.iter().collect::<Vec<_>>())
}

/// The keys of a text, one a line, at least one.
fn parse(text: &str) -> Option<Vec<Key>> {
    let key = |line: &str| {
        let bytes = Zeroizing::new(HEXLOWER.decode(line.strip_prefix(PREFIX)?.as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Key(Zeroizing::new(bytes)))
    };
    let keys: Option<Vec<Key>> = text.lines().map(key).collect();
    keys.filter(|keys| !keys.is_empty())
}

fn lock(dir: &Path) -> Result<File, SealError> {
    let path = dir.join(LOCK);
    let mut options = private();
    let options = options.create(true).truncate(false).custom_flags(nofollow());
    options.open(&path).map_err(|e| SealError::Failed(path, e))
}

/// A link that somebody has put there would have us write or read elsewhere.
fn nofollow() -> i32 {
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
}

fn newest(dir: &Path) -> Result<Key, SealError> {
    keys(dir)?.into_iter().next().ok_or_else(|| SealError::Unreadable(dir.join(FILE)))
}

/// The keys of the file, at least one.
fn keys(dir: &Path) -> Result<Vec<Key>, SealError> {
    let path = dir.join(FILE);
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => SealError::Missing(path.clone()),
        _ => SealError::Failed(path.clone(), e),
    };
    let file = File::options().read(true).custom_flags(nofollow()).open(&path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if found.permissions().mode() & 0o077 != 0 || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(SealError::Open(path));
    }
    // One that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(4096));
    file.take(4096).read_to_string(&mut text).map_err(|_| SealError::Unreadable(path.clone()))?;
    parse(&text).ok_or(SealError::Unreadable(path))
}

/// Makes the key file where there is none. Should another process be faster, its key is the key.
fn make(dir: &Path, key: &Key) -> Result<(), SealError> {
    let path = dir.join(FILE);
    let failed = |e| SealError::Failed(path.clone(), e);
    // Whole from the first moment on that it has its name.
    let part = dir.join(format!("{NEXT}.{}", std::process::id()));
    write(&part, &[key]).map_err(failed)?;
    let linked = std::fs::hard_link(&part, &path);
    std::fs::remove_file(&part).map_err(failed)?;
    match linked {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(failed(e)),
        _ => keep_folder(dir).map_err(failed),
    }
}

/// Puts these keys in the place of those that are there, in one step.
fn replace(dir: &Path, keys: &[&Key]) -> Result<(), SealError> {
    let (path, next) = (dir.join(FILE), dir.join(NEXT));
    let replaced = write(&next, keys).and_then(|()| std::fs::rename(&next, &path)).and_then(|()| keep_folder(dir));
    replaced.map_err(|e| SealError::Failed(path, e))
}

fn write(path: &Path, keys: &[&Key]) -> std::io::Result<()> {
    // What a killed process left there.
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = private().create_new(true).open(path)?;
    for key in keys {
        file.write_all(key.line().as_bytes())?;
    }
    file.sync_all()
}

/// The name is on the disk, too.
fn keep_folder(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}
