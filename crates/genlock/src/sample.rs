//! Prepares the sample clip in the background while there is no owner yet.

use crate::tell;
use server::AppState;
use std::path::PathBuf;
use worker::Tools;
use worker::sample::{SampleClip, ensure};

/// Makes the clip, if setup may still want it, and hands it to the worker.
pub async fn prepare(state: AppState, tools: Tools, folder: PathBuf) {
    let ids = match server::sample::wanted(&state).await {
        Ok(Some(ids)) => ids,
        Ok(None) => return,
        Err(refusal) => {
            tracing::warn!(?refusal, "whether a sample clip is wanted could not be asked");
            return;
        }
    };
    let clip = SampleClip { channel: ids.channel, video: ids.video, version: ids.version };
    match ensure(clip, &state.store, &tools, &folder, state.clock.now()).await {
        Ok(true) => state.jobs_wake.ring(),
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(%error, "the sample clip could not be made");
            tell::error(
                "The sample clip could not be made; everything else works. It is tried again at the next start.",
            );
        }
    }
    if let Err(error) = tokio::fs::remove_dir_all(&folder).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the folder of the sample clip stays");
    }
}
