//! Names that servers stumble over: quotes, other scripts, what looks like a program, what looks like nothing.

use super::people::{Group, Person};

/// Given and family name, and what stands in the address.
const PEOPLE: [(&str, &str, &str); 14] = [
    ("Sinéad", "O’Connor-d'Arcy", "o'connor"),
    ("Robert\"); --", "Tables", "bobby+tables"),
    ("さくら", "田中", "sakura_tanaka"),
    ("Jürgen", "Müßiggänger", "UPPER.Case"),
    ("נועה", "לוי", "noa.levi"),
    ("👩‍🚀 Sally", "Ride", "sally-ride"),
    ("<script>alert(1)</script>", "&amp;", "script"),
    ("null", "undefined", "null"),
    ("True", "False", "true"),
    ("Back\\slash", "per%20cent", "percent%25"),
    ("e\u{301}", "combining", "combining"),
    ("{given}", "${jndi:ldap://x}", "brace"),
    ("(a eq \"b\")", "[type eq \"work\"]", "filter"),
    (
        "A name that is much longer than the column that somebody once thought would do for every name that there is in this world",
        "Long",
        "long",
    ),
];

const GROUPS: [&str; 6] =
    ["R&D / \"Ops\"", "営業部 第一課", "O'Brien's \\ team", "a,b;c=d+e", "100 % (all)", "members[value eq \"x\"]"];

/// One person for each name.
pub fn people(tag: &str) -> Vec<Person> {
    let of = |(n, (given, family, local)): (usize, &(&str, &str, &str))| Person {
        user_name: format!("{local}.{n}.{tag}@example.com"),
        given: (*given).to_owned(),
        family: (*family).to_owned(),
        display: format!("{given} {family}"),
        title: "Engineer".to_owned(),
        department: "R&D".to_owned(),
        external: format!("{tag}-h{n}"),
        active: true,
        id: None,
    };
    PEOPLE.iter().enumerate().map(of).collect()
}

/// One group for each name.
pub fn groups(tag: &str) -> Vec<Group> {
    let of = |(n, name): (usize, &&str)| Group {
        name: format!("{name} {tag}"),
        external: format!("{tag}-hg{n}"),
        members: Vec::new(),
        removed: Vec::new(),
        id: None,
    };
    GROUPS.iter().enumerate().map(of).collect()
}
