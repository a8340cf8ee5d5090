//! The cage in which ffmpeg meets files from strangers (law 13). ffmpeg and ffprobe run only as
//! `genlock sandbox-exec ...`: our own binary again, which locks itself in and then becomes ffmpeg.
//!
//! Layers, outermost first: an empty environment and its own session; death with its parent; resource limits;
//! no_new_privs; Landlock (sees its input and the system's libraries, writes its own job folder, connects nowhere);
//! seccomp (an allowlist of system calls: no sockets, no new processes, no debugging of others). Landlock, seccomp and
//! no_new_privs are the floor: where one cannot be had, the program does not start, unless the operator has said
//! `GENLOCK_SANDBOX=relaxed`.
//!
//! Reading order: [`cage`] (what is asked), [`enter`] (the child's side), [`files`], [`syscalls`], [`level`].

pub mod cage;
pub mod enter;
mod files;
pub mod level;
mod syscalls;

pub use cage::{Cage, Urgency};
pub use enter::exec_main;
pub use level::Level;
