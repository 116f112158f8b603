//! Self-test: a request that the appliance sends to itself the long way round, and how it knows its own answer.

use super::{Time, signed};

/// How long a seal is good for, in milliseconds.
const LIFE: i64 = 120_000;
const SEAL: &str = "self-test ";

/// What goes out, and what has to come back.
pub struct Challenge {
    /// Stands in the path and is the token: nobody else can make one.
    pub seal: String,
    /// Nobody else can answer with it.
    pub proof: String,
}

/// Makes one of random bytes, under the key of the appliance.
pub fn challenge(key: &[u8; 32], now: Time, chance: [u8; 16]) -> Challenge {
    let chance = u128::from_le_bytes(chance);
    let seal = signed::sign(key, &format!("{SEAL}{} {chance:032x}", now.0 + LIFE));
    Challenge { proof: proof(key, &seal), seal }
}

/// The proof for a seal of this appliance; `None` for anything else, and when its time is up.
pub fn answer(key: &[u8; 32], seal: &str, now: Time) -> Option<String> {
    let text = signed::verify(key, seal)?;
    let (ends, _) = text.strip_prefix(SEAL)?.split_once(' ')?;
    (ends.parse::<i64>().ok()? > now.0).then(|| proof(key, seal))
}

fn proof(key: &[u8; 32], seal: &str) -> String {
    signed::sign(key, &format!("answer to {seal}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_appliance_itself_asks_and_answers() {
        let (key, now) = ([7; 32], Time(1_000));
        let Challenge { seal, proof } = challenge(&key, now, [5; 16]);
        assert_eq!(answer(&key, &seal, now), Some(proof.clone()));
        assert_eq!(answer(&key, &seal, Time(now.0 + LIFE)), None);
        assert_eq!(answer(&[8; 32], &seal, now), None);
        assert_eq!(answer(&key, &proof, now), None);
        assert_eq!(answer(&key, &signed::sign(&key, "{}"), now), None);
        assert_ne!(challenge(&key, now, [6; 16]).seal, seal);
    }
}
