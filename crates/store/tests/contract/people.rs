//! People, sessions, settings and invites.

use super::Bench;
use super::make::*;
use protocol::work::TokenScope;
use protocol::*;
use store::StoreError;
use store::catalog::{InviteRow, SessionRow, TokenRow};

fn session(number: u64, of: u64) -> SessionRow {
    SessionRow {
        token_hash: hash(number),
        person: person(of),
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(100),
    }
}

pub async fn people_are_found_by_id_and_email(bench: &Bench) {
    let catalog = &bench.store.catalog;
    let (olga, gus) = (user(1, "Olga"), guest(2, "Gus"));
    catalog.add_person(olga.clone(), false).await.unwrap();
    catalog.add_person(gus.clone(), false).await.unwrap();
    assert_eq!(catalog.person(person(1)).await.unwrap(), Some(olga.clone()));
    assert_eq!(catalog.person(person(3)).await.unwrap(), None);
    assert_eq!(bench.other.catalog.person_by_email("p1@example.org").await.unwrap(), Some(olga));
    assert_eq!(catalog.person_by_email("nobody@example.org").await.unwrap(), None);
    let mut both = catalog.people(&[person(2), person(3), person(1)]).await.unwrap();
    both.sort_by_key(|row| row.person);
    assert_eq!(both.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Olga", "Gus"]);
    let too_many: Vec<PersonId> = (0..1_001).map(person).collect();
    assert!(matches!(catalog.people(&too_many).await, Err(StoreError::Conflict(_))));
}

pub async fn an_email_has_one_account(bench: &Bench) {
    let catalog = &bench.store.catalog;
    catalog.add_person(user(1, "Olga"), false).await.unwrap();
    let mut second = user(2, "Imposter");
    second.email = user(1, "Olga").email;
    assert!(matches!(catalog.add_person(second, false).await, Err(StoreError::Conflict("email"))));
    assert_eq!(catalog.person(person(2)).await.unwrap(), None);
    assert!(matches!(catalog.add_person(guest(1, "Twin"), false).await, Err(StoreError::Conflict(_))));
}

pub async fn guests_share_having_no_email(bench: &Bench) {
    for number in 1..=3 {
        bench.store.catalog.add_person(guest(number, "Gus"), false).await.unwrap();
    }
}

pub async fn there_is_one_first_owner(bench: &Bench) {
    let catalog = &bench.store.catalog;
    assert!(!catalog.has_owner().await.unwrap());
    let owner = |number| store::catalog::PersonRow { instance_owner: true, ..user(number, "Olga") };
    catalog.add_person(owner(1), true).await.unwrap();
    assert!(catalog.has_owner().await.unwrap());
    assert!(matches!(catalog.add_person(owner(2), true).await, Err(StoreError::Conflict("owner"))));
    assert_eq!(catalog.person(person(2)).await.unwrap(), None);
    // `genlock admin create` adds a second one on purpose.
    catalog.add_person(owner(3), false).await.unwrap();
}

pub async fn a_guest_becomes_a_user_once(bench: &Bench) {
    let catalog = &bench.store.catalog;
    catalog.add_person(user(1, "Olga"), false).await.unwrap();
    catalog.add_person(guest(2, "Gus"), false).await.unwrap();
    let turn = |who, email: &str| {
        catalog.guest_to_user(person(who), name("Gustav"), email.to_owned(), "$h".to_owned())
    };
    assert!(matches!(turn(2, "p1@example.org").await, Err(StoreError::Conflict("email"))));
    turn(2, "g@example.org").await.unwrap();
    let row = catalog.person(person(2)).await.unwrap().unwrap();
    assert_eq!(
        (row.name.as_str(), row.kind, row.email.as_deref()),
        ("Gustav", PersonKind::User, Some("g@example.org"))
    );
    assert_eq!(row.password_hash.as_deref(), Some("$h"));
    assert!(matches!(turn(2, "again@example.org").await, Err(StoreError::NotFound)));
    assert!(matches!(turn(9, "nobody@example.org").await, Err(StoreError::NotFound)));
}

pub async fn a_new_password_ends_the_sessions(bench: &Bench) {
    let catalog = &bench.store.catalog;
    catalog.add_person(user(1, "Olga"), false).await.unwrap();
    catalog.add_person(user(2, "Pia"), false).await.unwrap();
    for (number, of) in [(1, 1), (2, 1), (3, 2)] {
        catalog.add_session(session(number, of)).await.unwrap();
    }
    catalog.set_password(person(1), "$new".to_owned()).await.unwrap();
    assert_eq!(catalog.person(person(1)).await.unwrap().unwrap().password_hash.as_deref(), Some("$new"));
    assert_eq!(catalog.session(hash(1), at(1)).await.unwrap(), None);
    assert_eq!(catalog.session(hash(2), at(1)).await.unwrap(), None);
    assert!(catalog.session(hash(3), at(1)).await.unwrap().is_some());
    assert!(matches!(catalog.set_password(person(9), "$".to_owned()).await, Err(StoreError::NotFound)));
}

pub async fn sessions_come_with_their_person_until_they_end(bench: &Bench) {
    let catalog = &bench.store.catalog;
    catalog.add_person(user(1, "Olga"), false).await.unwrap();
    catalog.add_session(session(1, 1)).await.unwrap();
    let found = bench.other.catalog.session(hash(1), at(99)).await.unwrap();
    assert_eq!(found, Some((session(1, 1), user(1, "Olga"))));
    assert_eq!(catalog.session(hash(1), at(100)).await.unwrap(), None, "expired");
    assert_eq!(catalog.session(hash(2), at(1)).await.unwrap(), None, "unknown");
    catalog.touch_session(hash(1), at(50)).await.unwrap();
    catalog.touch_session(hash(1), at(40)).await.unwrap();
    assert_eq!(catalog.session(hash(1), at(60)).await.unwrap().unwrap().0.seen_at, at(50));
    catalog.end_session(hash(1)).await.unwrap();
    catalog.end_session(hash(1)).await.unwrap();
    assert_eq!(catalog.session(hash(1), at(60)).await.unwrap(), None);
    assert!(
        matches!(catalog.add_session(session(5, 77)).await, Err(StoreError::NotFound)),
        "nobody's session"
    );
}

pub async fn expired_sessions_are_swept(bench: &Bench) {
    let catalog = &bench.store.catalog;
    catalog.add_person(user(1, "Olga"), false).await.unwrap();
    for number in 1..=3 {
        catalog
            .add_session(SessionRow { expires_at: at(number as i64 * 10), ..session(number, 1) })
            .await
            .unwrap();
    }
    assert_eq!(catalog.sweep_sessions(at(20)).await.unwrap(), 2);
    assert_eq!(catalog.sweep_sessions(at(20)).await.unwrap(), 0);
    assert!(catalog.session(hash(3), at(20)).await.unwrap().is_some());
}

pub async fn settings_are_set_changed_and_removed(bench: &Bench) {
    let catalog = &bench.store.catalog;
    assert_eq!(catalog.setting("setup").await.unwrap(), None);
    catalog.set_setting("setup", Some("one")).await.unwrap();
    catalog.set_setting("setup", Some("two")).await.unwrap();
    assert_eq!(bench.other.catalog.setting("setup").await.unwrap().as_deref(), Some("two"));
    catalog.set_setting("setup", None).await.unwrap();
    catalog.set_setting("setup", None).await.unwrap();
    assert_eq!(catalog.setting("setup").await.unwrap(), None);
}

pub async fn tokens_are_found_by_their_hash_until_withdrawn(bench: &Bench) {
    let catalog = &bench.store.catalog;
    let row = |number| TokenRow {
        token: token(number),
        token_hash: hash(number),
        person: person(1),
        name: format!("machine {number}"),
        scope: TokenScope::Work,
        created_at: at(0),
    };
    assert!(matches!(catalog.add_token(row(1)).await, Err(StoreError::NotFound)), "nobody's");
    catalog.add_person(user(1, "Olga"), false).await.unwrap();
    catalog.add_token(row(1)).await.unwrap();
    catalog.add_token(row(2)).await.unwrap();
    assert!(matches!(catalog.add_token(row(2)).await, Err(StoreError::Conflict(_))));
    assert_eq!(bench.other.catalog.token(hash(1)).await.unwrap(), Some(row(1)));
    assert_eq!(catalog.token(hash(3)).await.unwrap(), None);
    assert_eq!(catalog.tokens().await.unwrap(), [row(2), row(1)]);
    catalog.remove_token(token(1)).await.unwrap();
    assert!(matches!(catalog.remove_token(token(1)).await, Err(StoreError::NotFound)));
    assert_eq!(bench.other.catalog.token(hash(1)).await.unwrap(), None);
    assert_eq!(catalog.tokens().await.unwrap(), [row(2)]);
}

pub async fn invites_return_and_are_listed_newest_first(bench: &Bench) {
    let catalog = &bench.store.catalog;
    for number in 1..=3 {
        catalog.add_invite(invite_row(number)).await.unwrap();
    }
    catalog.add_invite(InviteRow { channel: channel(2), uses_max: Some(5), ..invite_row(4) }).await.unwrap();
    assert_eq!(catalog.invite(hash(2)).await.unwrap(), Some(invite_row(2)));
    assert_eq!(catalog.invite(hash(9)).await.unwrap(), None);
    catalog.revoke_invite(channel(1), invite(2)).await.unwrap();
    assert!(catalog.invite(hash(2)).await.unwrap().unwrap().revoked);
    let listed = bench.other.catalog.invites(channel(1)).await.unwrap();
    assert_eq!(listed, vec![invite_row(3), invite_row(1)]);
    assert!(
        matches!(catalog.revoke_invite(channel(1), invite(4)).await, Err(StoreError::NotFound)),
        "of another channel"
    );
    assert!(matches!(catalog.add_invite(invite_row(1)).await, Err(StoreError::Conflict(_))));
}

pub async fn an_invite_is_refused_with_the_reason(bench: &Bench) {
    let catalog = &bench.store.catalog;
    catalog.add_invite(InviteRow { uses_max: Some(1), ..invite_row(1) }).await.unwrap();
    catalog.use_invite(invite(1), at(99)).await.unwrap();
    assert_eq!(catalog.invite(hash(1)).await.unwrap().unwrap().uses, 1);
    assert!(matches!(catalog.use_invite(invite(1), at(99)).await, Err(StoreError::Conflict("used up"))));
    assert!(matches!(catalog.use_invite(invite(1), at(100)).await, Err(StoreError::Conflict("expired"))));
    catalog.revoke_invite(channel(1), invite(1)).await.unwrap();
    assert!(matches!(catalog.use_invite(invite(1), at(100)).await, Err(StoreError::Conflict("revoked"))));
    assert!(matches!(catalog.use_invite(invite(9), at(1)).await, Err(StoreError::NotFound)));
    assert_eq!(catalog.invite(hash(1)).await.unwrap().unwrap().uses, 1);
    catalog.add_invite(invite_row(2)).await.unwrap();
    for _ in 0..10 {
        catalog.use_invite(invite(2), at(1)).await.unwrap();
    }
    assert_eq!(catalog.invite(hash(2)).await.unwrap().unwrap().uses, 10);
}
