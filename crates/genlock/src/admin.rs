//! `genlock admin`: people without a browser. Opens the database itself, so the server must be stopped.

use crate::cli::{AdminCommand, AdminCreate};
use crate::{stores, tell};
use anyhow::{Result, anyhow, bail};
use protocol::{PersonId, PersonKind};
use server::Refusal;
use server::auth::password;
use server::clock::Clock;
use server::http::extract;
use std::io::BufRead as _;
use std::process::ExitCode;
use store::StoreError;
use store::catalog::PersonRow;

/// Runs a command of `admin`.
///
/// # Errors
/// In words for the person at the terminal.
pub async fn run(command: AdminCommand) -> Result<ExitCode> {
    match command {
        AdminCommand::Create(options) => create(options).await,
    }
}

async fn create(options: AdminCreate) -> Result<ExitCode> {
    let name = extract::display_name(&options.name).map_err(words)?;
    let email = extract::email(&options.email).map_err(words)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let typed = line.trim_end_matches(['\r', '\n']);
    password::check(typed, name.as_str(), &email).map_err(words)?;
    let _lock = stores::lock(&options.stores)?;
    let store = stores::open(&options.stores)?;
    let now = Clock::start().now();
    let owner = PersonRow {
        person: PersonId::v7(now.unix_ms().unsigned_abs(), rand::random()),
        name,
        kind: PersonKind::User,
        email: Some(email.clone()),
        password_hash: Some(password::Hasher::new().hash(typed.to_owned()).await.map_err(words)?),
        instance_owner: true,
        created_at: now,
    };
    match store.catalog.add_person(owner, false).await {
        Ok(()) => {
            server::auth::setup::finish(store.catalog.as_ref(), &options.stores.data_dir).await?;
            tell::line(&format!("{email} is an owner now. Start the server and sign in."));
            Ok(ExitCode::SUCCESS)
        }
        Err(StoreError::Conflict("email")) => bail!("{email} has an account already"),
        Err(error) => Err(error.into()),
    }
}

/// A refusal in words.
fn words(refusal: Refusal) -> anyhow::Error {
    let detail = refusal.detail.map_or_else(String::new, |detail| format!(" ({detail})"));
    anyhow!("{}{detail} [{}]", refusal.code.sentence(), refusal.code.number())
}
