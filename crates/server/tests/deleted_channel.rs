//! Deleting a channel over REST and what becomes of those who are in it: gone at once, back within a day.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod live_support;

use live_support::*;
use protocol::codec::Encoding;
use protocol::rest::{ChannelList, ChannelView, MessagePage, Problem};
use protocol::*;
use reqwest::Method;
use serde::de::DeserializeOwned;
use tokio_tungstenite::tungstenite::Error;

/// What a person's browser asks of a node.
async fn ask(node: &Node, who: &Person, method: Method, path: &str) -> (u16, String) {
    let request = reqwest::Client::new()
        .request(method, format!("http://{}/api/v1/{path}", node.host))
        .header("origin", format!("http://{}", node.host))
        .header("cookie", format!("genlock_loopback={}", who.token));
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn read<T: DeserializeOwned>((status, body): (u16, String)) -> T {
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn refused((status, body): (u16, String)) -> (u16, u16) {
    let problem: Problem = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
    (status, problem.code)
}

const NOT_FOUND: (u16, u16) = (404, 1004);

#[tokio::test]
async fn a_deleted_channel_is_gone_at_once_and_back_within_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::on(store_at(folder.path()), folder.path()).await;
    let ada = node.person("Ada", PersonKind::User).await;
    let ben = node.person("Ben", PersonKind::User).await;
    let channel = node.channel(&ada).await;
    node.join(channel, &ben, Role::Admin).await;
    let mut one = node.enter(channel, &ada).await;
    let mut two = node.enter(channel, &ben).await;
    one.ask(new_op(), say("a secret")).await.unwrap();
    let invite = {
        let made = reqwest::Client::new()
            .post(format!("http://{}/api/v1/channels/{channel}/invites", node.host))
            .header("origin", format!("http://{}", node.host))
            .header("cookie", format!("genlock_loopback={}", ada.token))
            .json(&serde_json::json!({ "role": "guest" }));
        let view: rest::InviteView = made.send().await.unwrap().json().await.unwrap();
        view.token.unwrap()
    };

    let path = format!("channels/{channel}");
    let below = |what: &str| format!("{path}/{what}");
    assert_eq!(refused(ask(&node, &ben, Method::DELETE, &path).await), (403, 1003), "an admin is no owner");
    assert_eq!(ask(&node, &ada, Method::DELETE, &path).await.0, 204);
    for client in [&mut one, &mut two] {
        assert_eq!(client.until_closed().await, Code::CloseGone.number());
    }
    // Nothing of it is found, also by its owner.
    for who in [&ada, &ben] {
        for path in [path.clone(), below("messages"), below("members"), below("videos"), below("invites")] {
            assert_eq!(refused(ask(&node, who, Method::GET, &path).await), NOT_FOUND, "{path}");
        }
        let live = node.connect(channel, who, Encoding::MessagePack).await;
        assert!(matches!(live, Err(Error::Http(response)) if response.status() == 404));
        let list: ChannelList = read(ask(&node, who, Method::GET, "channels").await);
        assert!(list.channels.is_empty());
    }
    assert_eq!(refused(ask(&node, &ben, Method::GET, &format!("invites/{invite}")).await), (404, 1205));
    let list: ChannelList = read(ask(&node, &ada, Method::GET, "channels").await);
    let deleted = &list.deleted[0];
    assert_eq!((deleted.channel, deleted.name.as_str()), (channel, "Films"));
    assert_eq!(deleted.undo_until.since_us(deleted.deleted_at), limits::UNDO_MS * 1_000);
    let list: ChannelList = read(ask(&node, &ben, Method::GET, "channels").await);
    assert!(list.deleted.is_empty());
    // Again changes nothing; who does not own it does not even find it.
    assert_eq!(ask(&node, &ada, Method::DELETE, &path).await.0, 204);
    assert_eq!(refused(ask(&node, &ben, Method::DELETE, &path).await), NOT_FOUND);
    assert_eq!(refused(ask(&node, &ben, Method::POST, &below("restore")).await), NOT_FOUND);

    let card: ChannelView = read(ask(&node, &ada, Method::POST, &below("restore")).await);
    assert_eq!((card.name.as_str(), card.members), ("Films", 2));
    let page: MessagePage = read(ask(&node, &ben, Method::GET, &below("messages")).await);
    assert_eq!(page.messages[0].text, "a secret");
    let again = node.enter_as(channel, &ben, Encoding::MessagePack, Some(two.position())).await;
    assert!(again.welcome.resumed);
    assert_eq!(ask(&node, &ben, Method::GET, &format!("invites/{invite}")).await.0, 200);

    // When its time is over it is erased, and cannot be put back.
    assert_eq!(ask(&node, &ada, Method::DELETE, &path).await.0, 204);
    assert!(node.state.store.catalog.erase_channel(channel, Timestamp(i64::MAX), 99).await.unwrap());
    assert_eq!(refused(ask(&node, &ada, Method::POST, &below("restore")).await), NOT_FOUND);
    assert!(texts(&node.log(channel).await).is_empty());
}
