//! Stopping: a signal drains the server, tells everybody when to come back, and ends it; a data folder serves one.

mod support;

use protocol::ServerFrame;
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use support::{Live, PATIENCE, Server, create_channel, set_up};
use tokio::process::Command;

fn signal(server: &Server, signal: Signal) {
    let id =
        server.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).expect("fits"))).expect("it runs");
    kill_process(id, signal).expect("it is ours");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_tells_everybody_when_to_come_back_and_nothing_is_lost() {
    let data = tempfile::tempdir().expect("a folder");
    for stop in [Signal::TERM, Signal::INT] {
        let mut server = Server::start(data.path()).await;
        let person = match &server.setup_token {
            Some(_) => set_up(&server).await,
            None => support::sign_in(&server).await,
        };
        let channel = create_channel(&server, &person, "Stop test").await;
        let mut live = Live::connect(&server, &person, channel, None).await;
        while !matches!(live.next().await, Some(ServerFrame::Snapshot(_))) {}
        signal(&server, stop);
        let mut told = false;
        while let Some(frame) = live.next().await {
            told |= matches!(frame, ServerFrame::Drain(_));
        }
        assert!(told, "the connection ended without a word");
        let ended =
            tokio::time::timeout(PATIENCE, server.child.wait()).await.expect("within 30 s").expect("it ran");
        assert!(ended.success(), "{ended}");
    }
}

#[tokio::test]
async fn two_servers_never_share_a_data_folder() {
    let data = tempfile::tempdir().expect("a folder");
    let first = Server::start(data.path()).await;
    let second = Command::new(env!("CARGO_BIN_EXE_genlock"))
        .args(["serve", "--listen", "127.0.0.1:0", "--no-worker", "--data-dir"])
        .arg(data.path())
        .env_remove("PORT")
        .stdin(Stdio::null())
        .output()
        .await
        .expect("it runs");
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another genlock uses the data folder"), "{said}");
    // A killed server leaves no lock behind.
    first.kill_nine().await;
    let third = Server::start(data.path()).await;
    assert!(third.setup_token.is_some());
}
