//! People and channels over real HTTP: setup, sign-in, sign-up, guests, invites, roles, and every wrong way in.

mod support;

use protocol::rest::{
    ChannelList, ChannelView, InstanceView, InviteAccepted, InvitePreview, MemberView, MessagePage,
    SessionView, SetupDone, SignupPolicy,
};
use protocol::{Code, PersonKind, Role, Visibility};
use reqwest::Method;
use serde_json::{Value, json};
use support::{PASSWORD, Server};

#[tokio::test]
async fn the_setup_link_makes_one_owner_and_no_second() {
    let server = Server::start().await;
    let mut ada = server.visitor();
    let instance: InstanceView = ada.get("instance").await.ok(200);
    assert!(instance.setup_needed && instance.loopback_only);

    let with = |field: &str, value: Value| {
        let mut body = server.setup_body();
        body[field] = value;
        body
    };
    ada.post("setup", &with("token", json!("guessed"))).await.refused(403, Code::SetupInvalid);
    ada.post("setup", &with("password", json!("password123"))).await.refused(422, Code::PasswordWeak);
    ada.post("setup", &with("name", json!("x".repeat(10_000)))).await.refused(422, Code::NameInvalid);
    ada.post("setup", &with("email", json!("nowhere"))).await.refused(422, Code::Invalid);
    assert_eq!(ada.cookie, None);

    let done: SetupDone = ada.post("setup", &server.setup_body()).await.ok(201);
    assert!(done.session.instance_owner);
    assert_eq!(done.session.email.as_deref(), Some("ada@example.org"));
    assert_eq!(ada.session().await, done.session);
    let instance: InstanceView = ada.get("instance").await.ok(200);
    assert!(!instance.setup_needed);
    server.visitor().post("setup", &server.setup_body()).await.refused(409, Code::SetupDone);
}

#[tokio::test]
async fn two_browsers_racing_with_the_setup_link_make_one_owner() {
    let server = Server::start().await;
    let tasks: Vec<_> = (0..4)
        .map(|number| {
            let mut visitor = server.visitor();
            let mut body = server.setup_body();
            body["email"] = json!(format!("owner{number}@example.org"));
            tokio::spawn(async move { visitor.post("setup", &body).await.status })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        let status = task.await.expect("no panic");
        assert!([201, 403, 409].contains(&status), "{status}");
        made += u32::from(status == 201);
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn signing_in_and_out() {
    let server = Server::start().await;
    server.owner().await;
    let mut ada = server.visitor();
    let right = json!({ "email": " ADA@example.org ", "password": PASSWORD });
    let answer = ada.post("session", &right).await;
    let session: SessionView = answer.ok(200);
    assert_eq!(session.person.expect("somebody").name, "Ada");
    let set = answer.header("set-cookie");
    for part in ["genlock_loopback=", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=7776000"] {
        assert!(set.contains(part), "{part} is missing in {set}");
    }
    assert!(!set.contains("Secure"), "plain HTTP on loopback: {set}");

    let first = ada.cookie.clone();
    ada.post("session", &right).await.ok::<SessionView>(200);
    assert_ne!(ada.cookie, first, "a new token with each sign-in");
    let second = ada.cookie.clone();
    ada.cookie = first;
    assert_eq!(ada.session().await.person, None, "the old one has ended");
    ada.cookie = second.clone();
    ada.delete("session").await.done();
    assert_eq!(ada.cookie, None, "the browser forgets it");
    ada.cookie = second;
    assert_eq!(ada.session().await.person, None, "and so has the server");

    for body in [
        json!({ "email": "ada@example.org", "password": "wrong horse battery" }),
        json!({ "email": "nobody@example.org", "password": PASSWORD }),
        json!({ "email": "not an e-mail", "password": PASSWORD }),
        json!({ "email": "ada@example.org", "password": "x".repeat(10_000) }),
        json!({ "email": "ada@example.org", "password": "" }),
    ] {
        server.visitor().post("session", &body).await.refused(401, Code::CredentialsWrong);
    }
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_but_the_owner_still_gets_in_from_home() {
    let server = Server::start().await;
    server.owner().await;
    let mut visitor = server.visitor();
    let wrong = json!({ "email": "nobody@example.org", "password": "wrong horse battery" });
    for _ in 0..10 {
        visitor.post("session", &wrong).await.refused(401, Code::CredentialsWrong);
    }
    let answer = visitor.post("session", &wrong).await;
    answer.refused(429, Code::TooManyTries);
    assert!(answer.header("retry-after").parse::<u32>().expect("seconds") >= 1);
    // Another account from the same place still has tries left.
    visitor
        .post("session", &json!({ "email": "ada@example.org", "password": PASSWORD }))
        .await
        .ok::<SessionView>(200);
}

#[tokio::test]
async fn a_cookie_of_another_mode_is_nobody() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let token = ada.cookie.clone().expect("signed in").replace("genlock_loopback=", "");
    for name in ["genlock_lan", "__Host-genlock", "genlock"] {
        ada.cookie = Some(format!("{name}={token}"));
        assert_eq!(ada.session().await.person, None, "{name}");
    }
    ada.cookie = Some(format!("other=1; genlock_loopback={token}; genlock_lan=x"));
    assert!(ada.session().await.person.is_some());
}

#[tokio::test]
async fn a_guest_comes_in_by_link_with_a_name() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let token = ada.invite(channel, json!({ "role": "guest", "uses_max": 1, "valid_s": null })).await;
    assert_eq!(token.len(), 22, "128 bits");

    let mut ben = server.visitor();
    let preview: InvitePreview = ben.get(&format!("invites/{token}")).await.ok(200);
    assert_eq!((preview.channel_name.as_str(), preview.invited_by.as_str()), ("Dailies", "Ada"));
    assert!(preview.signed_in.is_none() && !preview.already_member);
    let accept = format!("invites/{token}/accept");
    for name in [
        json!(""),
        json!("   "),
        json!("a\u{202E}b"),
        json!("x".repeat(10_000)),
        json!("\u{200B}"),
        json!(null),
    ] {
        let problem = ben.post(&accept, &json!({ "name": name })).await.refused(422, Code::NameInvalid);
        assert_eq!(problem.field.as_deref(), Some("name"));
    }
    let accepted = ben.accept(&token, "  Ben <b>  ").await;
    assert_eq!(accepted.channel, channel);
    let person = accepted.session.person.expect("somebody");
    assert_eq!((person.name.as_str(), person.kind), ("Ben <b>", PersonKind::Guest));
    let card: ChannelView = ben.get(&format!("channels/{channel}")).await.ok(200);
    assert_eq!((card.role, card.members), (Some(Role::Guest), 2));

    // Coming again by the same link does not use it up; a stranger finds it used up.
    let again: InviteAccepted = ben.post(&accept, &json!({ "name": null })).await.ok(200);
    assert_eq!(again.channel, channel);
    let preview: InvitePreview = ben.get(&format!("invites/{token}")).await.ok(200);
    assert!(preview.already_member);
    let mut cyn = server.visitor();
    cyn.get(&format!("invites/{token}")).await.refused(410, Code::InviteUsedUp);
    cyn.post(&accept, &json!({ "name": "Cyn" })).await.refused(410, Code::InviteUsedUp);
    assert_eq!(cyn.cookie, None);
}

#[tokio::test]
async fn an_invite_for_one_lets_one_of_many_in() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let token = ada.invite(channel, json!({ "role": "guest", "uses_max": 1, "valid_s": null })).await;
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let mut visitor = server.visitor();
            let path = format!("invites/{token}/accept");
            tokio::spawn(async move {
                visitor.post(&path, &json!({ "name": format!("Guest {number}") })).await.status
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.expect("no panic"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410, 410, 410, 410, 410, 410, 410]);
    let members: Vec<MemberView> = ada.get(&format!("channels/{channel}/members")).await.ok(200);
    assert_eq!(members.len(), 2);
}

#[tokio::test]
async fn invites_end_are_withdrawn_and_cannot_be_guessed() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let invites = format!("channels/{channel}/invites");
    for body in [
        json!({ "role": "owner", "uses_max": null, "valid_s": null }),
        json!({ "role": "moderator", "uses_max": null, "valid_s": null }),
        json!({ "role": "guest", "uses_max": 0, "valid_s": null }),
        json!({ "role": "guest", "uses_max": null, "valid_s": 1 }),
    ] {
        ada.post(&invites, &body).await.refused(422, Code::Invalid);
    }
    let token = ada.invite(channel, json!({ "role": "guest", "uses_max": null, "valid_s": 60 })).await;
    let listed: Value = ada.get(&invites).await.ok(200);
    assert_eq!(listed[0]["token"], Value::Null, "told once");
    let id = listed[0]["invite"].as_str().expect("an id").to_owned();
    ada.delete(&format!("{invites}/{id}")).await.done();
    let mut ben = server.visitor();
    ben.get(&format!("invites/{token}")).await.refused(404, Code::InviteUnknown);
    ben.post(&format!("invites/{token}/accept"), &json!({ "name": "Ben" }))
        .await
        .refused(404, Code::InviteUnknown);
    let mut slowed = false;
    for number in 0..30 {
        let answer = ben.get(&format!("invites/guess{number}")).await;
        slowed |= answer.status == 429;
        assert!(slowed && answer.status == 429 || answer.status == 404, "{}", answer.body);
    }
    assert!(slowed, "guessing goes on for ever");
}

#[tokio::test]
async fn a_guest_becomes_a_user_and_stays_the_same_person() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let token = ada.invite(channel, json!({ "role": "guest", "uses_max": null, "valid_s": null })).await;
    let mut ben = server.visitor();
    let guest = ben.accept(&token, "Ben").await.session.person.expect("somebody");
    let command = json!({ "op": operation(1), "command": { "t": "message.send", "c": { "text": "as a guest", "at": null } } });
    ben.post(&format!("channels/{channel}/commands"), &command).await.ok::<Value>(200);

    let sign_up =
        json!({ "name": "Benjamin", "email": "ben@example.org", "password": PASSWORD, "invite": null });
    let user: SessionView = ben.post("users", &sign_up).await.ok(201);
    let user = user.person.expect("somebody");
    assert_eq!((user.person, user.kind, user.name.as_str()), (guest.person, PersonKind::User, "Benjamin"));
    let members: Vec<MemberView> = ada.get(&format!("channels/{channel}/members")).await.ok(200);
    let found = members.iter().find(|member| member.person == guest.person).expect("still a member");
    assert_eq!((found.name.as_str(), found.kind, found.role), ("Benjamin", PersonKind::User, Role::Guest));
    let history: MessagePage = ben.get(&format!("channels/{channel}/messages")).await.ok(200);
    assert_eq!(history.messages[0].author.person, guest.person);
    ben.post("users", &sign_up).await.refused(409, Code::Conflict);
    let mut elsewhere = server.visitor();
    elsewhere
        .post("session", &json!({ "email": "ben@example.org", "password": PASSWORD }))
        .await
        .ok::<SessionView>(200);
}

#[tokio::test]
async fn sign_up_follows_the_policy() {
    let sign_up = |invite: Value| json!({ "name": "Ben", "email": "ben@example.org", "password": PASSWORD, "invite": invite });
    for policy in [SignupPolicy::Invite, SignupPolicy::Open, SignupPolicy::Closed] {
        let server = Server::with(|config| config.signup = policy).await;
        let mut ada = server.owner().await;
        let channel = ada.channel("Dailies", Visibility::Private).await;
        let token = ada.invite(channel, json!({ "role": "member", "uses_max": 1, "valid_s": null })).await;
        let mut ben = server.visitor();
        match policy {
            SignupPolicy::Open => {
                ben.post("users", &sign_up(json!(null))).await.ok::<SessionView>(201);
                server.visitor().post("users", &sign_up(json!(null))).await.refused(409, Code::EmailTaken);
            }
            SignupPolicy::Closed => {
                ben.post("users", &sign_up(json!(token))).await.refused(403, Code::SignupClosed);
            }
            SignupPolicy::Invite => {
                ben.post("users", &sign_up(json!(null))).await.refused(403, Code::SignupClosed);
                ben.post("users", &sign_up(json!("guessed"))).await.refused(404, Code::InviteUnknown);
                ben.post("users", &sign_up(json!(token))).await.ok::<SessionView>(201);
                let card: ChannelView = ben.get(&format!("channels/{channel}")).await.ok(200);
                assert_eq!(card.role, Some(Role::Member));
                let mut other = sign_up(json!(token));
                other["email"] = json!("cyn@example.org");
                server.visitor().post("users", &other).await.refused(410, Code::InviteUsedUp);
            }
        }
    }
}

#[tokio::test]
async fn law_8_a_private_channel_is_not_found_for_strangers_whatever_they_ask() {
    let server = Server::with(|config| config.signup = SignupPolicy::Open).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Secret", Visibility::Private).await;
    let mut ben = server.visitor();
    let sign_up = json!({ "name": "Ben", "email": "ben@example.org", "password": PASSWORD, "invite": null });
    let ben_id = ben.post("users", &sign_up).await.ok::<SessionView>(201).person.expect("somebody").person;
    let command =
        json!({ "op": operation(1), "command": { "t": "message.send", "c": { "text": "hi", "at": null } } });
    let card = json!({ "name": "Mine", "visibility": "public" });
    let asks = [
        (Method::GET, String::new(), None),
        (Method::PATCH, String::new(), Some(card)),
        (Method::POST, "/join".into(), Some(json!({}))),
        (Method::POST, "/leave".into(), Some(json!({}))),
        (Method::GET, "/members".into(), None),
        (Method::PATCH, format!("/members/{ben_id}"), Some(json!({ "role": "owner" }))),
        (Method::DELETE, format!("/members/{ben_id}"), None),
        (Method::GET, "/invites".into(), None),
        (
            Method::POST,
            "/invites".into(),
            Some(json!({ "role": "guest", "uses_max": null, "valid_s": null })),
        ),
        (Method::GET, "/messages".into(), None),
        (Method::POST, "/commands".into(), Some(command)),
    ];
    for (method, path, body) in asks {
        let mut request = ben.request(method.clone(), &format!("channels/{channel}{path}"));
        if let Some(body) = &body {
            request = request.json(body);
        }
        ben.send(request).await.refused(404, Code::NotFound);
        let mut nobody = server.visitor();
        let mut request = nobody.request(method, &format!("channels/{channel}{path}"));
        if let Some(body) = &body {
            request = request.json(body);
        }
        nobody.send(request).await.refused(401, Code::SignInNeeded);
    }
    let list: ChannelList = ben.get("channels").await.ok(200);
    assert_eq!(list.channels, []);
}

#[tokio::test]
async fn public_channels_are_listed_page_by_page_and_joined() {
    let server = Server::with(|config| config.signup = SignupPolicy::Open).await;
    let mut ada = server.owner().await;
    for number in 0..5 {
        ada.channel(&format!("Public {number}"), Visibility::Public).await;
    }
    ada.channel("Unlisted", Visibility::Unlisted).await;
    ada.channel("Private", Visibility::Private).await;
    let mut ben = server.visitor();
    ben.post(
        "users",
        &json!({ "name": "Ben", "email": "ben@example.org", "password": PASSWORD, "invite": null }),
    )
    .await
    .ok::<SessionView>(201);
    let mut names = Vec::new();
    let mut path = "channels?limit=2".to_owned();
    loop {
        let list: ChannelList = ben.get(&path).await.ok(200);
        names.extend(list.channels.iter().map(|channel| channel.name.clone()));
        let Some(next) = list.next else { break };
        path = format!("channels?limit=2&cursor={next}");
    }
    names.sort();
    assert_eq!(names, ["Public 0", "Public 1", "Public 2", "Public 3", "Public 4"]);
    ben.get("channels?cursor=rubbish").await.refused(422, Code::Invalid);
    ben.get("channels?limit=many").await.refused(422, Code::Invalid);

    let list: ChannelList = ben.get("channels").await.ok(200);
    let channel = list.channels[0].channel;
    for _ in 0..2 {
        let card: ChannelView = ben.post(&format!("channels/{channel}/join"), &json!({})).await.ok(200);
        assert_eq!((card.role, card.members), (Some(Role::Member), 2));
    }
    for _ in 0..2 {
        ben.post(&format!("channels/{channel}/leave"), &json!({})).await.done();
    }
    let card: ChannelView = ben.get(&format!("channels/{channel}")).await.ok(200);
    assert_eq!((card.role, card.members), (None, 1));
}

#[tokio::test]
async fn roles_are_given_from_above_and_the_last_owner_stays() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let me = ada.session().await.person.expect("somebody").person;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let token = ada.invite(channel, json!({ "role": "member", "uses_max": null, "valid_s": null })).await;
    let mut ben = server.visitor();
    let ben_id = ben.accept(&token, "Ben").await.session.person.expect("somebody").person;
    let sign_up = json!({ "name": "Ben", "email": "ben@example.org", "password": PASSWORD, "invite": null });
    ben.post("users", &sign_up).await.ok::<SessionView>(201);
    let member = |person| format!("channels/{channel}/members/{person}");
    ben.patch(&member(ben_id), &json!({ "role": "owner" })).await.refused(403, Code::Forbidden);
    ben.delete(&member(me)).await.refused(403, Code::Forbidden);
    ben.post(
        &format!("channels/{channel}/invites"),
        &json!({ "role": "guest", "uses_max": null, "valid_s": null }),
    )
    .await
    .refused(403, Code::Forbidden);
    ben.patch(&format!("channels/{channel}"), &json!({ "name": "Mine", "visibility": "public" }))
        .await
        .refused(403, Code::Forbidden);
    ada.patch(&member(ben_id), &json!({ "role": "king" })).await.refused(422, Code::Malformed);
    ada.patch(&member(ben_id), &json!({ "role": "moderator" })).await.done();
    ben.post(
        &format!("channels/{channel}/invites"),
        &json!({ "role": "guest", "uses_max": null, "valid_s": null }),
    )
    .await
    .ok::<Value>(201);
    ada.patch(&member(me), &json!({ "role": "member" })).await.refused(409, Code::LastOwner);
    ada.post(&format!("channels/{channel}/leave"), &json!({})).await.refused(409, Code::LastOwner);
    ada.delete(&member(ben_id)).await.done();
    ada.delete(&member(ben_id)).await.done();
    ben.get(&format!("channels/{channel}/messages")).await.refused(404, Code::NotFound);
    let card: ChannelView = ada
        .patch(&format!("channels/{channel}"), &json!({ "name": " Rushes ", "visibility": "unlisted" }))
        .await
        .ok(200);
    assert_eq!((card.name.as_str(), card.visibility), ("Rushes", Visibility::Unlisted));
    for name in ["", "   ", &"x".repeat(81), &"x".repeat(10_000), "a\u{0}b"] {
        let body = json!({ "name": name, "visibility": "private" });
        ada.patch(&format!("channels/{channel}"), &body).await.refused(422, Code::Invalid);
        ada.post("channels", &body).await.refused(422, Code::Invalid);
    }
}

#[tokio::test]
async fn guests_belong_where_they_were_invited() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let public = ada.channel("Everybody", Visibility::Public).await;
    let token = ada.invite(channel, json!({ "role": "guest", "uses_max": null, "valid_s": null })).await;
    let mut ben = server.visitor();
    ben.accept(&token, "Ben").await;
    let list: ChannelList = ben.get("channels").await.ok(200);
    assert_eq!(list.channels.iter().map(|channel| channel.name.as_str()).collect::<Vec<_>>(), ["Dailies"]);
    ben.post(&format!("channels/{public}/join"), &json!({})).await.refused(404, Code::NotFound);
    ben.post("channels", &json!({ "name": "Mine", "visibility": "private" }))
        .await
        .refused(403, Code::Forbidden);
}

#[tokio::test]
async fn law_5_a_command_by_post_is_taken_once_and_history_pages_back() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let commands = format!("channels/{channel}/commands");
    let say = |number: u64| json!({ "op": operation(number), "command": { "t": "message.send", "c": { "text": format!("message {number}"), "at": null } } });
    for number in 1..=5 {
        let body = say(number);
        let first: Value = ada.post(&commands, &body).await.ok(200);
        let again: Value = ada.post(&commands, &body).await.ok(200);
        assert_eq!(first, again, "the same operation has the same place");
    }
    let page: MessagePage = ada.get(&format!("channels/{channel}/messages?limit=3")).await.ok(200);
    let texts =
        |page: &MessagePage| page.messages.iter().map(|message| message.text.clone()).collect::<Vec<_>>();
    assert_eq!(
        (texts(&page), page.more),
        (vec!["message 3".into(), "message 4".into(), "message 5".into()], true)
    );
    let before = page.messages[0].seq;
    let page: MessagePage = ada.get(&format!("channels/{channel}/messages?before={before}")).await.ok(200);
    assert_eq!((texts(&page), page.more), (vec!["message 1".into(), "message 2".into()], false));

    let op = |number: u64| operation(100 + number);
    let table = [
        (json!({ "op": op(1), "command": { "t": "message.sing", "c": {} } }), 422, Code::CommandUnknown),
        (json!({ "op": op(2), "command": { "t": "message.send", "c": {} } }), 400, Code::Malformed),
        (json!({ "op": op(3), "command": "message.send" }), 400, Code::Malformed),
        (json!({ "op": "no id", "command": {} }), 422, Code::Malformed),
        (
            json!({ "op": op(4), "command": { "t": "message.send", "c": { "text": " ", "at": null } } }),
            422,
            Code::MessageInvalid,
        ),
        (
            json!({ "op": op(5), "command": { "t": "playback.play", "c": { "frame": null } } }),
            422,
            Code::NoVideo,
        ),
        (
            json!({ "op": op(6), "command": { "t": "video.remove", "c": { "video": operation(1) } } }),
            403,
            Code::Forbidden,
        ),
        (
            json!({ "op": "01890000-0000-7000-8000-000000000000", "command": { "t": "message.send", "c": { "text": "old", "at": null } } }),
            422,
            Code::OperationStale,
        ),
    ];
    for (body, status, code) in table {
        ada.post(&commands, &body).await.refused(status, code);
    }
}

/// An operation id of this moment.
fn operation(number: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&number.to_be_bytes());
    protocol::OpId::v7(u64::try_from(now.as_millis()).expect("fits"), chance).to_string()
}
