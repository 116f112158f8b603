//! The people and groups of a play: believable, and the same for the same seed.

use super::Play;
use super::hostile;
use super::people::{Group, Person};
use super::scenario::Scenario;

const GIVEN: [&str; 24] = [
    "Ada", "Bruno", "Chiara", "Daniel", "Elif", "Femi", "Grace", "Hiroshi", "Ines", "Jonas", "Kaito", "Lena", "Mateo",
    "Nadia", "Olu", "Priya", "Quentin", "Rosa", "Sven", "Tomoko", "Uma", "Victor", "Wei", "Yuki",
];
const FAMILY: [&str; 24] = [
    "Almeida",
    "Berg",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Hall",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quinn",
    "Rossi",
    "Sato",
    "Tanaka",
    "Ueda",
    "Vogel",
    "Weber",
    "Zhang",
];
const TEAMS: [&str; 8] = ["Finance", "Sales", "Engineering", "Support", "Legal", "Marketing", "People", "Operations"];
const TITLES: [&str; 6] = ["Engineer", "Accountant", "Manager", "Analyst", "Designer", "Consultant"];

/// Everybody.
#[derive(Clone, Debug)]
pub struct Cast {
    /// What tells the names of this play from others.
    pub tag: String,
    pub people: Vec<Person>,
    pub groups: Vec<Group>,
}

/// Numbers that look random (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn pick<'p>(&mut self, of: &[&'p str]) -> &'p str {
        let at = self.next() % (of.len().max(1) as u64);
        usize::try_from(at).ok().and_then(|at| of.get(at)).copied().unwrap_or_default()
    }
}

impl Cast {
    /// The cast of a play.
    pub fn new(play: &Play, chapters: &[Scenario]) -> Cast {
        let idp =
            play.dialect.idp().bytes().fold(play.seed, |all, byte| all.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte));
        let mut dice = Dice(idp);
        let tag = format!("{:08x}", dice.next() & 0xffff_ffff);
        let is = |scenario| chapters.contains(&scenario);
        let users = play.users.unwrap_or(if is(Scenario::Large) { 10_000 } else { 5 });
        let groups = play.groups.unwrap_or(if is(Scenario::Large) { 20 } else { 2 });
        let mut people: Vec<Person> = (0..users).map(|n| person(&mut dice, &tag, n)).collect();
        let mut teams: Vec<Group> = (0..groups).map(|n| group(&mut dice, &tag, n)).collect();
        if is(Scenario::HostileNames) {
            people = hostile::people(&tag);
            teams = hostile::groups(&tag);
        }
        let count = people.len();
        for (n, team) in teams.iter_mut().enumerate() {
            // Each person is in one group, and every third in the next one as well.
            let is_in = |person: &usize| {
                person % groups.max(1) == n % groups.max(1)
                    || (person.is_multiple_of(3) && (person + 1) % groups.max(1) == n)
            };
            team.members = (0..count).filter(is_in).collect();
        }
        Cast { tag, people, groups: teams }
    }
}

fn person(dice: &mut Dice, tag: &str, n: usize) -> Person {
    let (given, family) = (dice.pick(&GIVEN), dice.pick(&FAMILY));
    Person {
        user_name: format!("{}.{}.{n}.{tag}@example.com", given.to_lowercase(), family.to_lowercase()),
        given: given.to_owned(),
        family: family.to_owned(),
        display: format!("{given} {family}"),
        title: dice.pick(&TITLES).to_owned(),
        department: dice.pick(&TEAMS).to_owned(),
        external: format!("{tag}-u{n}"),
        active: true,
        id: None,
    }
}

fn group(dice: &mut Dice, tag: &str, n: usize) -> Group {
    let name = format!("{} {n} {tag}", dice.pick(&TEAMS));
    Group { name, external: format!("{tag}-g{n}"), members: Vec::new(), removed: Vec::new(), id: None }
}
