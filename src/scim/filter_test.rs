//! Filters as a table: what is read, and what is refused and where.

#![expect(clippy::panic, reason = "a test stops at the first surprise")]

use super::*;

fn shape(filter: &Filter) -> String {
    let list = |parts: &[Filter], word: &str| {
        let parts: Vec<String> = parts.iter().map(shape).collect();
        format!("({})", parts.join(word))
    };
    let name = |name: &Name| {
        let urn = name.urn.as_deref().map(|u| format!("{u}:")).unwrap_or_default();
        let part = name.part.as_deref().map(|p| format!(".{p}")).unwrap_or_default();
        format!("{urn}{}{part}", name.attribute)
    };
    match filter {
        Filter::And(parts) => list(parts, " & "),
        Filter::Or(parts) => list(parts, " | "),
        Filter::Not(inner) => format!("!{}", shape(inner)),
        Filter::Present(n) => format!("{}?", name(n)),
        Filter::Compare(n, op, literal) => format!("{} {op:?} {:?}", name(n), literal.text()),
        Filter::Elements(n, inner) => format!("{}[{}]", name(n), shape(inner)),
    }
}

#[test]
fn filters_are_read_as_the_grammar_says() {
    for (text, want) in [
        (r#"userName eq "bjensen""#, r#"userName Eq "bjensen""#),
        (r#"USERNAME EQ "x""#, r#"USERNAME Eq "x""#),
        (r#"a eq "1" or b eq "2" and c eq "3""#, r#"(a Eq "1" | (b Eq "2" & c Eq "3"))"#),
        (r#"(a eq "1" or b eq "2") and c eq "3""#, r#"((a Eq "1" | b Eq "2") & c Eq "3")"#),
        (r#"not(a pr)"#, "!a?"),
        (r#"not (a pr) and b pr"#, "(!a? & b?)"),
        (r#"emails[type eq "work" and value co "@x"]"#, r#"emails[(type Eq "work" & value Co "@x")]"#),
        (r#"emails[type eq "work"].value eq "x""#, r#"emails[(type Eq "work" & value Eq "x")]"#),
        (r#"emails[type eq "work"].value pr and a pr"#, r#"(emails[(type Eq "work" & value?)] & a?)"#),
        (r#"emails[type eq "work"].value"#, r#"emails[(type Eq "work" & value?)]"#),
        (r#"name.givenName sw "\u00e9\"""#, r#"name.givenName Sw "é\"""#),
        ("active eq true", r#"active Eq "true""#),
        ("userName eq ada@acme.test", r#"userName Eq "ada@acme.test""#),
        ("(userName eq ada)", r#"userName Eq "ada""#),
        ("title eq null", r#"title Eq "null""#),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq "x""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName Eq "x""#,
        ),
        (r#"members.value eq "1" "#, r#"members.value Eq "1""#),
        (r#"android pr"#, "android?"),
        (r#"orange pr or order pr"#, "(orange? | order?)"),
    ] {
        match parse(text, &Leeway::default()) {
            Ok(filter) => assert_eq!(shape(&filter), want, "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

#[test]
fn a_wrong_filter_says_where_and_what_was_expected() {
    for (text, place) in [
        ("", "character 1"),
        ("userName", "character 9"),
        ("userName eq", "character 12"),
        ("userName xx \"a\"", "character 10"),
        ("userName eq \"a", "character 13"),
        ("userName eq \"a\" and", "character 20"),
        ("userName eq \"a\" b pr", "character 17"),
        ("(userName pr", "character 13"),
        ("userName pr)", "character 12"),
        ("not userName pr", "character 5"),
        ("emails[type eq \"x\"", "character 19"),
        ("a..b pr", "character 1"),
        ("1a pr", "character 1"),
        ("a.b.c pr", "character 1"),
        ("userName eq \"\\ud800\"", "character 13"),
    ] {
        match parse(text, &Leeway::default()) {
            Err(Error::InvalidFilter(detail)) => assert!(detail.contains(place), "{text}: {detail}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn hostile_filters_are_refused_without_effort() {
    let nots = "not (".repeat(800);
    let brackets = format!("{}a pr{}", "(".repeat(40), ")".repeat(40));
    let many = vec!["a pr"; 65].join(" and ");
    let long = format!("userName eq \"{}\"", "x".repeat(5000));
    for text in [nots, brackets, many, long] {
        assert!(matches!(parse(&text, &Leeway::default()), Err(Error::InvalidFilter(_))));
    }
}
