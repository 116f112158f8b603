//! The words of an enum: what CLI, API and store call its variants.

macro_rules! words {
    ($type:ident, $field:literal, $($variant:ident = $word:literal),+) => {
        impl $type {
            /// All words for it.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for it in CLI, API and store.
            pub fn word(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::domain::Error;

            fn from_str(text: &str) -> std::result::Result<$type, Self::Err> {
                match text {
                    $($word => Ok($type::$variant),)+
                    other => Err($crate::domain::Error::Invalid($field, format!("expected {}, got “{other}”", $type::WORDS.join(" or ")))),
                }
            }
        }
    };
}
pub(crate) use words;
