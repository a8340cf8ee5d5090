//! `genlock token`: tokens of programs without a browser. Beside a running server it asks the server; without one it
//! opens the database itself.

use crate::cli::{TokenCommand, TokenCreate};
use crate::{stores, tell};
use anyhow::{Context as _, Result, bail};
use protocol::TokenId;
use protocol::work::{CreateToken, TokenScope, TokenView};
use server::auth::cookie::{hash_token, new_token};
use server::clock::Clock;
use std::process::ExitCode;
use store::catalog::TokenRow;

/// Runs a command of `token`.
///
/// # Errors
/// In words for the person at the terminal.
pub async fn run(command: TokenCommand) -> Result<ExitCode> {
    match command {
        TokenCommand::Create(options) => create(options).await,
    }
}

async fn create(options: TokenCreate) -> Result<ExitCode> {
    let Some(scope) = TokenScope::parse(&options.scope) else {
        bail!("there is no scope '{}'; give work or metrics", options.scope);
    };
    let secret = match stores::lock(&options.stores) {
        Ok(_lock) => store_one(&options, scope).await?,
        Err(locked) => ask(&options, scope).await.context(locked)?,
    };
    // On a line of its own, for scripts.
    tell::line(&secret);
    Ok(ExitCode::SUCCESS)
}

async fn store_one(options: &TokenCreate, scope: TokenScope) -> Result<String> {
    let store = stores::open(&options.stores)?;
    let email = options.email.trim().to_lowercase();
    let person = store.catalog.person_by_email(&email).await?;
    let person = person.with_context(|| format!("nobody has the e-mail {email}"))?;
    let secret = new_token();
    let now = Clock::start().now();
    let row = TokenRow {
        token: TokenId::v7(now.unix_ms().unsigned_abs(), rand::random()),
        token_hash: hash_token(&secret),
        person: person.person,
        name: options.name.clone(),
        scope,
        created_at: now,
    };
    store.catalog.add_token(row).await?;
    Ok(secret)
}

/// Asks the running server, which knows this machine by the token in the data folder.
async fn ask(options: &TokenCreate, scope: TokenScope) -> Result<String> {
    let file = options.stores.data_dir.join(server::machine::FILE);
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let mut lines = text.lines();
    let (Some(base), Some(token)) = (lines.next(), lines.next()) else {
        bail!("{} is not whole", file.display());
    };
    let body = CreateToken { name: options.name.clone(), scope, email: Some(options.email.clone()) };
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http.post(format!("{base}/api/v1/tokens")).bearer_auth(token).json(&body).send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        let problem: protocol::rest::Problem =
            serde_json::from_str(&text).with_context(|| format!("the server answered {status}"))?;
        bail!("{} [{}]", problem.detail.unwrap_or(problem.title), problem.code);
    }
    let view: TokenView = serde_json::from_str(&text)?;
    view.secret.context("the server told no secret")
}
