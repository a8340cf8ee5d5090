//! Refusals over HTTP: RFC 9457 problem documents with our numbered code. Every handler answers with [`Refusal`];
//! never shows what a backend said (that is logged with the request's id instead).

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::Code;
use protocol::rest::Problem;
use store::StoreError;

/// A request that is not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Our code.
    pub code: Code,
    /// HTTP status; by default that of the code.
    pub status: StatusCode,
    /// What exactly is wrong, where more is known than the code's sentence says.
    pub detail: Option<String>,
    /// Field of the body at fault.
    pub field: Option<&'static str>,
    /// When the same request may succeed, seconds.
    pub retry_after_s: Option<u32>,
    /// Further headers (tus wants its own on refusals too).
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal with a code and the status that belongs to it.
    #[must_use]
    pub fn new(code: Code) -> Refusal {
        Refusal {
            code,
            status: status_of(code),
            detail: None,
            field: None,
            retry_after_s: None,
            headers: Vec::new(),
        }
    }

    /// Nothing here, or not for this person (the two look the same).
    #[must_use]
    pub fn not_found() -> Refusal {
        Refusal::new(Code::NotFound)
    }

    /// A field of the body is at fault.
    #[must_use]
    pub fn field(code: Code, field: &'static str, detail: impl Into<String>) -> Refusal {
        let mut refusal = Refusal::new(code).detail(detail);
        refusal.field = Some(field);
        refusal
    }

    /// With a sentence of what exactly is wrong.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Refusal {
        self.detail = Some(detail.into());
        self
    }

    /// With another status than the code's own.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Refusal {
        self.status = status;
        self
    }

    /// With a time to try again, seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Refusal {
        self.retry_after_s = Some(seconds);
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Refusal {
        self.headers.push((name, value));
        self
    }

    /// Something of ours failed; the cause goes to the log, not to the person.
    #[must_use]
    pub fn internal(doing: &str, cause: &dyn std::fmt::Display) -> Refusal {
        tracing::error!(doing, cause = %cause, "a request failed on our side");
        Refusal::new(Code::Internal)
    }
}

/// The HTTP status of a code.
#[must_use]
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::SignInNeeded | Code::CredentialsWrong | Code::CloseSignIn => StatusCode::UNAUTHORIZED,
        Code::Forbidden
        | Code::OriginRefused
        | Code::SignupClosed
        | Code::SetupInvalid
        | Code::CloseForbidden => StatusCode::FORBIDDEN,
        Code::NotFound | Code::InviteUnknown | Code::UploadUnknown => StatusCode::NOT_FOUND,
        Code::InviteExpired | Code::InviteUsedUp | Code::CloseGone | Code::QueueItemGone => StatusCode::GONE,
        Code::TooManyTries | Code::RateLimited | Code::CloseRateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Conflict
        | Code::EmailTaken
        | Code::SetupDone
        | Code::UploadOffset
        | Code::UploadWay
        | Code::UploadChanged
        | Code::LastOwner => StatusCode::CONFLICT,
        Code::TooLarge | Code::FrameTooLarge | Code::MediaTooLarge | Code::CloseTooLarge => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::TusVersion => StatusCode::PRECONDITION_FAILED,
        Code::StorageFull | Code::QuotaUsedUp => StatusCode::INSUFFICIENT_STORAGE,
        Code::SignInBusy
        | Code::LogUnavailable
        | Code::SegmentPending
        | Code::FfmpegMissing
        | Code::SandboxMissing
        | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::EncodingFailed | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Malformed | Code::FrameMalformed | Code::CloseMalformed => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        match error {
            StoreError::NotFound => Refusal::not_found(),
            StoreError::Conflict(what) => Refusal::new(Code::Conflict).detail(format!("conflict: {what}")),
            StoreError::Full => Refusal::new(Code::StorageFull),
            StoreError::Busy(_) => Refusal::new(Code::Unavailable).retry_after(1),
            StoreError::Backend { .. } => Refusal::internal("using the store", &error),
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Refusal {
        Refusal::new(code)
    }
}

impl From<room::Refusal> for Refusal {
    fn from(refused: room::Refusal) -> Refusal {
        let mut refusal = Refusal::new(refused.code);
        refusal.detail = refused.detail;
        refusal.retry_after_s = refused.retry_after_ms.map(|ms| ms.div_ceil(1_000));
        refusal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: format!("urn:genlock:code:{}", self.code.number()),
            title: self.code.sentence().to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code.number(),
            field: self.field.map(str::to_owned),
        };
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}
