//! `kill -9` of the whole server while people talk: nothing acknowledged is lost, nothing happens twice.

mod support;

use protocol::command::{Command, MessageSend};
use protocol::frame::CommandFrame;
use protocol::rest::MessagePage;
use protocol::{ClientFrame, OpId, ServerFrame};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use support::{Live, Server, create_channel, operation, set_up};

fn say(op: OpId) -> ClientFrame {
    ClientFrame::Command(CommandFrame {
        op,
        command: Command::MessageSend(MessageSend { text: format!("message {op}"), at: None }),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn law_2_an_acknowledged_message_survives_kill_nine_and_a_retry_never_doubles_it() {
    let rounds = if std::env::var_os("GENLOCK_LONG").is_some() { 30 } else { 4 };
    let data = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(data.path()).await;
    let person = set_up(&server).await;
    let channel = create_channel(&server, &person, "Kill test").await;
    let mut number = 0;
    let mut acknowledged: BTreeMap<OpId, u64> = BTreeMap::new();
    let mut unknown: Vec<OpId> = Vec::new();

    for round in 0..rounds {
        let mut live = Live::connect(&server, &person, channel, None).await;
        // What had no answer when the plug was pulled is sent again, under the same id.
        for op in &unknown {
            live.send(&say(*op)).await;
        }
        // The plug is pulled after a number of acks that differs from round to round.
        let enough = acknowledged.len() + unknown.len() + 7 + round * 7 % 5;
        let mut sent: BTreeSet<OpId> = unknown.drain(..).collect();
        let mut in_flight = sent.len();
        while acknowledged.len() < enough {
            while in_flight < 8 {
                number += 1;
                let op = operation(number);
                live.send(&say(op)).await;
                sent.insert(op);
                in_flight += 1;
            }
            match live.next().await.expect("the server lives until we kill it") {
                ServerFrame::Ack(ack) => {
                    if let Some(first) = acknowledged.insert(ack.op, ack.seq) {
                        assert_eq!(first, ack.seq, "the same operation has one place");
                    }
                    sent.remove(&ack.op);
                    in_flight -= 1;
                }
                ServerFrame::Reject(reject) if reject.retry_after_ms.is_some() => {
                    tokio::time::sleep(Duration::from_millis(u64::from(reject.retry_after_ms.unwrap_or(50))))
                        .await;
                    live.send(&say(reject.op.expect("a rejected command names itself"))).await;
                }
                ServerFrame::Reject(reject) => panic!("rejected: {reject:?}"),
                _ => {}
            }
        }
        server.kill_nine().await;
        unknown.extend(sent);
        server = Server::start(data.path()).await;
        check(&server, &person, channel, &acknowledged, &unknown).await;
    }
}

/// Every acknowledged message is in the history at its place, each message once.
async fn check(
    server: &Server,
    person: &support::Person,
    channel: protocol::ChannelId,
    acknowledged: &BTreeMap<OpId, u64>,
    unknown: &[OpId],
) {
    let mut found: BTreeMap<OpId, u64> = BTreeMap::new();
    let mut before = String::new();
    loop {
        let url = format!("{}/api/v1/channels/{channel}/messages?limit=100{before}", server.base);
        let page: MessagePage = person
            .http
            .get(url)
            .header("cookie", &person.cookie)
            .send()
            .await
            .expect("history answers")
            .json()
            .await
            .expect("history body");
        for message in &page.messages {
            assert!(found.insert(message.op, message.seq).is_none(), "message {} stands twice", message.op);
        }
        match page.messages.first() {
            Some(oldest) if page.more => before = format!("&before={}", oldest.seq),
            _ => break,
        }
    }
    for (op, seq) in acknowledged {
        assert_eq!(found.get(op), Some(seq), "acknowledged message {op} is at its place");
    }
    for op in found.keys() {
        assert!(acknowledged.contains_key(op) || unknown.contains(op), "message {op} was never sent");
    }
}
