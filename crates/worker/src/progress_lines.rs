//! What ffmpeg's `-progress` says, told on: frames written so far. Read by the launcher.

use crate::launcher::{RunError, next_line};
use crate::run_watch::Beat;
use std::pin::pin;
use std::time::Duration;
use tokio::io::AsyncBufRead;
use tokio::time::{Instant, timeout_at};

/// Frames that were told are told again after this time: with what the desk adds no word is older than half a second.
const TELL_AGAIN: Duration = Duration::from_millis(250);

/// Tells the frames written so far whenever there are more, and again while there are not: decoding up to the first of
/// them takes its time, and whoever looks on is to see that it goes on.
pub(crate) async fn read_progress(
    reader: &mut (impl AsyncBufRead + Unpin),
    tell: &mut (dyn FnMut(i64) + Send),
    beat: &Beat,
) -> Result<(), RunError> {
    let mut line = Vec::new();
    let (mut frames, mut written) = (-1_i64, String::new());
    let mut again_at = Instant::now() + TELL_AGAIN;
    loop {
        let is_line = {
            let mut next = pin!(next_line(reader, &mut line));
            loop {
                match timeout_at(again_at, &mut next).await {
                    Ok(is_line) => break is_line?,
                    // No sign of progress, so no beat for the watch.
                    Err(_) => {
                        tell(frames.max(0));
                        again_at = Instant::now() + TELL_AGAIN;
                    }
                }
            }
        };
        if !is_line {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        match text.split_once('=') {
            Some(("frame", count)) => {
                let count = count.trim().parse().unwrap_or(0);
                if count != frames {
                    frames = count;
                    beat.now();
                    tell(frames);
                    again_at = Instant::now() + TELL_AGAIN;
                }
            }
            Some(("out_time" | "total_size", value)) if value != written => {
                value.clone_into(&mut written);
                beat.now();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncWriteExt as _, BufReader};
    use tokio::sync::mpsc;

    /// Far more than telling again takes; only a failing test waits so long.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_was_told_is_told_again_while_nothing_comes() {
        let (mut ffmpeg, ours) = tokio::io::duplex(64);
        let (sender, mut told) = mpsc::unbounded_channel();
        let mut tell = |frames: i64| sender.send(frames).expect("the test listens");
        let (beat, mut reader) = (Beat::new(), BufReader::new(ours));
        let says = async {
            // Half a line, and the rest of it later: no byte of it gets lost meanwhile.
            ffmpeg.write_all(b"fra").await.unwrap();
            for _ in 0..2 {
                assert_eq!(told.recv().await, Some(0));
            }
            ffmpeg.write_all(b"me=7\n").await.unwrap();
            // One more of the old may be on its way.
            while told.recv().await.expect("told") != 7 {}
            // Lines that say nothing new do not put it off.
            for _ in 0..2 {
                ffmpeg.write_all(b"frame=7\nprogress=continue\n").await.unwrap();
                assert_eq!(told.recv().await, Some(7));
            }
            drop(ffmpeg);
        };
        let both = async { tokio::join!(read_progress(&mut reader, &mut tell, &beat), says) };
        let (read, ()) = tokio::time::timeout(PATIENCE, both).await.expect("it is told again");
        read.unwrap();
    }
}
