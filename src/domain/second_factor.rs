//! The second factor of an administrator: codes that change every half minute (RFC 6238), and codes for when the device is lost.

use super::admin::{self, Admin};
use super::event::{Event, EventKind};
use super::{Act, Error, Fault, Result, Time, Tx, settings, token};
use data_encoding::BASE32_NOPAD;
use ring::hmac;
use subtle::ConstantTimeEq;

/// How long a code is shown, in milliseconds.
const PERIOD: i64 = 30_000;

/// How many recovery codes there are.
pub const CODES: usize = 10;

/// The second factor of an administrator as it is kept.
#[derive(Clone, Debug)]
pub struct Factor {
    /// The sealed secret.
    pub secret: Vec<u8>,
    /// Whether a first code was given: before, nobody is asked for one.
    pub is_on: bool,
    /// The period of the last code, which works once.
    pub last_step: i64,
}

/// What was given beside the password.
#[derive(Clone, Debug)]
pub enum Given {
    /// A code of this period.
    Step(i64),
    /// A recovery code, by its hash.
    Recovery([u8; 32]),
}

/// What second factors need of a store.
pub trait SecondFactors {
    /// That of an administrator.
    fn second_factor(&mut self, admin: i64) -> Result<Option<Factor>, Fault>;
    /// Keeps one in the place of another.
    fn keep_second_factor(&mut self, admin: i64, factor: &Factor) -> Result<(), Fault>;
    /// Removes one with its recovery codes.
    fn end_second_factor(&mut self, admin: i64) -> Result<(), Fault>;
    /// Adds a recovery code.
    fn keep_recovery_code(&mut self, admin: i64, digest: &[u8; 32]) -> Result<(), Fault>;
    /// How many recovery codes are left.
    fn recovery_codes(&mut self, admin: i64) -> Result<u64, Fault>;
    /// Uses a recovery code up; whether there was one.
    fn use_recovery_code(&mut self, admin: i64, digest: &[u8; 32]) -> Result<bool, Fault>;
}

/// What the secret of an administrator is sealed as.
pub fn sealed_as(admin: i64) -> String {
    format!("second-factor:{admin}")
}

/// The code of a period (RFC 4226, section 5.3), of six digits.
fn code_of(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or_default() & 15);
    let four = bytes.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// The period of a code: this one, the one before or the one after, as clocks differ.
pub fn step_of(secret: &[u8], now: Time, code: &str) -> Option<i64> {
    let this = now.0.div_euclid(PERIOD);
    let steps = [this, this - 1, this + 1];
    steps.into_iter().find(|step| bool::from(code_of(secret, *step).as_bytes().ct_eq(code.as_bytes())))
}

/// A code without what people put between its characters.
pub fn plain(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric()).take(40).collect::<String>().to_uppercase()
}

/// Whether a code is one of a device and not a recovery code.
pub fn is_of_device(plain: &str) -> bool {
    plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit())
}

/// The hash of a recovery code.
pub fn recovery_digest(plain: &str) -> [u8; 32] {
    token::digest(&format!("recovery:{plain}"))
}

/// Recovery codes of 80 bits each, in groups of four.
pub fn recovery_codes(chance: &[[u8; 10]; CODES]) -> Vec<String> {
    let grouped = |bytes: &[u8; 10]| {
        let text = BASE32_NOPAD.encode(bytes);
        let groups: Vec<&str> = text.as_bytes().chunks(4).filter_map(|four| std::str::from_utf8(four).ok()).collect();
        groups.join("-")
    };
    chance.iter().map(grouped).collect()
}

/// What an authenticator reads: the secret as base32, and the address that holds it.
pub fn address(admin: &Admin, secret: &[u8]) -> (String, String) {
    let text = BASE32_NOPAD.encode(secret);
    let name: String = form_urlencoded::byte_serialize(admin.email.as_bytes()).collect();
    let address =
        format!("otpauth://totp/Scimbox:{name}?secret={text}&issuer=Scimbox&algorithm=SHA1&digits=6&period=30");
    (text, address)
}

/// Whether everybody needs one.
pub fn is_required(tx: &mut dyn Tx) -> Result<bool> {
    Ok(settings::value(tx, "second_factor_required")? == "on")
}

/// That of an administrator, if it is on.
pub fn on(tx: &mut dyn Tx, admin: i64) -> Result<Option<Factor>> {
    Ok(tx.second_factor(admin)?.filter(|factor| factor.is_on))
}

/// Keeps a new secret; it counts once a first code was given.
pub fn begin(tx: &mut dyn Tx, admin: i64, secret: &[u8]) -> Result<()> {
    match on(tx, admin)? {
        Some(_) => Err(Error::SecondFactorOn),
        None => Ok(tx.keep_second_factor(admin, &Factor { secret: secret.to_vec(), is_on: false, last_step: 0 })?),
    }
}

/// Turns it on with a first code, and keeps its recovery codes. `secret` is what the code was compared with.
pub fn confirm(tx: &mut dyn Tx, act: &Act, admin: &Admin, secret: &[u8], step: i64, codes: &[String]) -> Result<()> {
    let found = tx.second_factor(admin.id)?.filter(|factor| factor.secret == secret);
    let factor = found.ok_or(Error::SecondFactorWrong)?;
    if factor.is_on {
        return Err(Error::SecondFactorOn);
    }
    tx.end_second_factor(admin.id)?;
    tx.keep_second_factor(admin.id, &Factor { is_on: true, last_step: step, ..factor })?;
    for code in codes {
        tx.keep_recovery_code(admin.id, &recovery_digest(&plain(code)))?;
    }
    note(tx, act, admin, "off", "on")
}

/// Removes it.
pub fn remove(tx: &mut dyn Tx, act: &Act, id: i64) -> Result<Admin> {
    let admin = admin::get(tx, id)?;
    if on(tx, id)?.is_some() {
        note(tx, act, &admin, "on", "off")?;
    }
    tx.end_second_factor(id)?;
    Ok(admin)
}

fn note(tx: &mut dyn Tx, act: &Act, admin: &Admin, before: &str, after: &str) -> Result<()> {
    let event = Event::new(EventKind::AdminUpdated).object(admin.email.clone());
    Ok(tx.record(act, &event.changed("second_factor", before, after))?)
}

/// Uses up what was given beside the password, which works once.
pub fn spend(tx: &mut dyn Tx, admin: i64, given: Option<&Given>) -> Result<()> {
    match (on(tx, admin)?, given) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Error::SecondFactorNeeded),
        (Some(factor), Some(Given::Step(step))) if *step > factor.last_step => {
            Ok(tx.keep_second_factor(admin, &Factor { last_step: *step, ..factor })?)
        }
        (Some(_), Some(Given::Recovery(digest))) if tx.use_recovery_code(admin, digest)? => Ok(()),
        _ => Err(Error::SecondFactorWrong),
    }
}

/// Seals all again; how many there were. The first of a pair is what was kept when they were read.
pub fn reseal(tx: &mut dyn Tx, all: &[(i64, Vec<u8>, Vec<u8>)]) -> Result<()> {
    for (admin, was, is) in all {
        if let Some(factor) = tx.second_factor(*admin)?.filter(|factor| factor.secret == *was) {
            tx.keep_second_factor(*admin, &Factor { secret: is.clone(), ..factor })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert!(step_of(secret, Time(seconds * 1000), code) == Some(seconds / 30), "{seconds}");
            assert!(step_of(secret, Time(seconds * 1000 + 90_000), code).is_none(), "{seconds}");
        }
    }
}
