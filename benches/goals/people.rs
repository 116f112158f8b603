//! The users that are sent: all alike but for a number, in ascending order, as in the first import of a directory.

/// Stands for the number in a request: eight digits, so that every request is equally long.
pub const MARK: &str = "########";

/// A user as an identity provider sends it, about 750 bytes. `tag` tells two runs apart on a service that keeps its users.
pub fn body(tag: &str, plain: bool) -> String {
    let name = user_name(tag);
    if plain {
        return format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}","externalId":"x{MARK}{tag}","name":{{"givenName":"Given{MARK}","familyName":"Family{MARK}"}},"emails":[{{"value":"{name}","type":"work","primary":true}}],"active":true}}"#
        );
    }
    format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"#,
            r#""externalId":"00u{mark}{tag}","userName":"{name}","active":true,"#,
            r#""name":{{"formatted":"Given{mark} Family{mark}","familyName":"Family{mark}","givenName":"Given{mark}"}},"#,
            r#""displayName":"Given{mark} Family{mark}","title":"Senior engineer","#,
            r#""emails":[{{"value":"{name}","type":"work","primary":true}},{{"value":"given{mark}{tag}@home.example.org","type":"home"}}],"#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":"#,
            r#"{{"employeeNumber":"{mark}","department":"Engineering","costCenter":"4130","organization":"Example Works"}}}}"#,
        ),
        mark = MARK,
        tag = tag,
        name = name,
    )
}

/// The user name in it, also as it stands in a URL but for the `@`.
pub fn user_name(tag: &str) -> String {
    format!("person{MARK}{tag}@example.com")
}

/// What a service answers for such a user, about 1 kB: the responder's only text.
pub fn answer() -> String {
    let user = Template::of(body("", false).into_bytes()).text(1);
    let inside = user.trim_start_matches('{').trim_end_matches('}');
    format!(
        r#"{{"id":"892618758160390",{inside}}},"meta":{{"resourceType":"User","created":"2026-01-31T09:30:00.000Z","lastModified":"2026-01-31T09:30:00.000Z","location":"http://127.0.0.1:8080/api/rest/scim/v2/892618758160386/Users/892618758160390","version":"W/\"1\""}}}}"#
    )
}

/// Bytes with places for a number.
pub struct Template {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Template {
    /// Finds the places.
    pub fn of(bytes: Vec<u8>) -> Template {
        let is_mark = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(MARK.as_bytes()));
        let places = (0..bytes.len()).filter(is_mark).collect();
        Template { bytes, places }
    }

    /// Appends them with a number.
    pub fn write(&self, number: u64, into: &mut Vec<u8>) {
        let start = into.len();
        into.extend_from_slice(&self.bytes);
        let (mut digits, mut rest) = ([b'0'; MARK.len()], number);
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        for place in &self.places {
            if let Some(target) = into.get_mut(start + place..start + place + MARK.len()) {
                target.copy_from_slice(&digits);
            }
        }
    }

    /// The text with a number.
    pub fn text(&self, number: u64) -> String {
        let mut bytes = Vec::new();
        self.write(number, &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
