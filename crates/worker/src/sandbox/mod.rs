//! The cage in which ffmpeg meets files from strangers (law 13). ffmpeg and ffprobe run only as
//! `genlock sandbox-exec ...`: our own binary again, which locks itself in and then becomes ffmpeg.
//!
//! Layers, outermost first: an empty environment and its own session; death with its parent; a control group that bounds
//! memory; namespaces of its own, with nothing in its root but what it needs; resource limits; no capabilities and
//! no_new_privs; Landlock (sees its input and the system's libraries, writes its own job folder, connects nowhere);
//! seccomp (an allowlist of system calls: no sockets, no new processes, no debugging of others). The launcher watches
//! from outside: memory, threads, room on the disk, time, progress. Landlock, seccomp, no_new_privs and being without
//! capabilities are the floor: where one cannot be had, the program does not start, unless the operator has said
//! `GENLOCK_SANDBOX=relaxed`. What lies above the floor is taken where it is to be had ([`LevelName`]).
//!
//! Reading order: [`cage`] (what is asked), [`enter`] (the child's side), [`namespaces`], [`privileges`], [`files`],
//! [`syscalls`], [`level`], [`advice`].

pub mod advice;
pub mod cage;
pub mod enter;
mod files;
pub mod level;
mod namespaces;
mod privileges;
mod syscalls;

pub use cage::{Cage, Means, Urgency};
pub use enter::exec_main;
pub use level::{Level, LevelName};
