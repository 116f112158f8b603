//! Backups that a passphrase keeps: argon2id makes the key, ChaCha20-Poly1305 seals block by block, so that a file of any size
//! is neither read nor written as a whole, and none of its parts can be changed, left out or moved.

use super::trailer::Trailer;
use crate::domain::Time;
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::HEXLOWER;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::io::{Error, ErrorKind, Read, Write};
use zeroize::Zeroizing;

const FIRST_LINE: &str = "Scimbox sealed backup 1";
/// Bytes that are sealed together, and what sealing adds to them.
const BLOCK: usize = 1 << 16;
const TAG: usize = 16;
/// The beginning of each nonce; the number of the block and whether it is the last one follow.
const PREFIX: usize = 7;
/// No header is longer.
const HEADER: usize = 512;

/// How hard the key is to guess: 64 MiB, three passes.
const USUAL: Cost = Cost { memory: 65_536, passes: 3 };
/// What a file may ask for.
const MOST: Cost = Cost { memory: 1 << 20, passes: 16 };

#[derive(Clone, Copy)]
struct Cost {
    /// In KiB.
    memory: u32,
    passes: u32,
}

/// The lines before the sealed blocks, which are bound to each of them.
pub(in crate::store) struct Header {
    pub(in crate::store) about: Trailer,
    cost: Cost,
    salt: [u8; 16],
    prefix: [u8; PREFIX],
}

impl Header {
    /// One for a new file.
    pub(in crate::store) fn new(about: Trailer, chance: [u8; 32]) -> Header {
        let (mut salt, mut prefix) = ([0; 16], [0; PREFIX]);
        salt.iter_mut().chain(&mut prefix).zip(chance).for_each(|(to, from)| *to = from);
        Header { about, cost: USUAL, salt, prefix }
    }

    fn text(&self) -> String {
        let Header { about, cost, salt, prefix } = self;
        format!(
            "{FIRST_LINE}\ncreated {}\nschema {}\nargon2id m={},t={},p=1 {}\nchacha20-poly1305 {}\n\n",
            about.created_at,
            about.schema,
            cost.memory,
            cost.passes,
            HEXLOWER.encode(salt),
            HEXLOWER.encode(prefix)
        )
    }

    /// Reads the header and leaves `from` at the first block. `None` when the file is none of this kind.
    pub(in crate::store) fn read(from: &mut impl Read) -> std::io::Result<Option<Header>> {
        // Byte by byte: what follows the header must stay.
        let (mut text, mut byte) = (Vec::new(), [0]);
        while text.len() < HEADER && from.read(&mut byte)? == 1 {
            text.extend(byte);
            if text.len() == FIRST_LINE.len() && text != FIRST_LINE.as_bytes() {
                return Ok(None);
            }
            if text.ends_with(b"\n\n") {
                let header = std::str::from_utf8(&text).ok().and_then(Header::parse);
                // What does not come out as it went in was not written here.
                return Ok(header.filter(|header| header.text().as_bytes() == text));
            }
        }
        Ok(None)
    }

    fn parse(text: &str) -> Option<Header> {
        let mut lines = text.lines().skip(1);
        let created_at = Time::parse("created", lines.next()?.strip_prefix("created ")?).ok()?;
        let schema = lines.next()?.strip_prefix("schema ")?.parse().ok()?;
        let (numbers, salt) = lines.next()?.strip_prefix("argon2id m=")?.split_once(",p=1 ")?;
        let (memory, passes) = numbers.split_once(",t=")?;
        let cost = Cost { memory: memory.parse().ok()?, passes: passes.parse().ok()? };
        let salt = HEXLOWER.decode(salt.as_bytes()).ok()?.try_into().ok()?;
        let prefix = lines.next()?.strip_prefix("chacha20-poly1305 ")?;
        let prefix = HEXLOWER.decode(prefix.as_bytes()).ok()?.try_into().ok()?;
        let fits = cost.memory <= MOST.memory && cost.passes <= MOST.passes;
        fits.then_some(Header { about: Trailer { created_at, schema }, cost, salt, prefix })
    }

    fn cipher(&self, passphrase: &str) -> std::io::Result<LessSafeKey> {
        let mut key = Zeroizing::new([0; 32]);
        let params = Params::new(self.cost.memory, self.cost.passes, 1, Some(32)).map_err(Error::other)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(passphrase.as_bytes(), &self.salt, key.as_mut_slice()).map_err(Error::other)?;
        UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).map(LessSafeKey::new).map_err(|_| ErrorKind::Other.into())
    }

    fn nonce(&self, number: u32, last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        let parts = self.prefix.into_iter().chain(number.to_be_bytes()).chain([u8::from(last)]);
        nonce.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        Nonce::assume_unique_for_key(nonce)
    }

    /// Writes the header and seals all that can be read.
    pub(in crate::store) fn seal(
        &self,
        passphrase: &str,
        from: &mut impl Read,
        to: &mut impl Write,
    ) -> std::io::Result<()> {
        let (header, cipher) = (self.text(), self.cipher(passphrase)?);
        to.write_all(header.as_bytes())?;
        self.each(from, BLOCK, &mut |number, last, mut block| {
            let sealed =
                cipher.seal_in_place_append_tag(self.nonce(number, last), Aad::from(header.as_bytes()), &mut block);
            sealed.map_err(|_| Error::from(ErrorKind::Other))?;
            to.write_all(&block)
        })
    }

    /// Opens all that follows the header. [`ErrorKind::InvalidData`]: another passphrase, or the file was changed.
    pub(in crate::store) fn open(
        &self,
        passphrase: &str,
        from: &mut impl Read,
        to: &mut dyn Write,
    ) -> std::io::Result<()> {
        let (header, cipher) = (self.text(), self.cipher(passphrase)?);
        self.each(from, BLOCK + TAG, &mut |number, last, mut block| {
            let plain = cipher.open_in_place(self.nonce(number, last), Aad::from(header.as_bytes()), &mut block);
            to.write_all(plain.map_err(|_| Error::from(ErrorKind::InvalidData))?)
        })
    }

    /// Hands on block by block, of which the last may be shorter, with its number and whether it is the last.
    fn each(
        &self,
        from: &mut impl Read,
        length: usize,
        take: &mut dyn FnMut(u32, bool, Vec<u8>) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut next = || {
            let mut block = Vec::with_capacity(length + TAG);
            from.by_ref().take(length as u64).read_to_end(&mut block).map(|_| block)
        };
        let (mut block, mut number) = (next()?, 0u32);
        loop {
            let following = next()?;
            let last = following.is_empty();
            take(number, last, block)?;
            if last {
                return Ok(());
            }
            block = following;
            number = number.checked_add(1).ok_or(ErrorKind::FileTooLarge)?;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]
    use super::*;

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut header = Header::new(Trailer { created_at: Time(1), schema: 6 }, [9; 32]);
        header.cost = Cost { memory: 64, passes: 1 };
        let mut out = Vec::new();
        header.seal("open sesame", &mut &plain[..], &mut out).unwrap();
        out
    }

    fn opened(mut file: &[u8], passphrase: &str) -> std::io::Result<Vec<u8>> {
        let header = Header::read(&mut file)?.ok_or(ErrorKind::InvalidData)?;
        let mut out = Vec::new();
        header.open(passphrase, &mut file, &mut out).map(|()| out)
    }

    #[test]
    fn what_was_sealed_opens_as_it_was_and_only_with_its_passphrase() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let plain = vec![5; length];
            assert_eq!(opened(&sealed(&plain), "open sesame").unwrap(), plain, "{length}");
        }
        assert_eq!(opened(&sealed(b"x"), "another").unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn what_was_changed_cut_or_moved_does_not_open() {
        let file = sealed(&vec![5; 3 * BLOCK]);
        let head = file.windows(2).position(|two| two == b"\n\n").unwrap() + 2;
        for at in (0..head).chain([head, head + BLOCK + TAG, file.len() - 1]) {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(opened(&changed, "open sesame").is_err(), "{at}");
        }
        let block = BLOCK + TAG;
        let without = |n: usize| [&file[..head + n * block], &file[head + (n + 1) * block..]].concat();
        for cut in [without(0), without(1), without(2), file[..file.len() - 1].to_vec(), file[..head].to_vec()] {
            assert!(opened(&cut, "open sesame").is_err());
        }
    }
}
