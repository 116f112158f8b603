//! A sentence that somebody reads: its words in English, and the code and the parameters by which it is said in another language.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

/// A sentence, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sentence {
    text: Cow<'static, str>,
    #[serde(flatten)]
    // Boxed, so that what fails stays small.
    said: Option<Box<Said>>,
}

/// How a sentence is said in another language. What others say, such as an operating system or a target, has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    /// Which sentence, such as `the_password_is_wrong_52e`. The catalogues have it as `push.said.CODE`.
    pub code: Cow<'static, str>,
    /// What stands in its gaps, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<Cow<'static, str>, Param>,
}

/// What stands in a gap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Param {
    /// A name, a number, or somebody else's words.
    Text(String),
    /// A part of the sentence that is said in that language as well.
    Sentence(Box<Sentence>),
    /// Several of them, one after the other.
    List(Vec<Sentence>),
}

impl Sentence {
    /// A sentence with its code; made by [`say!`].
    pub(crate) fn coded(code: &'static str, text: impl Into<Cow<'static, str>>) -> Sentence {
        Sentence { text: text.into(), said: Some(Box::new(Said { code: code.into(), params: BTreeMap::new() })) }
    }

    /// With what stands in a gap.
    pub(crate) fn with(mut self, name: &'static str, param: Param) -> Sentence {
        if let Some(said) = &mut self.said {
            said.params.insert(name.into(), param);
        }
        self
    }

    /// Several, with `between` between their English words.
    pub(in crate::push) fn list(sentences: Vec<Sentence>, between: &str) -> Sentence {
        let texts: Vec<&str> = sentences.iter().map(Sentence::as_str).collect();
        Sentence::coded("list", texts.join(between)).with("items", Param::List(sentences))
    }

    /// The English words.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How it is said in another language.
    pub fn said(&self) -> Option<&Said> {
        self.said.as_deref()
    }
}

impl Deref for Sentence {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<&str> for Sentence {
    fn eq(&self, text: &&str) -> bool {
        self.text == *text
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Words of somebody else.
impl From<String> for Sentence {
    fn from(text: String) -> Sentence {
        Sentence { text: text.into(), said: None }
    }
}

/// What may stand in a gap.
pub trait Gap {
    /// As a parameter.
    fn param(&self) -> Param;
}

impl<T: Gap + ?Sized> Gap for &T {
    fn param(&self) -> Param {
        (**self).param()
    }
}

impl Gap for Sentence {
    fn param(&self) -> Param {
        Param::Sentence(Box::new(self.clone()))
    }
}

macro_rules! text_gaps {
    ($($kind:ty),*) => {$(
        impl Gap for $kind {
            fn param(&self) -> Param {
                Param::Text(self.to_string())
            }
        }
    )*};
}

text_gaps!(str, String, u16, u32, u64, usize, i32, i64);

/// A [`Sentence`] by its code, its English words, and what stands in their gaps: `say!("is_let_in", "“{user}” is let in.", user = name)`.
macro_rules! say {
    ($code:literal, $text:literal) => {
        $crate::push::sentence::Sentence::coded($code, $text)
    };
    ($code:literal, $text:literal, $($name:ident = $value:expr),+ $(,)?) => {
        match ($(&$value,)+) {
            ($($name,)+) => $crate::push::sentence::Sentence::coded($code, format!($text, $($name = $name),+))
                $(.with(stringify!($name), $crate::push::sentence::Gap::param($name)))+,
        }
    };
}

pub(crate) use say;

/// What sentences are in JSON: their English words under one name, how else they are said under another.
pub(in crate::push) trait Spoken: Sized {
    type Texts: Serialize + DeserializeOwned;
    type Saids: Serialize + DeserializeOwned + Default + PartialEq;
    fn split(&self) -> (Self::Texts, Self::Saids);
    fn join(texts: Self::Texts, saids: Self::Saids) -> Self;
}

impl Spoken for Sentence {
    type Texts = String;
    type Saids = Option<Said>;
    fn split(&self) -> (String, Option<Said>) {
        (self.text.clone().into_owned(), self.said.as_deref().cloned())
    }
    fn join(text: String, said: Option<Said>) -> Sentence {
        Sentence { text: text.into(), said: said.map(Box::new) }
    }
}

impl Spoken for Option<Sentence> {
    type Texts = Option<String>;
    type Saids = Option<Said>;
    fn split(&self) -> (Option<String>, Option<Said>) {
        self.as_ref().map(Spoken::split).map_or((None, None), |(text, said)| (Some(text), said))
    }
    fn join(text: Option<String>, said: Option<Said>) -> Option<Sentence> {
        text.map(|text| Spoken::join(text, said))
    }
}

impl Spoken for Vec<Sentence> {
    type Texts = Vec<String>;
    type Saids = Vec<Option<Said>>;
    fn split(&self) -> (Vec<String>, Vec<Option<Said>>) {
        self.iter().map(Spoken::split).unzip()
    }
    fn join(texts: Vec<String>, saids: Vec<Option<Said>>) -> Vec<Sentence> {
        let saids = saids.into_iter().chain(std::iter::repeat(None));
        texts.into_iter().zip(saids).map(|(text, said)| Spoken::join(text, said)).collect()
    }
}

fn is_nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// For `#[serde(flatten, with = …)]`: a field as two, `NAME` and `NAME_said`, that is only written or read as well.
macro_rules! two_fields {
    ($($field:ident $text:literal $said:literal $way:ident),*) => {$(
        #[doc = concat!("`", $text, "` and `", $said, "`.")]
        pub(in crate::push) mod $field {
            use super::{is_nothing, Spoken};
            use serde::{Deserialize, Serialize, Serializer};

            #[derive(Serialize, Deserialize)]
            #[serde(bound = "")]
            struct Pair<S: Spoken> {
                #[serde(rename = $text)]
                texts: S::Texts,
                #[serde(rename = $said, default, skip_serializing_if = "is_nothing")]
                saids: S::Saids,
            }

            pub(in crate::push) fn serialize<S: Spoken, T: Serializer>(spoken: &S, to: T) -> Result<T::Ok, T::Error> {
                let (texts, saids) = spoken.split();
                Pair::<S> { texts, saids }.serialize(to)
            }

            two_fields!(@ $way);
        }
    )*};
    (@ written) => {};
    (@ read) => {
        pub(in crate::push) fn deserialize<'de, S: Spoken, D: serde::Deserializer<'de>>(from: D) -> Result<S, D::Error> {
            let Pair { texts, saids } = Pair::<S>::deserialize(from)?;
            Ok(S::join(texts, saids))
        }
    };
}

two_fields!(
    advice "advice" "advice_said" written,
    found "found" "found_said" written,
    notes "notes" "notes_said" read,
    part "part" "part_said" read,
    reason "reason" "reason_said" read,
    why "why" "why_said" read
);
