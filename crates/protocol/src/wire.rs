//! The macros that declare wire types, and the registry of their layout.
//!
//! On the wire a struct is a MessagePack array of its fields in order of declaration (an object in JSON), and a
//! tagged enum is `[tag, content]` (`{"t": tag, "c": content}` in JSON). The page's codec needs the order of
//! fields, so the same declaration yields serde's traits and a [`Shape`].

use std::collections::BTreeMap;

/// What stands at one place of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 16 bytes in MessagePack, hyphenated text in JSON and TypeScript.
    Id,
    /// A whole number within ±2^53.
    Int,
    /// A number.
    Float,
    /// True or false.
    Bool,
    /// UTF-8 text.
    Text,
    /// A text out of a closed set; the TypeScript name of the set.
    Word(&'static str),
    /// A sequence.
    List(Box<Shape>),
    /// The value or nil.
    Optional(Box<Shape>),
    /// A struct by name.
    Struct(&'static str),
    /// A tagged enum by name.
    Tagged(&'static str),
}

/// A named place with its documentation.
#[derive(Clone, Debug)]
pub struct Place {
    /// Field name or tag.
    pub name: &'static str,
    /// What stands there.
    pub shape: Shape,
    /// Doc comment.
    pub doc: String,
}

/// Every type reachable from the ones asked for.
#[derive(Default, Debug)]
pub struct Registry {
    /// Structs: fields in order.
    pub structs: BTreeMap<&'static str, (String, Vec<Place>)>,
    /// Tagged enums: tags with their content.
    pub tagged: BTreeMap<&'static str, (String, Vec<Place>)>,
    /// Closed sets of texts.
    pub words: BTreeMap<&'static str, (String, Vec<&'static str>)>,
}

/// A type with a known layout.
pub trait Wire {
    /// The layout; records named types on the way.
    fn shape(registry: &mut Registry) -> Shape;
}

macro_rules! wire_leaf {
    ($($kind:ty => $shape:expr),* $(,)?) => { $(
        impl Wire for $kind {
            fn shape(_: &mut Registry) -> Shape { $shape }
        }
    )* };
}
wire_leaf! {
    u8 => Shape::Int, u16 => Shape::Int, u32 => Shape::Int, u64 => Shape::Int, i32 => Shape::Int, i64 => Shape::Int,
    f32 => Shape::Float, f64 => Shape::Float, bool => Shape::Bool, String => Shape::Text,
}

impl<T: Wire> Wire for Vec<T> {
    fn shape(registry: &mut Registry) -> Shape {
        Shape::List(Box::new(T::shape(registry)))
    }
}

impl<T: Wire> Wire for Option<T> {
    fn shape(registry: &mut Registry) -> Shape {
        Shape::Optional(Box::new(T::shape(registry)))
    }
}

impl<T: Wire> Wire for Box<T> {
    fn shape(registry: &mut Registry) -> Shape {
        T::shape(registry)
    }
}

macro_rules! wire_fraction {
    ($($kind:ty),*) => { $(
        impl Wire for $kind {
            fn shape(registry: &mut Registry) -> Shape {
                registry.structs.entry("Fraction").or_insert_with(|| {
                    let place = |name| Place { name, shape: Shape::Int, doc: String::new() };
                    ("A rational number in lowest terms.".to_owned(), vec![place("num"), place("den")])
                });
                Shape::Struct("Fraction")
            }
        }
    )* };
}
wire_fraction!(timecode::FrameRate, timecode::Speed);

/// Declares a struct of the wire.
macro_rules! wire_struct {
    ($(#[doc = $doc:literal])* pub struct $name:ident { $( $(#[doc = $field_doc:literal])* $(#[serde($($serde:tt)*)])* pub $field:ident : $kind:ty ),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $( $(#[doc = $field_doc])* $(#[serde($($serde)*)])* pub $field: $kind, )* }

        impl $crate::wire::Wire for $name {
            fn shape(registry: &mut $crate::wire::Registry) -> $crate::wire::Shape {
                if !registry.structs.contains_key(stringify!($name)) {
                    // Entered first, so that a type may contain itself.
                    registry.structs.insert(stringify!($name), (String::new(), Vec::new()));
                    let places = vec![ $( $crate::wire::Place {
                        name: stringify!($field),
                        shape: <$kind as $crate::wire::Wire>::shape(registry),
                        doc: [$($field_doc),*].concat().trim().to_owned(),
                    } ),* ];
                    registry.structs.insert(stringify!($name), ([$($doc),*].concat().trim().to_owned(), places));
                }
                $crate::wire::Shape::Struct(stringify!($name))
            }
        }
    };
}

/// Declares a tagged enum of the wire; each variant holds one struct.
macro_rules! wire_tagged {
    ($(#[doc = $doc:literal])* pub enum $name:ident { $( $(#[doc = $variant_doc:literal])* $tag:literal => $variant:ident($content:ty) ),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "t", content = "c")]
        pub enum $name { $( $(#[doc = $variant_doc])* #[serde(rename = $tag)] $variant($content), )* }

        impl $name {
            /// The tag on the wire, for logs and counters.
            #[must_use]
            pub fn tag(&self) -> &'static str {
                match self { $( $name::$variant(_) => $tag, )* }
            }
        }

        impl $crate::wire::Wire for $name {
            fn shape(registry: &mut $crate::wire::Registry) -> $crate::wire::Shape {
                if !registry.tagged.contains_key(stringify!($name)) {
                    registry.tagged.insert(stringify!($name), (String::new(), Vec::new()));
                    let places = vec![ $( $crate::wire::Place {
                        name: $tag,
                        shape: <$content as $crate::wire::Wire>::shape(registry),
                        doc: [$($variant_doc),*].concat().trim().to_owned(),
                    } ),* ];
                    registry.tagged.insert(stringify!($name), ([$($doc),*].concat().trim().to_owned(), places));
                }
                $crate::wire::Shape::Tagged(stringify!($name))
            }
        }
    };
}

/// Declares a closed set of texts.
macro_rules! wire_word {
    ($(#[doc = $doc:literal])* pub enum $name:ident { $( $(#[doc = $variant_doc:literal])* $text:literal => $variant:ident ),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $( $(#[doc = $variant_doc])* #[serde(rename = $text)] $variant, )* }

        impl $name {
            /// Every word of the set, in order.
            pub const ALL: &'static [$name] = &[ $( $name::$variant ),* ];

            /// The text on the wire and in SQL.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( $name::$variant => $text, )* }
            }

            /// The word with this text.
            #[must_use]
            pub fn parse(text: &str) -> Option<$name> {
                match text { $( $text => Some($name::$variant), )* _ => None }
            }
        }

        impl $crate::wire::Wire for $name {
            fn shape(registry: &mut $crate::wire::Registry) -> $crate::wire::Shape {
                registry.words.entry(stringify!($name)).or_insert_with(|| {
                    ([$($doc),*].concat().trim().to_owned(), vec![ $( $text ),* ])
                });
                $crate::wire::Shape::Word(stringify!($name))
            }
        }
    };
}

pub(crate) use {wire_struct, wire_tagged, wire_word};
