//! `GET /api/openapi.json`: the API as an OpenAPI 3.1 document. Schemas come from the declarations of the wire types;
//! the table of operations stands here and is compared with the router by a test.

use axum::Json;
use protocol::Code;
use protocol::wire::{Place, Registry, Shape};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// One operation of the API.
pub struct Operation {
    /// Method, lower case.
    pub method: &'static str,
    /// Path below `/api/v1`, with names in braces; an absolute one where it begins with `/media`.
    pub path: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Query parameters: name, kind, what it means.
    pub query: &'static [(&'static str, &'static str, &'static str)],
    /// Type of the JSON body.
    pub body: Option<&'static str>,
    /// Status of a success and the type of its body: `Name`, `[Name]`, a content type, or nothing.
    pub answer: (u16, &'static str),
    /// Whether it works without a session.
    pub open: bool,
}

const PAGED: &[(&str, &str, &str)] = &[
    ("cursor", "string", "`next` of the page before"),
    ("limit", "integer", "entries on a page, at most 100"),
];

macro_rules! operations {
    ($($method:ident $path:literal $([$($open:ident)?])? $(? $query:expr ;)? $(< $body:literal)? => $status:literal $answer:literal, $summary:literal;)*) => {
        &[ $( Operation {
            method: stringify!($method),
            path: $path,
            summary: $summary,
            query: { #[allow(unused_mut, unused_assignments)] let mut query: &'static [(&'static str, &'static str, &'static str)] = &[]; $( query = $query; )? query },
            body: { #[allow(unused_mut, unused_assignments)] let mut body: Option<&'static str> = None; $( body = Some($body); )? body },
            answer: ($status, $answer),
            open: { #[allow(unused_mut, unused_assignments)] let mut open = false; $($( let $open = true; open = $open; )?)? open },
        } ),* ]
    };
}

/// Every operation.
pub static OPERATIONS: &[Operation] = operations! {
    get "/instance" [open] => 200 "InstanceView", "What a page needs before anybody has signed in.";
    get "/instance/media" => 200 "MediaToolsView", "For owners: ffmpeg, its known holes, and how far its sandbox reaches.";
    get "/instance/numbers" => 200 "LiveNumbers", "For owners, and tokens of scope metrics: what this node is doing, and how close players are to the timeline.";
    post "/setup" [open] < "SetupRequest" => 201 "SetupDone", "Make the first owner, by the one-time setup link.";
    get "/session" [open] => 200 "SessionView", "Who is signed in; nobody is an answer too.";
    post "/session" [open] < "SignInRequest" => 200 "SessionView", "Sign in; sets the session cookie.";
    delete "/session" [open] => 204 "", "Sign out.";
    post "/users" [open] < "SignUpRequest" => 201 "SessionView", "Make an account; a signed-in guest becomes that user.";
    get "/channels" ? PAGED; => 200 "ChannelList", "My channels, then public ones that I may join.";
    post "/channels" < "CreateChannel" => 201 "ChannelView", "Make a channel.";
    get "/channels/{channel}" => 200 "ChannelView", "A channel's card.";
    patch "/channels/{channel}" < "CreateChannel" => 200 "ChannelView", "Rename, show or hide a channel.";
    delete "/channels/{channel}" => 204 "", "Delete a channel; for a day it can be put back, then it is erased.";
    post "/channels/{channel}/restore" => 200 "ChannelView", "Put a deleted channel back.";
    post "/channels/{channel}/join" => 200 "ChannelView", "Enter a channel that needs no invite.";
    post "/channels/{channel}/leave" => 204 "", "Leave a channel.";
    get "/channels/{channel}/members" => 200 "[MemberView]", "Members by role, then name.";
    patch "/channels/{channel}/members/{person}" < "SetMemberRole" => 204 "", "Give a role.";
    delete "/channels/{channel}/members/{person}" => 204 "", "Take somebody out.";
    get "/channels/{channel}/invites" => 200 "[InviteView]", "Invites, newest first.";
    post "/channels/{channel}/invites" < "CreateInvite" => 201 "InviteView", "Make an invite; the only time its token is told.";
    delete "/channels/{channel}/invites/{invite}" => 204 "", "Withdraw an invite.";
    get "/invites/{token}" [open] => 200 "InvitePreview", "What an invite leads to.";
    post "/invites/{token}/accept" [open] < "AcceptInvite" => 200 "InviteAccepted", "Come in by an invite; 201 for a new guest.";
    get "/channels/{channel}/messages" ? &[("before", "integer", "messages before this seq"), ("limit", "integer", "at most 200")]; => 200 "MessagePage", "Chat history, newest last.";
    post "/channels/{channel}/commands" < "CommandFrame" => 200 "CommandAccepted", "A command as the live socket takes it, answered after the commit.";
    get "/channels/{channel}/live" => 101 "", "The live socket: subprotocol genlock.v1 or genlock.v1.json (docs/protocol.md).";
    get "/channels/{channel}/videos" ? PAGED; => 200 "VideoList", "The library, newest first.";
    get "/videos/{video}" => 200 "VideoView", "A video with its versions.";
    patch "/videos/{video}" < "UpdateVideo" => 200 "VideoView", "Rename a video.";
    delete "/videos/{video}" => 204 "", "Take a video out of the library.";
    post "/videos/{video}/restore" => 200 "VideoView", "Put a removed video back.";
    post "/videos/{video}/cancel" => 204 "", "Stop the upload or preparation of a video.";
    post "/videos/{video}/captions" < "AddCaptions" => 201 "VideoView", "Add captions, SubRip or WebVTT.";
    patch "/videos/{video}/captions/{caption}" < "UpdateCaptions" => 200 "VideoView", "Name captions, make them the default.";
    delete "/videos/{video}/captions/{caption}" => 204 "", "Take captions away.";
    post "/videos/{video}/captions/{caption}/restore" => 200 "VideoView", "Put captions back.";
    put "/videos/{video}/poster" < "SetPoster" => 202 "", "Choose the frame of the poster; it changes when it is made.";
    get "/jobs" ? &[("state", "string", "only jobs of this state"), ("cursor", "string", "`next` of the page before"), ("limit", "integer", "entries on a page, at most 200")]; => 200 "JobList", "Every job of the instance, newest first; for its owner.";
    get "/jobs/{job}" => 200 "JobView", "A job of a video that I may see.";
    get "/jobs/{job}/events" => 200 "text/event-stream", "Follow a job: an event `job` (JobView) at every change, until it has ended.";
    post "/jobs/{job}/retry" => 204 "", "Try a failed job again, and what was stopped with it.";
    post "/jobs/{job}/cancel" => 204 "", "Stop the preparation that a job belongs to.";
    post "/jobs/begin" => 200 "application/json", "Worker: my process has begun; the claims of the one before it end.";
    post "/jobs/claim" => 200 "application/json", "Worker: give me the most urgent job that fits.";
    post "/jobs/progress" => 200 "application/json", "Worker: frames of my running jobs.";
    get "/jobs/bell" ? &[("runner", "string", "name of the worker")]; => 200 "text/plain", "Worker: a line whenever there may be something to do.";
    get "/jobs/versions/{version}" => 200 "application/json", "Worker: a version as it is now.";
    post "/jobs/{job}/renew" => 200 "application/json", "Worker: I still have it.";
    post "/jobs/{job}/complete" => 200 "application/json", "Worker: it is done.";
    post "/jobs/{job}/fail" => 200 "application/json", "Worker: it failed.";
    post "/jobs/{job}/release" => 200 "application/json", "Worker: I give it back, uncounted.";
    get "/jobs/blobs" ? &[("prefix", "string", "beginning of the keys"), ("limit", "integer", "keys at most")]; => 200 "application/json", "Worker: keys of stored objects.";
    get "/jobs/blobs/{key}" => 200 "application/octet-stream", "Worker: bytes of a source or object, in part by Range.";
    put "/jobs/blobs/{key}" => 204 "", "Worker: keep this object, with its SHA-256 in `genlock-sha256`.";
    get "/tokens" => 200 "[TokenView]", "Tokens of programs, newest first; for the owner of the instance.";
    post "/tokens" < "CreateToken" => 201 "TokenView", "Make a token; the only time its secret is told.";
    delete "/tokens/{token}" => 204 "", "Withdraw a token.";
    options "/uploads" [open] => 204 "", "What of tus 1.0 is spoken here.";
    post "/uploads" => 201 "", "Begin a tus 1.0 upload; metadata filename, filetype, channel, optional video.";
    head "/uploads/{upload}" => 200 "", "Where an upload stands.";
    patch "/uploads/{upload}" => 204 "", "Send bytes at the offset.";
    delete "/uploads/{upload}" => 204 "", "Give an upload up.";
    get "/channels/{channel}/videos/same" ? &[("bytes", "integer", "size of the file")]; => 200 "FilmsOfSize", "Films whose file has this size, with their hashes; for who may upload there.";
    get "/uploads/{upload}/parts" => 200 "UploadParts", "What is here of an upload in parts.";
    put "/uploads/{upload}/parts/{part}" => 200 "PartTaken", "Send a part of 8 MiB in any order; Content-Digest is checked, Content-Range names a run of it.";
    get "/media/{version}/master.m3u8" => 200 "application/vnd.apple.mpegurl", "HLS playlist of a version; everything else below it.";
    get "/media/{version}/poster.jpg" => 200 "image/jpeg", "Poster.";
    get "/media/{version}/storyboard.vtt" => 200 "text/vtt", "Storyboard: pictures by time.";
    get "/media/{version}/waveform.peaks" => 200 "application/octet-stream", "Overview of the sound (docs/protocol.md, M6); of further tracks waveform-1.peaks.";
    get "/media/{version}/captions/{caption}.vtt" => 200 "text/vtt", "Captions.";
};

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// The document.
pub async fn show() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

/// Builds the document. Also what `genlock openapi` prints.
#[must_use]
pub fn document() -> Value {
    let registry = protocol::export::registry();
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = if operation.path.starts_with("/media") {
            operation.path.to_owned()
        } else {
            format!("/api/v1{}", operation.path)
        };
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[operation.method] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Genlock",
            "version": super::instance::VERSION,
            "description": "Watch video together on the same frame. Times are Unix microseconds, frames are integers, rates are fractions. Unsafe methods need the page's own Origin. Errors are RFC 9457 problem documents with a numbered code.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas(&registry),
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-genlock",
                             "description": "genlock_loopback on this machine, genlock_lan with --lan." },
                "token": { "type": "http", "scheme": "bearer",
                           "description": "A program's token (POST tokens, genlock token create)." },
            },
            "responses": { "Problem": {
                "description": "Refused; the code says why.",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let is_text = name == "key" || operation.path.starts_with("/invites/{token}");
            let schema = match name {
                "part" => json!({ "type": "integer", "minimum": 0 }),
                _ if is_text => json!({ "type": "string" }),
                _ => id_schema(),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    parameters.extend(operation.query.iter().map(|(name, kind, meaning)| {
        json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": kind } })
    }));
    let (status, answer) = operation.answer;
    let content = match answer {
        "" => None,
        name if name.contains('/') => Some(json!({ name: {} })),
        name => {
            let schema = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
                Some(name) => json!({ "type": "array", "items": reference(name) }),
                None => reference(name),
            };
            Some(json!({ "application/json": { "schema": schema } }))
        }
    };
    let mut success = json!({ "description": "Done." });
    if let Some(content) = content {
        success["content"] = content;
    }
    let mut responses = Map::new();
    responses.insert(status.to_string(), success);
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    let mut described = json!({
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
        "security": if operation.open {
            json!([{}, { "session": [] }])
        } else if operation.summary.starts_with("Worker:") {
            json!([{ "token": [] }])
        } else {
            json!([{ "session": [] }])
        },
    });
    if let Some(body) = operation.body {
        described["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": reference(body) } } });
    }
    described
}

/// `getChannelsMembers`: method and path without the names in braces.
fn operation_id(operation: &Operation) -> String {
    let mut id = operation.method.to_owned();
    for part in operation.path.split(['/', '.']).filter(|part| !part.is_empty()) {
        let part = part.trim_matches(['{', '}']);
        let (first, rest) = part.split_at(1);
        id.push_str(&first.to_uppercase());
        id.push_str(rest);
    }
    id
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn id_schema() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn schemas(registry: &Registry) -> Value {
    let mut schemas = Map::new();
    for (name, (doc, words)) in &registry.words {
        schemas.insert((*name).to_owned(), json!({ "type": "string", "enum": words, "description": doc }));
    }
    for (name, (doc, places)) in &registry.structs {
        let name_of = |place: &Place| match (*name, place.name) {
            ("Problem", "kind") => "type", // renamed in JSON, as RFC 9457 has it
            (_, name) => name,
        };
        let properties: Map<String, Value> = places
            .iter()
            .map(|place| {
                let mut schema = schema(&place.shape);
                if !place.doc.is_empty() {
                    schema["description"] = json!(place.doc);
                }
                (name_of(place).to_owned(), schema)
            })
            .collect();
        let required: Vec<&str> =
            places.iter().filter(|place| !matches!(place.shape, Shape::Optional(_))).map(name_of).collect();
        schemas.insert(
            (*name).to_owned(),
            json!({ "type": "object", "description": doc, "properties": properties, "required": required }),
        );
    }
    for (name, (doc, places)) in &registry.tagged {
        let variants: Vec<Value> = places
            .iter()
            .map(|place| {
                json!({ "type": "object", "description": place.doc, "required": ["t", "c"],
                        "properties": { "t": { "const": place.name }, "c": schema(&place.shape) } })
            })
            .collect();
        schemas.insert((*name).to_owned(), json!({ "description": doc, "oneOf": variants }));
    }
    let codes: Vec<Value> = Code::ALL
        .iter()
        .map(|code| json!({ "const": code.number(), "title": format!("{code:?}"), "description": code.sentence() }))
        .collect();
    schemas.insert("Code".to_owned(), json!({ "description": "Numbers of refusals.", "oneOf": codes }));
    Value::Object(schemas)
}

fn schema(shape: &Shape) -> Value {
    match shape {
        Shape::Id => id_schema(),
        Shape::Int => json!({ "type": "integer" }),
        Shape::Float => json!({ "type": "number" }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Text => json!({ "type": "string" }),
        Shape::Word(name) | Shape::Struct(name) | Shape::Tagged(name) => {
            json!({ "allOf": [reference(name)] })
        }
        Shape::List(inner) => json!({ "type": "array", "items": schema(inner) }),
        Shape::Optional(inner) => json!({ "anyOf": [schema(inner), { "type": "null" }] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every `$ref` of a document.
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if name == "$ref" => {
                            found.insert(text.clone());
                        }
                        other => references(other, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 30, "{found:?}");
        for reference in &found {
            let pointer = reference.strip_prefix('#').expect("within the document");
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
        let names: BTreeSet<String> = OPERATIONS.iter().map(operation_id).collect();
        assert_eq!(names.len(), OPERATIONS.len());
    }
}
