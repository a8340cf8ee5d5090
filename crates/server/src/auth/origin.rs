//! Which pages may ask, and under which host names this server answers.
//!
//! Rules (docs/operations.md repeats them for those who run it):
//! 1. The `Host` must be that of `GENLOCK_PUBLIC_URL`, a loopback name, or a name or address printed at start. Anything
//!    else is refused, safe methods included: a foreign name that resolves to this machine (DNS rebinding) gets nothing.
//! 2. Unsafe methods and the upgrade to a live socket: an `Origin` must equal the server's own origin (or one of
//!    `GENLOCK_ALLOWED_ORIGINS`); without `Origin`, `Sec-Fetch-Site` must be `same-origin` or `none`.
//! 3. Neither header is sent by programs, never by a page: taken without a cookie, or with one when the request is of
//!    a kind that no page can send to another site without asking first (JSON or tus body, or a method that is not
//!    POST). An upgrade with a cookie needs the `Origin`.
//! 4. Reading the API or media from another site's page (`Sec-Fetch-Site` cross-site or same-site) is refused too,
//!    except for following a link.

use crate::config::Config;
use crate::problem::Refusal;
use axum::http::{HeaderMap, Method, header};
use protocol::Code;
use protocol::rest::CookieMode;
use std::net::{Ipv4Addr, Ipv6Addr};

/// How a request reached the server: decides the cookie's name and the own origin.
///
/// # Errors
/// `OriginRefused` for a host that this server does not answer for.
pub fn cookie_mode(config: &Config, headers: &HeaderMap) -> Result<CookieMode, Refusal> {
    let authority = host_header(headers).unwrap_or_default();
    let host = host_of(&authority);
    if let Some(public) = &config.public_url {
        let (scheme, public_authority) = public.split_once("://").unwrap_or(("http", public));
        if scheme == "https" && same_authority(&authority, public_authority, "443") {
            return Ok(CookieMode::Tls);
        }
        if scheme == "http" && same_authority(&authority, public_authority, "80") {
            return Ok(if is_loopback(host) { CookieMode::Loopback } else { CookieMode::Lan });
        }
    }
    if is_loopback(host) {
        return Ok(CookieMode::Loopback);
    }
    if config.lan && config.hosts.iter().any(|known| known == host) {
        return Ok(CookieMode::Lan);
    }
    let expected =
        config.public_url.clone().unwrap_or_else(|| "a loopback address, or one printed at start".to_owned());
    let seen: String = authority.chars().take(100).collect();
    Err(Refusal::new(Code::OriginRefused)
        .detail(format!("the host of the request is '{seen}', this server answers for {expected}")))
}

/// Refuses a request that a foreign page caused.
///
/// # Errors
/// `OriginRefused` with what was seen and what is expected.
pub fn check_origin(config: &Config, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let mode = cookie_mode(config, headers)?;
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let upgrade = headers.contains_key(header::UPGRADE);
    let origin = headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or("(not text)"));

    if method.is_safe() && !upgrade {
        let foreign = matches!(site, Some("cross-site" | "same-site"));
        let link = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
        return match origin {
            _ if !foreign || link => Ok(()),
            Some(origin) if accepted(config, mode, headers, origin) => Ok(()),
            _ => Err(refused(config, mode, headers, origin.unwrap_or("another site"))),
        };
    }
    match (origin, site) {
        (Some(origin), _) if accepted(config, mode, headers, origin) => Ok(()),
        (Some(origin), _) => Err(refused(config, mode, headers, origin)),
        (None, Some("same-origin" | "none")) => Ok(()),
        (None, Some(_)) => Err(refused(config, mode, headers, "another site")),
        (None, None) if !super::cookie::carries_any(headers) => Ok(()),
        (None, None) if !upgrade && asks_first(method, headers) => Ok(()),
        (None, None) => Err(refused(config, mode, headers, "no Origin header")),
    }
}

/// Whether a browser would not send this to another site without asking that site first (CORS preflight).
fn asks_first(method: &Method, headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    *method != Method::POST
        || kind.eq_ignore_ascii_case("application/json")
        || kind.eq_ignore_ascii_case("application/offset+octet-stream")
        || headers.contains_key("tus-resumable")
}

fn accepted(config: &Config, mode: CookieMode, headers: &HeaderMap, origin: &str) -> bool {
    own_origins(config, mode, headers).any(|own| same_origin(&own, origin))
        || config.allowed_origins.iter().any(|allowed| same_origin(allowed, origin))
}

fn own_origins(config: &Config, mode: CookieMode, headers: &HeaderMap) -> impl Iterator<Item = String> {
    // Over TLS only the public address counts: the Host there is the proxy's word.
    let by_host = match (mode, &config.public_url) {
        (CookieMode::Tls, _) => None,
        _ => host_header(headers).map(|authority| format!("http://{authority}")),
    };
    by_host.into_iter().chain(config.public_url.clone())
}

fn refused(config: &Config, mode: CookieMode, headers: &HeaderMap, seen: &str) -> Refusal {
    let expected = own_origins(config, mode, headers).collect::<Vec<_>>().join(" or ");
    let seen: String = seen.chars().take(100).collect();
    Refusal::new(Code::OriginRefused)
        .detail(format!("the request came from '{seen}', expected is {expected}"))
}

fn host_header(headers: &HeaderMap) -> Option<String> {
    headers.get(header::HOST).and_then(|value| value.to_str().ok()).map(str::to_ascii_lowercase)
}

/// Equal origins; the port that belongs to the scheme may be written or not.
fn same_origin(one: &str, other: &str) -> bool {
    let parts = |origin: &str| {
        let (scheme, authority) = origin.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let port = if scheme == "https" { "443" } else { "80" };
        Some((scheme, with_port(&authority.to_ascii_lowercase(), port)))
    };
    parts(one).is_some_and(|one| parts(other) == Some(one))
}

fn same_authority(seen: &str, expected: &str, port: &str) -> bool {
    with_port(seen, port) == with_port(&expected.to_ascii_lowercase(), port)
}

fn with_port(authority: &str, port: &str) -> String {
    if authority.len() > host_of(authority).len() {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    }
}

/// The host of `host:port`; brackets of IPv6 stay.
#[must_use]
pub fn host_of(authority: &str) -> &str {
    if let Some(end) = authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        return &authority[..end + 2];
    }
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

/// Whether a host name means this machine for every resolver that follows RFC 6761.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .and_then(|text| text.parse::<Ipv6Addr>().ok())
            .is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::try_from(*name).expect("a name"), value.parse().expect("a header's value"))
            })
            .collect()
    }

    fn local() -> Config {
        Config::local("unused".into())
    }

    #[test]
    fn hosts_without_a_public_address() {
        let mut lan = local();
        lan.lan = true;
        lan.hosts = vec!["192.168.1.7".into(), "[fd00::7]".into(), "workshop".into()];
        let table: &[(&str, Option<CookieMode>, Option<CookieMode>)] = &[
            ("127.0.0.1:8080", Some(CookieMode::Loopback), Some(CookieMode::Loopback)),
            ("127.8.9.10", Some(CookieMode::Loopback), Some(CookieMode::Loopback)),
            ("localhost:8080", Some(CookieMode::Loopback), Some(CookieMode::Loopback)),
            ("LOCALHOST:8080", Some(CookieMode::Loopback), Some(CookieMode::Loopback)),
            ("film.localhost:8080", Some(CookieMode::Loopback), Some(CookieMode::Loopback)),
            ("[::1]:8080", Some(CookieMode::Loopback), Some(CookieMode::Loopback)),
            ("192.168.1.7:8080", None, Some(CookieMode::Lan)),
            ("[fd00::7]:8080", None, Some(CookieMode::Lan)),
            ("workshop:8080", None, Some(CookieMode::Lan)),
            ("192.168.1.8:8080", None, None),
            ("evil.example", None, None),
            ("localhost.evil.example", None, None),
            ("127.0.0.1.evil.example", None, None),
            ("", None, None),
        ];
        for (host, plain, with_lan) in table {
            let headers = headers(&[("host", host)]);
            assert_eq!(cookie_mode(&local(), &headers).ok(), *plain, "host {host:?}");
            assert_eq!(cookie_mode(&lan, &headers).ok(), *with_lan, "host {host:?} with --lan");
        }
    }

    #[test]
    fn a_public_address_makes_the_mode() {
        let mut config = local();
        config.public_url = Some("https://genlock.example.org".into());
        let mode = |host| cookie_mode(&config, &headers(&[("host", host)])).ok();
        assert_eq!(mode("genlock.example.org"), Some(CookieMode::Tls));
        assert_eq!(mode("genlock.example.org:443"), Some(CookieMode::Tls));
        assert_eq!(mode("genlock.example.org:8443"), None);
        assert_eq!(mode("evil.example"), None);
    }

    #[test]
    fn unsafe_methods_need_the_own_page() {
        let own = ("host", "127.0.0.1:8080");
        let cookie = ("cookie", "genlock_loopback=abc");
        let json = ("content-type", "application/json; charset=utf-8");
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);
        let table: &[Row<'_>] = &[
            ("own origin", &[own, cookie, ("origin", "http://127.0.0.1:8080")], true),
            (
                "own origin, other case",
                &[("host", "LocalHost:8080"), ("origin", "HTTP://localhost:8080")],
                true,
            ),
            ("fetch metadata alone", &[own, cookie, ("sec-fetch-site", "same-origin")], true),
            ("typed by the person", &[own, cookie, ("sec-fetch-site", "none")], true),
            ("a program without a cookie", &[own], true),
            ("a program with a cookie and JSON", &[own, cookie, json], true),
            ("a form with a cookie", &[own, cookie, ("content-type", "text/plain")], false),
            ("a cookie and nothing else", &[own, cookie], false),
            ("null", &[own, ("origin", "null")], false),
            ("other host", &[own, ("origin", "http://evil.example")], false),
            ("other port", &[own, ("origin", "http://127.0.0.1:8081")], false),
            ("other scheme", &[own, ("origin", "https://127.0.0.1:8080")], false),
            ("suffix", &[own, ("origin", "http://127.0.0.1:8080.evil.example")], false),
            ("prefix", &[own, ("origin", "http://evil127.0.0.1:8080")], false),
            ("user part", &[own, ("origin", "http://127.0.0.1:8080@evil.example")], false),
            ("path", &[own, ("origin", "http://127.0.0.1:8080/x")], false),
            ("localhost is not 127.0.0.1", &[own, ("origin", "http://localhost:8080")], false),
            ("cross-site", &[own, cookie, ("sec-fetch-site", "cross-site")], false),
            ("same-site is another port", &[own, cookie, ("sec-fetch-site", "same-site")], false),
            ("empty origin", &[own, ("origin", "")], false),
            ("rebound name", &[("host", "evil.example:8080"), ("origin", "http://evil.example:8080")], false),
        ];
        for (what, pairs, good) in table {
            let found = check_origin(&local(), &Method::POST, &headers(pairs));
            assert_eq!(found.is_ok(), *good, "{what}: {found:?}");
        }
    }

    #[test]
    fn a_live_socket_needs_the_own_page_although_it_begins_as_a_get() {
        let base = [("host", "127.0.0.1:8080"), ("upgrade", "websocket"), ("cookie", "genlock_loopback=abc")];
        let with = |more: &[(&str, &str)]| {
            let pairs: Vec<_> = base.iter().chain(more).copied().collect();
            check_origin(&local(), &Method::GET, &headers(&pairs)).is_ok()
        };
        assert!(with(&[("origin", "http://127.0.0.1:8080")]));
        assert!(!with(&[("origin", "http://evil.example")]));
        assert!(!with(&[("origin", "null")]));
        assert!(!with(&[]));
    }

    #[test]
    fn reading_from_another_sites_page_is_refused_but_a_link_works() {
        let get = |more: &[(&str, &str)]| {
            let pairs: Vec<_> = [("host", "127.0.0.1:8080")].iter().chain(more).copied().collect();
            check_origin(&local(), &Method::GET, &headers(&pairs)).is_ok()
        };
        assert!(get(&[]));
        assert!(get(&[("sec-fetch-site", "same-origin")]));
        assert!(get(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]));
        assert!(!get(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]));
        assert!(!get(&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:9000")]));
    }

    #[test]
    fn other_origins_only_when_named() {
        let mut config = local();
        config.allowed_origins = vec!["http://localhost:5173".into()];
        let own = headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "http://localhost:5173"),
            ("sec-fetch-site", "same-origin"),
        ]);
        assert!(check_origin(&config, &Method::POST, &own).is_ok());
        assert!(check_origin(&local(), &Method::POST, &own).is_err());
    }
}
