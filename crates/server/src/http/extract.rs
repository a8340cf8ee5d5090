//! Parts of a request as values, refused in our own words instead of the framework's.

use crate::AppState;
use crate::problem::Refusal;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use protocol::limits::TITLE_CHARS_MAX;
use protocol::people::NameError;
use protocol::{Code, DisplayName};
use serde::de::DeserializeOwned;
use std::time::Duration;
use unicode_normalization::UnicodeNormalization as _;

/// Longest time for a JSON body; 256 KiB at 10 KiB a second.
const BODY_PATIENCE: Duration = Duration::from_secs(26);

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, state: &AppState) -> Result<Self, Refusal> {
        let body = tokio::time::timeout(BODY_PATIENCE, axum::Json::<T>::from_request(request, state));
        match body.await {
            Ok(Ok(axum::Json(value))) => Ok(Json(value)),
            Ok(Err(rejection)) => Err(json_refusal(&rejection)),
            Err(_) => Err(Refusal::new(Code::Malformed)
                .status(StatusCode::REQUEST_TIMEOUT)
                .detail("the body did not arrive in time")),
        }
    }
}

/// Our words for a body that was not understood.
#[must_use]
pub fn json_refusal(rejection: &JsonRejection) -> Refusal {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => Refusal::new(Code::Malformed)
            .status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .detail("the body must be JSON with Content-Type: application/json"),
        JsonRejection::JsonDataError(error) => Refusal::new(Code::Malformed)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .detail(reason(&error.body_text())),
        JsonRejection::JsonSyntaxError(error) => {
            Refusal::new(Code::Malformed).detail(reason(&error.body_text()))
        }
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(Code::TooLarge),
        other => Refusal::new(Code::Malformed).detail(reason(&other.body_text())),
    }
}

/// What serde says, without its preamble and of bounded length (it may quote the body).
fn reason(text: &str) -> String {
    text.rsplit_once("target type: ").map_or(text, |(_, rest)| rest).chars().take(200).collect()
}

/// Ids in the path; an address with something else in their place is "not found".
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Path<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let found: Result<axum::extract::Path<T>, PathRejection> =
            axum::extract::Path::from_request_parts(parts, state).await;
        found.map(|axum::extract::Path(value)| Path(value)).map_err(|_| Refusal::not_found())
    }
}

/// The query.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let found: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, state).await;
        found
            .map(|axum::extract::Query(value)| Query(value))
            .map_err(|rejection| Refusal::new(Code::Invalid).detail(reason(&rejection.body_text())))
    }
}

/// A person's name from what was typed.
///
/// # Errors
/// `NameInvalid` with what is wrong with it.
pub fn display_name(text: &str) -> Result<DisplayName, Refusal> {
    DisplayName::parse(text)
        .map_err(|error: NameError| Refusal::field(Code::NameInvalid, "name", error.to_string()))
}

/// Longest e-mail (RFC 5321: 64 + 1 + 255).
const EMAIL_BYTES_MAX: usize = 320;

/// An e-mail as it is stored: trimmed, NFC, lower case. Whether it exists only a message to it would tell.
///
/// # Errors
/// `Invalid` when it cannot be one.
pub fn email(text: &str) -> Result<String, Refusal> {
    let wrong = || Refusal::field(Code::Invalid, "email", "this is not an e-mail address");
    let text = text.trim();
    if text.len() > EMAIL_BYTES_MAX {
        return Err(wrong());
    }
    let email: String = text.nfc().collect::<String>().to_lowercase();
    let (local, domain) = email.rsplit_once('@').ok_or_else(wrong)?;
    let clean = |part: &str| {
        !part.is_empty()
            && !part.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@' || c == '<' || c == '>')
    };
    if !clean(local) || !clean(domain) || domain.starts_with('.') || domain.ends_with('.') {
        return Err(wrong());
    }
    Ok(email)
}

/// A channel's name or a video's title: trimmed, NFC, 1 to 80 characters, no control characters.
///
/// # Errors
/// `Invalid` with what is wrong with it.
pub fn title(text: &str, field: &'static str) -> Result<String, Refusal> {
    let wrong = |detail: &str| Err(Refusal::field(Code::Invalid, field, detail));
    let trimmed = text.trim();
    // Bounded before normalising, as names are.
    if trimmed.chars().nth(TITLE_CHARS_MAX * 4).is_some() {
        return wrong("it has more than 80 characters");
    }
    let title: String = trimmed.nfc().collect();
    if title.chars().count() > TITLE_CHARS_MAX {
        return wrong("it has more than 80 characters");
    }
    if title.is_empty() {
        return wrong("it is empty");
    }
    if title.chars().any(char::is_control) {
        return wrong("it has control characters");
    }
    Ok(title)
}

/// A cursor of a list: opaque to clients, a time and an id to us.
#[must_use]
pub fn cursor(at: protocol::Timestamp, id: uuid::Uuid) -> String {
    format!("{}-{}", at.0, id.simple())
}

/// The time and id of a cursor.
///
/// # Errors
/// `Invalid` when it is not one of ours.
pub fn parse_cursor(text: &str) -> Result<(protocol::Timestamp, uuid::Uuid), Refusal> {
    let parse = || {
        let (at, id) = text.rsplit_once('-')?;
        Some((protocol::Timestamp(at.parse().ok()?), uuid::Uuid::try_parse(id).ok()?))
    };
    parse().ok_or_else(|| Refusal::new(Code::Invalid).detail("the cursor is not one of this server's"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        let long = format!("{}@example.org", "a".repeat(400));
        let table = [
            (" Ada@Example.ORG ", Some("ada@example.org")),
            ("ада@пример.рф", Some("ада@пример.рф")),
            ("a+b@localhost", Some("a+b@localhost")),
            ("", None),
            ("ada", None),
            ("@example.org", None),
            ("ada@", None),
            ("ada@.org", None),
            ("ada@example.org.", None),
            ("a b@example.org", None),
            ("ada@exa\nmple.org", None),
            ("a@b@c", None),
            ("<a@b.c>", None),
            (long.as_str(), None),
        ];
        for (typed, stored) in table {
            assert_eq!(email(typed).ok().as_deref(), stored, "{typed:?}");
        }
    }

    #[test]
    fn cursors_return() {
        let id = uuid::Uuid::from_bytes([7; 16]);
        for at in [0, -5, 1_700_000_000_000_000] {
            let at = protocol::Timestamp(at);
            assert_eq!(parse_cursor(&cursor(at, id)), Ok((at, id)));
        }
        for text in ["", "-", "x-y", "12", "12-", "12-zz"] {
            assert!(parse_cursor(text).is_err(), "{text:?}");
        }
    }
}
