//! The text of a statement as PostgreSQL wants it.

/// Numbers the places of values: `?3` is `$3`, and a `?` without a number is the next one. Texts in quotes stay as they are.
pub(super) fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let (mut next, mut quote) = (0usize, None);
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('?', None) => {
                out.push('$');
                if !rest.peek().is_some_and(char::is_ascii_digit) {
                    next += 1;
                    out.push_str(&next.to_string());
                }
            }
            ('\'' | '"', None) => {
                quote = Some(c);
                out.push(c);
            }
            (c, Some(open)) if c == open => {
                quote = None;
                out.push(c);
            }
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn places_are_numbered_and_texts_stay() {
        assert_eq!(numbered("a = ?2 AND b = ?1"), "a = $2 AND b = $1");
        assert_eq!(numbered("a = ? AND b IN (?, ?) AND c = '?'"), "a = $1 AND b IN ($2, $3) AND c = '?'");
    }
}
