//! Tokens of programs: made, listed and withdrawn by the owner of the instance, or made by a program of this machine
//! (`genlock token create` beside a running server).

use super::extract::{self, Json, Path};
use crate::AppState;
use crate::auth::cookie::{hash_token, new_token};
use crate::auth::program::program;
use crate::auth::{Identity, identify};
use crate::problem::Refusal;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{delete, get};
use protocol::work::{CreateToken, TokenView};
use protocol::{Code, PersonId, TokenId};
use room::authorize::{Action, Actor, Resource, can};
use store::catalog::TokenRow;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/tokens", get(list).post(create)).route("/tokens/{token}", delete(withdraw))
}

/// Who may do what only those who run the instance may.
///
/// # Errors
/// `SignInNeeded` or `Forbidden`.
pub async fn operator(state: &AppState, headers: &HeaderMap) -> Result<Option<Identity>, Refusal> {
    allowed(state, headers, Action::Operate).await
}

/// Whether the person or program that asks may do this to the instance; answers the person, if it is one.
///
/// # Errors
/// `SignInNeeded` or `Forbidden`.
pub async fn allowed(
    state: &AppState,
    headers: &HeaderMap,
    action: Action,
) -> Result<Option<Identity>, Refusal> {
    let identity = identify(state, headers).await?;
    let actor = match &identity {
        Some(identity) => Actor::Person { person: identity.person.person, role: None },
        None => program(state, headers).await?,
    };
    let owner = identity.as_ref().map(|identity| &identity.person).filter(|person| person.instance_owner);
    if can(&actor, action, &Resource::instance(owner.map(|person| person.person))) {
        Ok(identity)
    } else if actor == Actor::Nobody {
        Err(Refusal::new(Code::SignInNeeded))
    } else {
        Err(Refusal::new(Code::Forbidden))
    }
}

async fn list(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<axum::Json<Vec<TokenView>>, Refusal> {
    operator(&state, &headers).await?;
    let rows = state.store.catalog.tokens().await?;
    Ok(axum::Json(rows.into_iter().map(|row| view(row, None)).collect()))
}

async fn create(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Json<CreateToken>, Refusal>,
) -> Result<(StatusCode, axum::Json<TokenView>), Refusal> {
    let identity = operator(&state, &headers).await?;
    let Json(body) = body?;
    let name = extract::title(&body.name, "name")?;
    let person = match (&body.email, identity) {
        (Some(email), _) => of_email(&state, email).await?,
        (None, Some(identity)) => identity.person.person,
        (None, None) => return Err(Refusal::field(Code::Invalid, "email", "say whose token it is")),
    };
    let secret = new_token();
    let row = TokenRow {
        token: TokenId::v7(state.now_ms(), rand::random()),
        token_hash: hash_token(&secret),
        person,
        name,
        scope: body.scope,
        created_at: state.clock.now(),
    };
    state.store.catalog.add_token(row.clone()).await?;
    Ok((StatusCode::CREATED, axum::Json(view(row, Some(secret)))))
}

async fn of_email(state: &AppState, email: &str) -> Result<PersonId, Refusal> {
    let email = extract::email(email)?;
    let person = state.store.catalog.person_by_email(&email).await?;
    let person = person.ok_or_else(|| Refusal::field(Code::Invalid, "email", "nobody has this e-mail"))?;
    Ok(person.person)
}

async fn withdraw(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(token): Path<TokenId>,
) -> Result<StatusCode, Refusal> {
    operator(&state, &headers).await?;
    state.store.catalog.remove_token(token).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(row: TokenRow, secret: Option<String>) -> TokenView {
    TokenView { token: row.token, name: row.name, scope: row.scope, created_at: row.created_at, secret }
}
