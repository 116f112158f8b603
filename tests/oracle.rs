//! A second opinion on the grammar: whatever filter the `scim_v2` crate reads, we read, as the same tree.
#![expect(clippy::panic, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use scim_v2::filter as theirs;
use scimbox::scim::filter as ours;
use scimbox::scim::leeway::Leeway;

/// A tree as text, chains of one word flattened and groups without meaning left out.
fn our_tree(filter: &ours::Filter) -> String {
    match filter {
        ours::Filter::And(parts) => chain("and", parts.iter().map(our_tree)),
        ours::Filter::Or(parts) => chain("or", parts.iter().map(our_tree)),
        ours::Filter::Not(inner) => format!("not[{}]", our_tree(inner)),
        ours::Filter::Present(name) => format!("{} pr", our_name(name)),
        ours::Filter::Compare(name, op, literal) => format!("{} {op:?} {}", our_name(name), our_value(literal)),
        ours::Filter::Elements(name, inner) => format!("{}[{}]", our_name(name), our_tree(inner)),
    }
}

fn our_name(name: &ours::Name) -> String {
    format!("{:?}:{}.{:?}", name.urn, name.attribute, name.part)
}

fn our_value(literal: &ours::Literal) -> String {
    match literal {
        ours::Literal::Quoted(text) => format!("{text:?}"),
        ours::Literal::Bare(text) => match text.parse::<serde_json::Number>() {
            Ok(number) => number.to_string(),
            Err(_) => text.clone(),
        },
    }
}

fn their_tree(filter: &theirs::Filter) -> String {
    match filter {
        theirs::Filter::And(parts) => chain("and", parts.iter().map(their_tree)),
        theirs::Filter::Or(parts) => chain("or", parts.iter().map(their_tree)),
        theirs::Filter::Not(inner) => format!("not[{}]", their_tree(inner)),
        theirs::Filter::Attr(expression) => their_expression(expression),
        theirs::Filter::ValuePath(path) => format!("{}[{}]", their_name(&path.attr), their_inside(&path.filter)),
    }
}

fn their_inside(filter: &theirs::ValFilter) -> String {
    match filter {
        theirs::ValFilter::And(parts) => chain("and", parts.iter().map(their_inside)),
        theirs::ValFilter::Or(parts) => chain("or", parts.iter().map(their_inside)),
        theirs::ValFilter::Not(inner) => format!("not[{}]", their_inside(inner)),
        theirs::ValFilter::Attr(expression) => their_expression(expression),
    }
}

fn their_expression(expression: &theirs::AttrExp) -> String {
    match expression {
        theirs::AttrExp::Present(name) => format!("{} pr", their_name(name)),
        theirs::AttrExp::Comparison(name, op, value) => format!("{} {op:?} {}", their_name(name), their_value(value)),
    }
}

fn their_name(name: &theirs::AttrPath) -> String {
    format!("{:?}:{}.{:?}", name.uri, name.name, name.sub_attr)
}

fn their_value(value: &theirs::CompValue) -> String {
    match value {
        theirs::CompValue::True => "true".to_owned(),
        theirs::CompValue::False => "false".to_owned(),
        theirs::CompValue::Null => "null".to_owned(),
        theirs::CompValue::Number(number) => number.to_string(),
        theirs::CompValue::Str(text) => format!("{text:?}"),
    }
}

fn chain(word: &str, parts: impl Iterator<Item = String>) -> String {
    let (open, joint) = (format!("{word}("), format!(" {word} "));
    let parts: Vec<String> = parts
        .map(|part| match part.strip_prefix(&open).and_then(|inner| inner.strip_suffix(')')) {
            Some(inner) => inner.to_owned(),
            None => part,
        })
        .collect();
    format!("{open}{})", parts.join(&joint))
}

/// Compares both readings of a text; true when both read it.
#[track_caller]
fn agree(text: &str) -> bool {
    let Ok(meant) = text.parse::<theirs::Filter>() else { return false };
    match ours::parse(text, &Leeway::default()) {
        Ok(read) => assert_eq!(our_tree(&read), their_tree(&meant), "{text}"),
        Err(error) => panic!("{text}: {error}"),
    }
    true
}

#[test]
fn the_examples_of_the_rfc_are_read_alike() {
    for text in [
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        "active eq true and (title eq null or employeeNumber gt 12.5e3)",
    ] {
        assert!(agree(text), "the second opinion refuses {text}");
    }
}

fn filters() -> impl Strategy<Value = String> {
    const NAMES: [&str; 8] =
        ["userName", "name.givenName", "a-b_c", "urn:x:y:2.0:User:title", "Not", "order", "prefix", "andy.or"];
    const OPS: [&str; 10] = ["eq", "NE", "co", "Sw", "ew", "gt", "ge", "lt", "le", "eQ"];
    const VALUES: [&str; 10] =
        ["\"\"", "\"a b\"", "\"\\u00e9\\\"\"", "true", "false", "null", "-1", "1.5e3", "\" and \"", "\"]\""];
    let names = prop::sample::select(&NAMES[..]);
    let leaf = (names, prop::sample::select(&OPS[..]), prop::sample::select(&VALUES[..]), 0..5)
        .prop_map(|(name, op, value, n)| if n == 0 { format!("{name} pr") } else { format!("{name} {op} {value}") });
    leaf.prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} OR {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("not ({a})")),
            inner.clone().prop_map(|a| format!("emails[{a}]")),
            inner.prop_map(|a| format!(" {a} ")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_second_opinion_reads_is_read_alike(text in filters()) {
        agree(&text);
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused_in_words(text in "[a-zA-Z0-9 .:$()\\[\\]\"\\\\-]{0,60}") {
        agree(&text);
    }
}
