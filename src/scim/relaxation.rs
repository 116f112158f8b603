//! Relaxations: every place where we take from a real client what the RFC does not allow, with its clause and its witness.
//!
//! All of them pass `Leeway::take`. Under tolerance `liberal` it notes them, so that whoever tests a client sees them;
//! under `strict` it refuses, so that a client can be tested against the letter.

macro_rules! relaxations {
    ($($name:ident, $word:literal, $code:literal, $clause:literal, $sentence:literal, $witness:literal;)+) => {
        /// One place where `liberal` takes what the RFC does not allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Relaxation {
            $(#[doc = $sentence] $name),+
        }

        impl Relaxation {
            /// All of them, in the order of the table in docs/clients.md#relaxations.
            pub const ALL: &'static [Relaxation] = &[$(Relaxation::$name),+];

            /// The stable name, in captured requests and in the refusals of strict connections.
            pub fn code(self) -> &'static str {
                match self { $(Relaxation::$name => $code),+ }
            }

            /// What the letter is.
            pub fn clause(self) -> &'static str {
                match self { $(Relaxation::$name => $clause),+ }
            }

            /// What is taken, in one sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Relaxation::$name => $sentence),+ }
            }

            /// Who needs it.
            pub fn witness(self) -> &'static str {
                match self { $(Relaxation::$name => $witness),+ }
            }

            /// The word of RFC 7644, table 9, that a strict refusal has.
            pub fn scim_type(self) -> Option<&'static str> {
                let word = match self { $(Relaxation::$name => $word),+ };
                Some(word).filter(|word| !word.is_empty())
            }
        }
    };
}

relaxations! {
    ContentType, "", "content-type", "RFC 7644, section 3.1",
        "A body may come without Content-Type or with one that is neither application/scim+json nor application/json.",
        "Keeper's Google function, scripts";
    PathSlashes, "", "path-slashes", "RFC 7644, section 3.2",
        "Doubled slashes and one at the end of a path do not count.",
        "JumpCloud";
    PathLetterCase, "", "path-letter-case", "RFC 7644, section 3.2",
        "The names of endpoints are read in any letter case.",
        "Microsoft's collection of requests";
    QueryLetterCase, "invalidValue", "query-letter-case", "RFC 7644, section 3.4.2",
        "The names of query parameters are read in any letter case.",
        "hand-typed requests";
    UnquotedEtag, "invalidValue", "unquoted-etag", "RFC 9110, section 8.8.3",
        "A version in If-Match or If-None-Match may stand without its quotes.",
        "scripts that cut them off";
    Schemas, "invalidSyntax", "schemas", "RFC 7643, section 3",
        "“schemas” may be missing or name other schemas than those of the message.",
        "Google Workspace, OneLogin, Entra ID, Commander";
    EmptyFilter, "invalidFilter", "empty-filter", "RFC 7644, section 3.4.2.2",
        "A filter without text is no filter.",
        "clients with an empty search field";
    UnquotedValue, "invalidFilter", "unquoted-value", "RFC 7644, section 3.4.2.2",
        "A text in a filter may stand without quotes.",
        "authentik, Ping, Entra ID's documentation";
    ForeignQuotes, "invalidFilter", "foreign-quotes", "RFC 7644, section 3.4.2.2",
        "A text in a filter may stand in other quote marks than the double ones of JSON.",
        "filter-parser 21, charon 168, SimpleIdServer 912";
    FilterBlanks, "invalidFilter", "filter-blanks", "RFC 7644, section 3.4.2.2",
        "A filter or path may have more or fewer blanks between its parts than one.",
        "hand-typed requests";
    PartAfterBrackets, "invalidFilter", "part-after-brackets", "RFC 7644, section 3.4.2.2",
        "A filter may compare a part behind brackets: emails[type eq \"work\"].value eq \"x\".",
        "Entra ID";
    ComplexCompared, "invalidFilter", "complex-compared", "RFC 7644, section 3.4.2.2",
        "A single complex attribute that is compared means its “value”.",
        "Entra ID (manager)";
    BooleanAsString, "invalidValue", "boolean-as-string", "RFC 7643, section 2.3.2",
        "True and false may be strings, in any letter case.",
        "Keeper, Entra ID, OneLogin, old SCIM-SDK";
    NumberAsId, "invalidValue", "number-as-id", "RFC 7643, section 3.1",
        "An id may be a number.",
        "scripts that keep ids as numbers";
    UrnWithoutColon, "invalidPath", "urn-without-colon", "RFC 7643, section 10.3",
        "The URN of a schema may lack its last colon.",
        "Entra ID's documentation";
    ExtensionWithoutUrn, "invalidPath", "extension-without-urn", "RFC 7644, section 3.10",
        "An attribute of the extension may be named without the extension's URN.",
        "Entra ID (manager)";
    CoreUrnObject, "invalidSyntax", "core-urn-object", "RFC 7643, section 3",
        "The attributes of the core schema may stand in an object under its URN.",
        "scimverify";
    QualifiedKey, "invalidSyntax", "qualified-key", "RFC 7643, section 2.1",
        "A key may be a path: name.givenName, or an attribute behind the URN of its schema.",
        "Commander, Entra ID with its flag of 2020";
    UnknownAttribute, "invalidSyntax", "unknown-attribute", "RFC 7643, section 2.1",
        "Attributes that no schema has are passed over in bodies.",
        "rauthy, Entra ID, OneLogin";
    UnknownExtension, "invalidPath", "unknown-extension", "RFC 7643, section 3.3",
        "Extensions that are not announced are passed over, in bodies and in PATCH paths.",
        "Okta, SCIM-SDK 539, fleet 41996";
    ScalarForList, "invalidValue", "scalar-for-list", "RFC 7643, section 2.4",
        "A single value may stand where a list belongs.",
        "OneLogin, Salesforce";
    ListForScalar, "invalidValue", "list-for-scalar", "RFC 7643, section 2.3",
        "A list of one may stand where a single value belongs.",
        "SCIM-SDK 968, Entra ID (manager)";
    StringForObject, "invalidValue", "string-for-object", "RFC 7643, section 2.3.8",
        "A string may stand where an object belongs, and is its “value”.",
        "Entra ID (manager, roles)";
    JsonInString, "invalidValue", "json-in-string", "RFC 7643, section 2.3.8",
        "An object or a list may come as JSON text in a string.",
        "SCIM-SDK 404";
    WrappedList, "invalidValue", "wrapped-list", "RFC 7643, section 2.4",
        "The list of members may be wrapped in an object once more.",
        "Salesforce";
    RolesOfAnyType, "invalidValue", "roles-of-any-type", "RFC 7643, section 4.1.2",
        "What is no role in “roles” is passed over.",
        "Keeper";
    GroupsWritten, "mutability", "groups-written", "RFC 7643, section 4.1.2",
        "A client may change memberships through the read-only “groups” of a user.",
        "Keeper, Commander";
    ReadOnlyInPatch, "mutability", "read-only-in-patch", "RFC 7644, section 3.5.2",
        "“id” and “meta” are passed over in the value of a PATCH without path.",
        "Okta, authentik";
    OperationsEmpty, "invalidSyntax", "operations-empty", "RFC 7644, section 3.5.2",
        "A PATCH may have no operations, or null for them, and then changes nothing.",
        "Keeper's Google function";
    OperationsNotList, "invalidSyntax", "operations-not-list", "RFC 7644, section 3.5.2",
        "“Operations” may be one operation instead of a list.",
        "Keeper's Google function, an old release";
    OpLetterCase, "invalidSyntax", "op-letter-case", "RFC 7644, section 3.5.2",
        "“op” is read in any letter case.",
        "Entra ID, Keeper";
    EmptyPath, "invalidPath", "empty-path", "RFC 7644, section 3.5.2",
        "A path that is null or empty is none.",
        "authentik";
    ValuePathCreates, "noTarget", "value-path-creates", "RFC 7644, section 3.5.2.3",
        "A path with a filter that finds nothing makes the element that the filter describes.",
        "Entra ID";
    AddByValuePath, "invalidValue", "add-by-value-path", "RFC 7644, section 3.5.2.1",
        "An add without value takes the member from the path: members[value eq \"ID\"].",
        "Bitwarden's clients";
    RemoveWithValue, "invalidValue", "remove-with-value", "RFC 7644, section 3.5.2.2",
        "A remove may name in its value what is taken out of a list.",
        "Entra ID, JumpCloud, rauthy, ssosync";
    MethodLetterCase, "invalidSyntax", "method-letter-case", "RFC 7644, section 3.7",
        "The method of a bulk operation is read in any letter case.",
        "hand-written bulk requests";
    BulkPath, "invalidSyntax", "bulk-path", "RFC 7644, section 3.7",
        "The path of a bulk operation may be a whole address, and its first slash may be missing.",
        "hand-written bulk requests";
}
