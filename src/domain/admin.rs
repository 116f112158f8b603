//! Administrators: who may sign in to the console, how the first one comes to be, and their passwords.

use super::event::{Event, EventKind};
use super::role::Role;
use super::{
    Act, Error, Fault, Noun, Result, Time, Tx, api_key, fold, is_email, token::digest, weak_password,
    weak_password::Weakness,
};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;

/// An administrator.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Its number.
    pub id: i64,
    /// The address to sign in with.
    pub email: String,
    /// How it is greeted.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
    /// What it may do.
    pub role: Role,
}

/// What administrators need of a store.
pub trait Admins {
    /// All of them, oldest first.
    fn admins(&mut self) -> Result<Vec<Admin>, Fault>;
    /// One by its folded address, with the argon2id hash of its password.
    fn admin_by_email(&mut self, folded: &str) -> Result<Option<(Admin, String)>, Fault>;
    /// Adds one and returns it with its number.
    fn insert_admin(&mut self, admin: Admin, folded: &str, password: &str) -> Result<Admin, Fault>;
    /// Another name.
    fn rename_admin(&mut self, id: i64, name: &str) -> Result<(), Fault>;
    /// Another role.
    fn set_role(&mut self, id: i64, role: Role) -> Result<(), Fault>;
    /// Removes one with its sessions.
    fn delete_admin(&mut self, id: i64) -> Result<(), Fault>;
    /// When an administrator was last here, as far as open sessions tell.
    fn admin_seen_at(&mut self, id: i64) -> Result<Option<Time>, Fault>;
    /// Another password.
    fn set_password(&mut self, id: i64, password: &str) -> Result<(), Fault>;
    /// Digest and end of the set-up link that is out.
    fn setup_link(&mut self) -> Result<Option<([u8; 32], Time)>, Fault>;
    /// Replaces the set-up link, or removes it.
    fn set_setup_link(&mut self, link: Option<([u8; 32], Time)>) -> Result<(), Fault>;
    /// Whose link for a new password this is, and its end.
    fn reset_link(&mut self, digest: &[u8; 32]) -> Result<Option<(i64, Time)>, Fault>;
    /// Replaces the link of an administrator, or removes it.
    fn set_reset_link(&mut self, admin: i64, link: Option<([u8; 32], Time)>) -> Result<(), Fault>;
}

/// What a new administrator says of itself, with the password hashed already.
#[derive(Clone, Debug)]
pub struct NewAdmin {
    /// The address to sign in with.
    pub email: String,
    /// How it is greeted; empty for the address.
    pub name: String,
    /// From [`Hasher::hash`].
    pub password: String,
    /// What it may do. The first one is an owner; another of whom nothing is said is an administrator.
    pub role: Option<Role>,
}

/// Puts a set-up link out, replacing the last one. Only its hash is kept; it works once, for 30 minutes.
pub fn offer_setup(tx: &mut dyn Tx, act: &Act, secret: &str) -> Result<()> {
    if !tx.admins()?.is_empty() {
        return Err(Error::SetupAlreadyDone);
    }
    Ok(tx.set_setup_link(Some((digest(secret), act.now.plus_minutes(30))))?)
}

/// Whether a set-up link would work now.
pub fn check_setup(tx: &mut dyn Tx, now: Time, secret: &str) -> Result<()> {
    if !tx.admins()?.is_empty() {
        return Err(Error::SetupAlreadyDone);
    }
    match tx.setup_link()? {
        Some((expected, until)) if now < until && bool::from(expected.ct_eq(&digest(secret))) => Ok(()),
        _ => Err(Error::SetupLinkExpired),
    }
}

/// The first administrator, by the set-up link, which dies with it.
pub fn set_up(tx: &mut dyn Tx, act: &Act, secret: &str, admin: &NewAdmin) -> Result<Admin> {
    check_setup(tx, act.now, secret)?;
    create(tx, act, admin)
}

/// Another administrator.
pub fn create(tx: &mut dyn Tx, act: &Act, admin: &NewAdmin) -> Result<Admin> {
    let folded = fold(&admin.email);
    if tx.admin_by_email(&folded)?.is_some() {
        return Err(Error::AdminExists(admin.email.clone()));
    }
    let name = if admin.name.trim().is_empty() { &admin.email } else { &admin.name };
    let role = match (tx.admins()?.is_empty(), admin.role) {
        (true, None | Some(Role::Owner)) => Role::Owner,
        (true, Some(_)) => return Err(Error::Invalid("role", "the first administrator is an owner".to_owned())),
        (false, role) => role.unwrap_or(Role::Administrator),
    };
    let row = Admin { id: 0, email: admin.email.clone(), name: name.clone(), created_at: act.now, role };
    tx.set_setup_link(None)?;
    let made = tx.insert_admin(row, &folded, &admin.password)?;
    let event = Event::new(EventKind::AdminCreated).object(made.email.clone()).is("name", made.name.as_str());
    tx.record(act, &event.is("role", made.role.word()))?;
    Ok(made)
}

/// The administrator, or a refusal that names it.
pub fn get(tx: &mut dyn Tx, id: i64) -> Result<Admin> {
    let found = tx.admins()?.into_iter().find(|admin| admin.id == id);
    found.ok_or_else(|| Error::NotFound(Noun::Admin, id.to_string()))
}

/// Changes how an administrator is greeted and what it may do. The last owner stays one.
pub fn edit(tx: &mut dyn Tx, act: &Act, id: i64, name: Option<&str>, role: Option<Role>) -> Result<Admin> {
    let before = get(tx, id)?;
    let mut admin = before.clone();
    let mut event = Event::new(EventKind::AdminUpdated).object(admin.email.clone());
    if let Some(name) = name {
        if name.trim().is_empty() || name.chars().count() > 200 || super::flawed_name(name).is_some() {
            return Err(Error::Invalid("name", "expected 1 to 200 characters".to_owned()));
        }
        tx.rename_admin(id, name)?;
        event = event.changed("name", before.name.as_str(), name);
        name.clone_into(&mut admin.name);
    }
    if let Some(role) = role.filter(|role| *role != admin.role) {
        check_owner_stays(tx, &admin)?;
        tx.set_role(id, role)?;
        event = event.changed("role", before.role.word(), role.word());
        admin.role = role;
    }
    if event.tells() {
        tx.record(act, &event)?;
    }
    Ok(admin)
}

/// Refuses what would leave nobody who may make administrators.
fn check_owner_stays(tx: &mut dyn Tx, goes: &Admin) -> Result<()> {
    let stays = goes.role != Role::Owner || tx.admins()?.iter().any(|one| one.id != goes.id && one.role == Role::Owner);
    if stays { Ok(()) } else { Err(Error::LastOwner) }
}

/// Removes an administrator with all its sessions and keys. The last one stays.
pub fn remove(tx: &mut dyn Tx, act: &Act, id: i64) -> Result<()> {
    let admin = get(tx, id)?;
    if tx.admins()?.len() < 2 {
        return Err(Error::LastAdmin);
    }
    check_owner_stays(tx, &admin)?;
    tx.end_sessions(id)?;
    api_key::revoke_all_of(tx, act, id)?;
    tx.delete_admin(id)?;
    Ok(tx.record(act, &Event::new(EventKind::AdminDeleted).object(admin.email).was("name", admin.name))?)
}

/// Whether the password that was looked at is still that of the administrator: looking takes a while, and outside of the
/// transaction that follows it another may be set, or the administrator removed.
pub fn check_unchanged(tx: &mut dyn Tx, folded: &str, id: i64, password: &str) -> Result<()> {
    unchanged(tx, folded, id, password)?.map(drop).ok_or(Error::SignInFailed)
}

/// The administrator, as long as address and password are what they were.
pub fn unchanged(tx: &mut dyn Tx, folded: &str, id: i64, password: &str) -> Result<Option<Admin>, Fault> {
    let known = tx.admin_by_email(folded)?;
    Ok(known.filter(|(admin, current)| admin.id == id && current == password).map(|(admin, _)| admin))
}

/// Another password; every session of the administrator ends, and every browser but `device` is a stranger again.
pub fn reset_password(tx: &mut dyn Tx, act: &Act, id: i64, password: &str, device: Option<[u8; 32]>) -> Result<()> {
    let admin = get(tx, id)?;
    tx.set_password(id, password)?;
    tx.record(act, &Event::new(EventKind::PasswordChanged).object(admin.email))?;
    tx.set_reset_link(id, None)?;
    tx.end_devices(id, device)?;
    Ok(tx.end_sessions(id)?)
}

/// Whether an address and a password may become an administrator's.
pub fn check_credentials(email: &str, password: &str) -> Result<()> {
    if !is_email(email) {
        return Err(Error::EmailInvalid(email.chars().take(100).collect()));
    }
    let folded = fold(password);
    let local = fold(email.split('@').next().unwrap_or_default());
    let weakness = if password.len() > 1024 {
        Some(Weakness::Long)
    } else if password.chars().count() < 12 {
        Some(Weakness::Short)
    } else if weak_password::is_weak(&folded) {
        Some(Weakness::Common)
    } else if local.len() > 3 && folded.contains(&local) && folded.len() < local.len() + 8 {
        Some(Weakness::ContainsEmail)
    } else {
        None
    };
    weakness.map_or(Ok(()), |w| Err(Error::WeakPassword(w)))
}

/// Hashes passwords with argon2id (19 MiB, two passes), in memory that it keeps: given back and taken anew for every
/// password, that memory would pile up. Takes tens of milliseconds: never on a thread that serves others.
#[derive(Default)]
pub struct Hasher(Vec<Block>);

impl Hasher {
    /// The hash of a password as a PHC string.
    ///
    /// # Errors
    /// None that a correct program meets.
    pub fn hash(&mut self, password: &str, salt: &[u8; 16]) -> Result<String> {
        let wrong = |e: &dyn std::fmt::Display| Error::Fault(Fault::Broken(format!("argon2: {e}")));
        let output = self.output(password, salt, Params::DEFAULT).map_err(|e| wrong(&e))?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&Params::DEFAULT).map_err(|e| wrong(&e))?,
            salt: Some(Salt::new(salt).map_err(|e| wrong(&e))?),
            hash: Some(Output::new(&output).map_err(|e| wrong(&e))?),
        };
        Ok(hash.to_string())
    }

    /// Whether a password is the hashed one. Without a hash the same work is done for nothing, so that an unknown
    /// address takes as long as a wrong password.
    pub fn verify(&mut self, password: &str, hash: Option<&str>) -> bool {
        let parsed = hash.and_then(|hash| PasswordHash::new(hash).ok());
        let known = parsed.as_ref().and_then(|h| Some((h.salt?, h.hash?, Params::try_from(h).ok()?)));
        match known {
            Some((salt, wanted, params)) => {
                let got = self.output(password, salt.as_ref(), params);
                got.is_ok_and(|got| bool::from(got.as_slice().ct_eq(wanted.as_bytes())))
            }
            None => {
                let _for_nothing = self.output(password, &[0; 16], Params::DEFAULT);
                false
            }
        }
    }

    fn output(&mut self, password: &str, salt: &[u8], params: Params) -> argon2::Result<[u8; 32]> {
        let mut output = [0; 32];
        self.0.resize(params.block_count().max(self.0.len()), Block::default());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut self.0)?;
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_say_why() {
        for (password, weakness) in [
            ("short", Some(Weakness::Short)),
            ("elevenchars", Some(Weakness::Short)),
            ("password1234", Some(Weakness::Common)),
            ("aaaaaaaaaaaaaa", Some(Weakness::Common)),
            ("qwertyuiopas", Some(Weakness::Common)),
            ("1qaz2wsx3edc4rfv", Some(Weakness::Common)),
            ("lkjhgfdsapoi1", Some(Weakness::Common)),
            ("abcdefghijkl", Some(Weakness::Common)),
            ("WelcomeAdministrator1!", Some(Weakness::Common)),
            ("Scimbox-2026", Some(Weakness::Common)),
            ("scimboxscimbox", Some(Weakness::Common)),
            ("the scimbox in the cellar", None),
            ("correct horse, battery", None),
            ("adalovelace1", Some(Weakness::ContainsEmail)),
            ("twelve chars", None),
            ("パスワードはとても長いですよ", None),
        ] {
            let got = check_credentials("adalovelace@acme.test", password);
            match weakness {
                None => assert!(got.is_ok(), "{password}"),
                Some(w) => assert!(matches!(got, Err(Error::WeakPassword(x)) if x == w), "{password}"),
            }
        }
        assert!(matches!(check_credentials("ada", "twelve chars"), Err(Error::EmailInvalid(_))));
    }

    #[test]
    fn a_password_verifies_against_its_hash_alone() -> Result<()> {
        let mut hasher = Hasher::default();
        let hash = hasher.hash("twelve chars", &[7; 16])?;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify("twelve chars", Some(&hash)));
        assert!(!hasher.verify("twelve Chars", Some(&hash)));
        assert!(!hasher.verify("twelve chars", Some(&hash.replace("t=2", "t=3"))));
        assert!(!hasher.verify("twelve chars", Some("")));
        assert!(!hasher.verify("twelve chars", None));
        Ok(())
    }
}
