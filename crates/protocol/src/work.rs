//! REST bodies about work: jobs as people see them, and the tokens with which programs do them. What worker and server
//! say to each other stands in the crate `desk`.

use crate::wire::{wire_struct, wire_word};
use crate::{ChannelId, JobId, Timestamp, TokenId, VersionId, VideoId};

wire_word! {
    /// State of a job.
    pub enum JobWord {
        /// Waits for its turn, for others or for its time.
        "waiting" => Waiting,
        /// A worker has it.
        "running" => Running,
        /// Finished.
        "done" => Done,
        /// Given up; it can be tried again.
        "dead" => Dead,
        /// Cancelled.
        "cancelled" => Cancelled,
    }
}

wire_struct! {
    /// A job as listed by `GET jobs` and told by `GET jobs/{job}/events`.
    pub struct JobView {
        /// Which.
        pub job: JobId,
        /// Kind: `probe`, `chunk`, `audio`, `poster`, `publish`, `sweep`.
        pub kind: String,
        /// Number of its part, for kinds with several; 0 is the first.
        pub part: Option<u32>,
        /// State.
        pub state: JobWord,
        /// Version it works on.
        pub version: Option<VersionId>,
        /// Video of that version.
        pub video: Option<VideoId>,
        /// The video's title.
        pub title: Option<String>,
        /// The video's channel.
        pub channel: Option<ChannelId>,
        /// Attempts so far.
        pub attempts: u32,
        /// Why it is dead, or why the last attempt failed.
        pub reason: Option<String>,
        /// Code of that reason.
        pub code: Option<u16>,
        /// Worker of the newest attempt.
        pub runner: Option<String>,
        /// Share done, 0 to 1000; never goes back.
        pub permille: u32,
        /// Not before.
        pub run_at: Timestamp,
    }
}

wire_struct! {
    /// How many jobs are in a state.
    pub struct JobCount {
        /// State.
        pub state: JobWord,
        /// Jobs.
        pub count: u64,
    }
}

wire_struct! {
    /// `GET jobs`: newest first.
    pub struct JobList {
        /// Jobs.
        pub jobs: Vec<JobView>,
        /// Jobs by state, of all pages.
        pub counts: Vec<JobCount>,
        /// Cursor of the next page.
        pub next: Option<String>,
    }
}

wire_word! {
    /// What a token lets a program do.
    pub enum TokenScope {
        /// Take jobs, read their sources and store what they make.
        "work" => Work,
        /// Read what the instance is doing: `/metrics` and `instance/numbers`.
        "metrics" => Metrics,
    }
}

wire_struct! {
    /// `POST tokens`.
    pub struct CreateToken {
        /// What it is for.
        pub name: String,
        /// What it lets a program do.
        pub scope: TokenScope,
        /// Whose it is, by e-mail; none is the asker's own.
        pub email: Option<String>,
    }
}

wire_struct! {
    /// A token as listed by `GET tokens`.
    pub struct TokenView {
        /// Which.
        pub token: TokenId,
        /// What it is for.
        pub name: String,
        /// What it lets a program do.
        pub scope: TokenScope,
        /// When it was made.
        pub created_at: Timestamp,
        /// The secret; told once, when it is made.
        pub secret: Option<String>,
    }
}
