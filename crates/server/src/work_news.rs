//! Hands the desk's news to the rooms: a version's state as a command of the system, tried again until the room has
//! it (its operation id makes that harmless); progress as a fleeting value. Runs while the server serves.

use crate::AppState;
use desk::WorkerNews;
use protocol::command::Command;
use protocol::fleeting::Fleeting;
use room::By;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// Wait before a command is handed in again.
const AGAIN: Duration = Duration::from_millis(500);
/// Tries until the news is given up; the version's row has the truth, and the next news says it anyway.
const TRIES_MAX: u32 = 20;

/// Runs until the desk is gone.
pub(crate) async fn tell_rooms(state: AppState, mut news: Receiver<WorkerNews>) {
    while let Some(one) = news.recv().await {
        match one {
            WorkerNews::Version { channel, op, update } => {
                let command = Command::VideoUpdate(update);
                for attempt in 1..=TRIES_MAX {
                    match state.rooms.command(channel, By::System(None), op, command.clone()).await {
                        Ok(_) => break,
                        Err(refusal) if refusal.retry_after_ms.is_some() && attempt < TRIES_MAX => {
                            tokio::time::sleep(AGAIN).await;
                        }
                        Err(refusal) => {
                            tracing::debug!(%channel, code = refusal.code.number(), "a room does not take news of a video");
                            break;
                        }
                    }
                }
            }
            WorkerNews::Progress { channel, progress } => {
                state.rooms.fleeting_system(channel, Fleeting::Progress(progress));
            }
        }
    }
}
