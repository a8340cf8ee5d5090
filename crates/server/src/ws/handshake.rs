//! The upgrade from HTTP/1.1 to a WebSocket (RFC 6455, section 4.2), with our subprotocols.

use crate::problem::Refusal;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use protocol::Code;
use protocol::codec::Encoding;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The answer 101 with what the connection becomes, and the subprotocol that was chosen.
///
/// # Errors
/// When the request is not an upgrade to a WebSocket (426), or offers no subprotocol spoken here (400).
pub(super) fn accept(mut request: Request) -> Result<(Response, OnUpgrade, Encoding), Refusal> {
    let not_an_upgrade = |what: &str| {
        Refusal::new(Code::Malformed)
            .status(StatusCode::UPGRADE_REQUIRED)
            .detail(format!("this address is a WebSocket: {what}"))
            .header(header::UPGRADE, HeaderValue::from_static("websocket"))
    };
    let headers = request.headers();
    if !has_word(headers, &header::CONNECTION, "upgrade") || !has_word(headers, &header::UPGRADE, "websocket")
    {
        return Err(not_an_upgrade("Connection: Upgrade and Upgrade: websocket are missing"));
    }
    if !has_word(headers, &header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(not_an_upgrade("Sec-WebSocket-Version must be 13")
            .header(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or_else(|| not_an_upgrade("no Sec-WebSocket-Key"))?;
    let accept = derive_accept_key(key.as_bytes());
    let (protocol, encoding) = words(headers, &header::SEC_WEBSOCKET_PROTOCOL)
        .find_map(|name| Encoding::from_subprotocol(name).map(|encoding| (name.to_owned(), encoding)))
        .ok_or_else(|| {
            Refusal::new(Code::ProtocolUnsupported)
                .status(StatusCode::BAD_REQUEST)
                .detail("offer the subprotocol genlock.v1 or genlock.v1.json")
        })?;
    let upgrade = request
        .extensions_mut()
        .remove::<OnUpgrade>()
        .ok_or_else(|| not_an_upgrade("this connection cannot be upgraded"))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let text =
        |value: &str| HeaderValue::try_from(value).expect("base64 and our own names are visible ASCII");
    let answer = response.headers_mut();
    answer.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    answer.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    answer.insert(header::SEC_WEBSOCKET_ACCEPT, text(&accept));
    answer.insert(header::SEC_WEBSOCKET_PROTOCOL, text(&protocol));
    Ok((response, upgrade, encoding))
}

/// The comma-separated words of all headers of a name.
fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

fn has_word(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    words(headers, name).any(|found| found.eq_ignore_ascii_case(word))
}
