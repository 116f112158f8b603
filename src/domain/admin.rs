//! Administrators: who may sign in to the console, how the first one comes to be, and their passwords.

use super::{Act, Error, Fault, Result, Time, Tx, error::Weakness, fold, is_email, token::digest};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
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
}

/// What administrators need of a store.
pub trait Admins {
    /// All of them, oldest first.
    fn admins(&mut self) -> Result<Vec<Admin>, Fault>;
    /// One by its folded address, with the argon2id hash of its password.
    fn admin_by_email(&mut self, folded: &str) -> Result<Option<(Admin, String)>, Fault>;
    /// Adds one and returns it with its number.
    fn insert_admin(&mut self, admin: Admin, folded: &str, password: &str) -> Result<Admin, Fault>;
    /// Another password.
    fn set_password(&mut self, id: i64, password: &str) -> Result<(), Fault>;
    /// Digest and end of the set-up link that is out.
    fn setup_link(&mut self) -> Result<Option<([u8; 32], Time)>, Fault>;
    /// Replaces the set-up link, or removes it.
    fn set_setup_link(&mut self, link: Option<([u8; 32], Time)>) -> Result<(), Fault>;
}

/// What a new administrator says of itself, with the password hashed already.
#[derive(Clone, Debug)]
pub struct NewAdmin {
    /// The address to sign in with.
    pub email: String,
    /// How it is greeted; empty for the address.
    pub name: String,
    /// From [`hash_password`].
    pub password: String,
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
    let row = Admin { id: 0, email: admin.email.clone(), name: name.clone(), created_at: act.now };
    tx.set_setup_link(None)?;
    Ok(tx.insert_admin(row, &folded, &admin.password)?)
}

/// Another password; every session of the administrator but `keep` ends.
pub fn reset_password(tx: &mut dyn Tx, id: i64, password: &str, keep: Option<[u8; 32]>) -> Result<()> {
    tx.set_password(id, password)?;
    Ok(tx.end_sessions(id, keep)?)
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
    } else if COMMON.iter().any(|c| folded.trim_end_matches(|l: char| !l.is_alphabetic()) == *c || folded == *c)
        || folded.chars().collect::<std::collections::BTreeSet<_>>().len() < 4
    {
        Some(Weakness::Common)
    } else if local.len() > 3 && folded.contains(&local) && folded.len() < local.len() + 8 {
        Some(Weakness::ContainsEmail)
    } else {
        None
    };
    weakness.map_or(Ok(()), |w| Err(Error::WeakPassword(w)))
}

/// The words that twelve-character passwords of the leaked lists are made of, without the digits at their end.
const COMMON: [&str; 22] = [
    "password",
    "passwordpassword",
    "adminadmin",
    "administrator",
    "adminpassword",
    "qwerty",
    "qwertyuiop",
    "qwertyqwerty",
    "letmein",
    "letmeinletmein",
    "welcome",
    "welcomewelcome",
    "changeme",
    "changemeplease",
    "iloveyou",
    "iloveyouforever",
    "123456789012",
    "1234567890",
    "administrateur",
    "motdepasse",
    "unbelievable",
    "correcthorsebatterystaple",
];

/// Argon2id (19 MiB, two passes) as a PHC string. Takes tens of milliseconds: never on a thread that serves others.
pub fn hash_password(password: &str, salt: &[u8; 16]) -> Result<String> {
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(password.as_bytes(), salt);
    hash.map(|h| h.to_string()).map_err(|e| Error::Fault(Fault::Broken(format!("argon2: {e}"))))
}

/// Whether a password is the hashed one. Without a hash the same work is done for nothing, so that an unknown
/// address takes as long as a wrong password.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c2NpbWJveHNjaW1ib3g$jzv0Ey0cAzsCLrk6TuTMFoIy3M9JjKBSTF+DI2W4xvA";
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let right = parsed.is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok());
    right && hash.is_some()
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
        let hash = hash_password("twelve chars", &[7; 16])?;
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("twelve chars", Some(&hash)));
        assert!(!verify_password("twelve Chars", Some(&hash)));
        assert!(!verify_password("twelve chars", None));
        Ok(())
    }
}
