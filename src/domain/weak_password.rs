//! Weak passwords: those that are made of what everybody tries first, however long they are.

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than 12 characters.
    Short,
    /// One of the passwords everybody tries first.
    Common,
    /// It contains the name part of the e-mail address.
    ContainsEmail,
    /// More than 1024 bytes.
    Long,
}

impl Weakness {
    /// The word for it in API answers.
    pub fn word(self) -> &'static str {
        match self {
            Weakness::Short => "short",
            Weakness::Common => "common",
            Weakness::ContainsEmail => "contains_email",
            Weakness::Long => "long",
        }
    }
}

impl std::fmt::Display for Weakness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Weakness::Short => "it needs at least 12 characters",
            Weakness::Common => "it is one of the passwords everybody tries first",
            Weakness::ContainsEmail => "it contains the e-mail address",
            Weakness::Long => "it is longer than 1024 bytes",
        })
    }
}

/// What a password is at least worth: a character is worth one, and so is a walk over the keyboard or a number; a common
/// word is worth two.
const WORTH: usize = 8;

/// The words that passwords of the leaked lists are made of, and what the program is called, which whoever guesses knows.
const WORDS: [&str; 62] = [
    "scimbox",
    "scim",
    "password",
    "passwort",
    "passw",
    "pass",
    "motdepasse",
    "administrateur",
    "administrator",
    "admin",
    "root",
    "user",
    "login",
    "system",
    "server",
    "master",
    "secret",
    "welcome",
    "changeme",
    "change",
    "letmein",
    "please",
    "iloveyou",
    "forever",
    "love",
    "hello",
    "test",
    "demo",
    "guest",
    "default",
    "company",
    "access",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "monkey",
    "dragon",
    "shadow",
    "hunter",
    "superman",
    "batman",
    "michael",
    "jordan",
    "pokemon",
    "computer",
    "internet",
    "samsung",
    "google",
    "whatever",
    "trustno",
    "freedom",
    "spring",
    "summer",
    "autumn",
    "winter",
    "january",
    "october",
    "november",
    "december",
    "unbelievable",
    "correcthorsebatterystaple",
];

/// Rows and columns of keyboards, one after the other as fingers walk them, and what else is counted on fingers.
const WALKS: [&str; 7] = [
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "abcdefghijklmnopqrstuvwxyz01234567890",
];

/// Whether a folded password is weak, also when letters are written as signs, or typed twice.
pub(super) fn is_weak(folded: &str) -> bool {
    let read = |from: &str, to: &str| -> String {
        let signs: Vec<char> = from.chars().collect();
        let letter = |c| signs.iter().position(|sign| *sign == c).and_then(|at| to.chars().nth(at)).unwrap_or(c);
        folded.chars().map(letter).collect()
    };
    let mut once: Vec<char> = folded.chars().collect();
    once.dedup();
    let different: std::collections::BTreeSet<char> = folded.chars().collect();
    let readings = [
        folded.to_owned(),
        read("@430!1$5+7", "aaeoiisstt"),
        // The signs above the digits.
        read("!@#$%^&*()", "1234567890"),
        once.into_iter().collect(),
    ];
    different.len() < 4 || readings.iter().any(|reading| worth(reading) < WORTH)
}

/// What is left of a password when each part that is easily guessed counts little.
fn worth(text: &str) -> usize {
    let letters: Vec<char> = text.chars().collect();
    // The same again and again is worth what it is once.
    let unit = (1..=letters.len() / 2).find(|n| letters.chunks(*n).all(|part| letters.starts_with(part)));
    let mut rest = letters.get(..unit.unwrap_or(letters.len())).unwrap_or_default();
    let mut sum = 0;
    while !rest.is_empty() {
        let word = WORDS.iter().filter(|word| starts_with(rest, word)).map(|word| word.len()).max();
        let walk = walked(rest);
        let (length, worth) = match word {
            Some(word) if word >= walk => (word, 2),
            _ => (walk, 1),
        };
        rest = rest.get(length..).unwrap_or_default();
        sum += worth;
    }
    sum
}

fn starts_with(rest: &[char], word: &str) -> bool {
    word.chars().enumerate().all(|(at, letter)| rest.get(at) == Some(&letter))
}

/// How many characters at the beginning are one walk, or a number, or the same sign; 1 when there is none of three.
fn walked(rest: &[char]) -> usize {
    let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let same = rest.iter().take_while(|c| rest.first() == Some(*c)).count();
    let walk = (3..=rest.len())
        .take_while(|length| {
            let part: String = rest.iter().take(*length).collect();
            let back: String = rest.iter().take(*length).rev().collect();
            WALKS.iter().any(|walk| walk.contains(&part) || walk.contains(&back))
        })
        .last();
    match digits.max(same).max(walk.unwrap_or(1)) {
        length @ 3.. => length,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_easy_in_every_disguise() {
        for easy in [
            "qwertyuiopas",
            "asdfghjkl123",
            "1qaz2wsx3edc4rfv",
            "!qaz2wsx#edc",
            "q1w2e3r4t5y6",
            "lkjhgfdsapoi1",
            "abcdefghijkl",
            "123456789abc",
            "aabbccddeeff",
            "abcdabcdabcd",
            "hunter2hunter2",
            "passwordpass1",
            "p@ssw0rd1234",
            "summer2026!!",
            "letmeinplease",
            "welcomeadministrator1!",
            "scimbox-2026",
            "scimboxscimbox",
            "correcthorsebatterystaple",
            "aaaaaaaaaaaaaa",
        ] {
            assert!(is_weak(easy), "{easy}");
        }
        for good in [
            "correct horse, battery",
            "a quite different one",
            "another password",
            "the scimbox in the cellar",
            "twelve chars",
            "h13ayzwkidjn0dfo",
            "パスワードはとても長いですよ",
        ] {
            assert!(!is_weak(good), "{good}");
        }
    }
}
