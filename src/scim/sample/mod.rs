//! Sample data: people and groups that could be a company, the same for the same number. Nobody in them exists; all addresses are of
//! example.com, which is nobody's (RFC 2606).

mod names;

use names::{Name, names};
use serde_json::{Value, json};

/// The language of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
    /// Both.
    Mixed,
}

/// How people belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Everybody in a group or two.
    #[default]
    Flat,
    /// A head, heads of departments, teams below them; `manager` says so, and the groups are the departments.
    OrgChart,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// How many people.
    pub users: usize,
    /// How many groups.
    pub groups: usize,
    /// The language of names.
    pub locale: Locale,
    /// How they belong together.
    pub shape: Shape,
    /// The same number makes the same people.
    pub seed: u64,
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct SamplePerson {
    /// The user, a SCIM resource; without its manager, whose id nobody knows yet.
    pub resource: Value,
    /// Who the manager is, by the place in the list: always before this one.
    pub manager: Option<usize>,
}

/// A group.
#[derive(Clone, Debug)]
pub struct SampleGroup {
    /// What it is called.
    pub name: String,
    /// Its `externalId`.
    pub external_id: String,
    /// Who is in it, by the place in the list.
    pub members: Vec<usize>,
}

/// A company.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Everybody.
    pub people: Vec<SamplePerson>,
    /// All groups.
    pub groups: Vec<SampleGroup>,
}

/// The extension for enterprises (RFC 7643, section 4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// How many people have the same manager.
const SPAN: usize = 7;

const DEPARTMENTS: [(&str, &str); 12] = [
    ("Sales", "営業部"),
    ("Engineering", "開発部"),
    ("Finance", "経理部"),
    ("Support", "サポート部"),
    ("Marketing", "マーケティング部"),
    ("People", "人事部"),
    ("Operations", "業務部"),
    ("Legal", "法務部"),
    ("Security", "情報セキュリティ部"),
    ("Product", "製品企画部"),
    ("Procurement", "購買部"),
    ("Research", "研究部"),
];
const TITLES: [(&str, &str); 6] = [
    ("Analyst", "アナリスト"),
    ("Engineer", "エンジニア"),
    ("Consultant", "コンサルタント"),
    ("Specialist", "専門職"),
    ("Coordinator", "主任"),
    ("Associate", "担当"),
];
const HEAD: (&str, &str) = ("Chief Executive Officer", "代表取締役社長");
const CHIEF: (&str, &str) = ("Head of Department", "部長");
const LEAD: (&str, &str) = ("Team Lead", "課長");

/// Makes a company.
pub fn sample(order: &Order) -> Sample {
    let mut dice = order.seed ^ 0x5c1b_b0e5;
    let groups = order.groups;
    let departments = groups.clamp(1, DEPARTMENTS.len());
    let mut people = Vec::with_capacity(order.users);
    for n in 0..order.users {
        let is_japanese = match order.locale {
            Locale::En => false,
            Locale::Ja => true,
            Locale::Mixed => roll(&mut dice).is_multiple_of(2),
        };
        let name = names(is_japanese, roll(&mut dice), roll(&mut dice));
        let place = place(order.shape, n, departments);
        let title = place.title.unwrap_or_else(|| pick(&TITLES, roll(&mut dice)));
        let department = pick(&DEPARTMENTS, place.department as u64);
        let resource = resource(&name, n, is_japanese, title, department, roll(&mut dice));
        people.push(SamplePerson { resource, manager: place.manager });
    }
    let groups = (0..groups).map(|n| group(order, n, departments)).collect();
    Sample { people, groups }
}

/// Where somebody stands.
struct Place {
    department: usize,
    manager: Option<usize>,
    title: Option<(&'static str, &'static str)>,
}

/// The first is the head, the next ones lead a department each, and everybody else is below somebody who came before.
fn place(shape: Shape, n: usize, departments: usize) -> Place {
    if shape == Shape::Flat {
        return Place { department: n % departments, manager: None, title: None };
    }
    if n == 0 {
        return Place { department: 0, manager: None, title: Some(HEAD) };
    }
    let (row, department) = ((n - 1) / departments, (n - 1) % departments);
    let nth = |row: usize| 1 + department + row * departments;
    match row {
        0 => Place { department, manager: Some(0), title: Some(CHIEF) },
        row => {
            let above = (row - 1) / SPAN;
            let title = (row <= SPAN).then_some(LEAD);
            Place { department, manager: Some(nth(above)), title }
        }
    }
}

fn group(order: &Order, n: usize, departments: usize) -> SampleGroup {
    let (english, japanese) = pick(&DEPARTMENTS, n as u64);
    let is_japanese = order.locale == Locale::Ja || (order.locale == Locale::Mixed && !n.is_multiple_of(2));
    let round = n / DEPARTMENTS.len();
    let department = if is_japanese { japanese } else { english };
    let name = if round == 0 { department.to_owned() } else { format!("{department} {}", round + 1) };
    let is_in = |person: &usize| match order.shape {
        Shape::OrgChart => place(order.shape, *person, departments).department == n && n < departments,
        // Each person is in one group, and every third in the next one as well.
        Shape::Flat => person % order.groups == n || (person.is_multiple_of(3) && (person + 1) % order.groups == n),
    };
    let members = (0..order.users).filter(is_in).collect();
    SampleGroup { name, external_id: format!("sample-g{n}"), members }
}

fn resource(
    name: &Name,
    n: usize,
    is_japanese: bool,
    title: (&str, &str),
    department: (&str, &str),
    chance: u64,
) -> Value {
    let user_name = format!("{}.{}{}@example.com", name.given_latin, name.family_latin, n + 1);
    let shown = |(english, japanese): (&'static str, &'static str)| if is_japanese { japanese } else { english };
    let (title, department) = (word(title, is_japanese), word(department, is_japanese));
    let formatted = match is_japanese {
        true => format!("{} {}", name.family, name.given),
        false => format!("{} {}", name.given, name.family),
    };
    json!({
        "schemas": [CORE, ENTERPRISE],
        "externalId": format!("sample-u{n}"),
        "userName": user_name,
        "name": { "familyName": name.family, "givenName": name.given, "formatted": formatted },
        "displayName": formatted,
        "title": title,
        "preferredLanguage": shown(("en-US", "ja-JP")),
        "active": true,
        "emails": [{ "value": user_name, "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": format!("+1-555-01{:02}", chance % 100), "type": "work" }],
        ENTERPRISE: { "employeeNumber": format!("{:05}", 10_001 + n), "department": department }
    })
}

fn word<'w>((english, japanese): (&'w str, &'w str), is_japanese: bool) -> &'w str {
    if is_japanese { japanese } else { english }
}

fn pick(of: &'static [(&'static str, &'static str)], number: u64) -> (&'static str, &'static str) {
    let at = usize::try_from(number % of.len().max(1) as u64).unwrap_or_default();
    of.get(at).copied().unwrap_or_default()
}

/// A number that looks like chance (SplitMix64).
fn roll(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *dice;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_company_is_the_same_twice_and_nobody_is_there_twice() {
        let order = Order { users: 300, groups: 8, locale: Locale::Mixed, shape: Shape::OrgChart, seed: 7 };
        let (one, other) = (sample(&order), sample(&order));
        let names = |of: &Sample| {
            of.people.iter().map(|p| p.resource.get("userName").map(Value::to_string)).collect::<Vec<_>>()
        };
        assert_eq!(names(&one), names(&other));
        assert_eq!(names(&one).iter().collect::<HashSet<_>>().len(), 300);
        assert!(one.people.iter().enumerate().all(|(n, p)| p.manager.is_none_or(|manager| manager < n)));
        assert_eq!(one.people.iter().filter(|person| person.manager.is_none()).count(), 1);
        assert_eq!(one.groups.iter().map(|group| group.members.len()).sum::<usize>(), 300);
    }
}
