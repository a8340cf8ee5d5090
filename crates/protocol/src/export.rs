//! The layout written out for the page: TypeScript types and the codec's tables. Used by `cargo xtask codegen`
//! (through the example of the same name) and by the test that compares.

use crate::code::Code;
use crate::wire::{Place, Registry, Shape, Wire};
use std::fmt::Write as _;

/// Names and contents of the generated files, for `web/src/protocol/`.
#[must_use]
pub fn typescript() -> Vec<(&'static str, String)> {
    let registry = registry();
    vec![("types.ts", types(&registry)), ("layout.ts", layout(&registry)), ("codes.ts", codes())]
}

/// The layout of everything that crosses a wire: frames and REST bodies. Also the source of the API document.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    macro_rules! roots {
        ($($kind:ty),* $(,)?) => { $( <$kind as Wire>::shape(&mut registry); )* };
    }
    use crate::rest::*;
    use crate::work::*;
    roots!(
        crate::frame::ClientFrame,
        crate::frame::ServerFrame,
        Problem,
        InstanceView,
        MediaToolsView,
        LiveNumbers,
        SessionView,
        SetupRequest,
        SetupDone,
        SignInRequest,
        SignUpRequest,
        CreateChannel,
        ChannelList,
        MemberView,
        SetMemberRole,
        CreateInvite,
        InviteView,
        InvitePreview,
        AcceptInvite,
        InviteAccepted,
        MessagePage,
        VideoList,
        crate::upload::FilmsOfSize,
        crate::upload::UploadParts,
        crate::upload::PartTaken,
        UpdateVideo,
        AddCaptions,
        UpdateCaptions,
        SetPoster,
        CommandAccepted,
        JobList,
        CreateToken,
        TokenView,
        crate::command::ChannelUpdate,
    );
    registry
}

const HEAD: &str = "// Written by `cargo xtask codegen` from crates/protocol. Do not edit.\n";

fn types(registry: &Registry) -> String {
    let mut out = String::from(HEAD);
    for (name, (doc, words)) in &registry.words {
        let union: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let _ = write!(out, "\n/** {doc} */\nexport type {name} = {};\n", union.join(" | "));
    }
    for (name, (doc, places)) in &registry.structs {
        let _ = write!(out, "\n/** {doc} */\nexport interface {name} {{\n");
        for Place { name, shape, doc } in places {
            // The one field whose Rust name may not be used: RFC 9457's `type`.
            let name = if *name == "kind" && doc.contains("urn:genlock") { "type" } else { name };
            let _ = writeln!(out, "  /** {doc} */\n  {name}: {};", typescript_of(shape));
        }
        out.push_str("}\n");
    }
    for (name, (doc, places)) in &registry.tagged {
        let _ = write!(out, "\n/** {doc} */\nexport type {name} =\n");
        let arms: Vec<String> = places
            .iter()
            .map(|place| format!("  | {{ t: '{}'; c: {} }}", place.name, typescript_of(&place.shape)))
            .collect();
        out.push_str(&arms.join("\n"));
        out.push_str(";\n");
    }
    out
}

fn typescript_of(shape: &Shape) -> String {
    match shape {
        Shape::Id | Shape::Text => "string".into(),
        Shape::Int | Shape::Float => "number".into(),
        Shape::Bool => "boolean".into(),
        Shape::Word(name) | Shape::Struct(name) | Shape::Tagged(name) => (*name).into(),
        Shape::List(inner) => match &**inner {
            Shape::Optional(_) => format!("({})[]", typescript_of(inner)),
            _ => format!("{}[]", typescript_of(inner)),
        },
        Shape::Optional(inner) => format!("{} | null", typescript_of(inner)),
    }
}

/// `i` id, `v` plain value, `[s` list of s, `?s` optional s, `sName` struct, `tName` tagged.
fn layout_of(shape: &Shape) -> String {
    match shape {
        Shape::Id => "i".into(),
        Shape::Int | Shape::Float | Shape::Bool | Shape::Text | Shape::Word(_) => "v".into(),
        Shape::List(inner) => format!("[{}", layout_of(inner)),
        Shape::Optional(inner) => format!("?{}", layout_of(inner)),
        Shape::Struct(name) => format!("s{name}"),
        Shape::Tagged(name) => format!("t{name}"),
    }
}

fn layout(registry: &Registry) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n/** Fields of each struct in wire order, with their shape: i id, v value, [ list of, ? optional, sName struct, tName tagged. */\nexport const structs: Readonly<Record<string, readonly (readonly [string, string])[]>> = {\n");
    for (name, (_, places)) in &registry.structs {
        let fields: Vec<String> =
            places.iter().map(|place| format!("['{}', '{}']", place.name, layout_of(&place.shape))).collect();
        let _ = writeln!(out, "  {name}: [{}],", fields.join(", "));
    }
    out.push_str("};\n\n/** Content of each tag. */\nexport const tagged: Readonly<Record<string, Readonly<Record<string, string>>>> = {\n");
    for (name, (_, places)) in &registry.tagged {
        let arms: Vec<String> =
            places.iter().map(|place| format!("'{}': '{}'", place.name, layout_of(&place.shape))).collect();
        let _ = writeln!(out, "  {name}: {{ {} }},", arms.join(", "));
    }
    out.push_str("};\n");
    out
}

fn codes() -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n/** Number of each code. */\nexport const Code = {\n");
    for code in Code::ALL {
        let _ = writeln!(out, "  {code:?}: {},", code.number());
    }
    out.push_str("} as const;\n\n/** What each code says to a person. */\nexport const codeSentences: Readonly<Record<number, string>> = {\n");
    for code in Code::ALL {
        let _ = writeln!(out, "  {}: {:?},", code.number(), code.sentence());
    }
    out.push_str("};\n\n/** Codes after which the same operation may be sent again. */\nexport const retryableCodes: ReadonlySet<number> = new Set([\n");
    for code in Code::ALL.iter().filter(|code| code.retryable()) {
        let _ = writeln!(out, "  {},", code.number());
    }
    out.push_str("]);\n");
    out
}
