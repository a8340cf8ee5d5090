//! Tries to get out of the cage: run in place of ffmpeg by the tests of the sandbox. Says for each try whether it
//! worked, one line each: `NAME ok DETAIL` or `NAME refused ERRNO`.
#![allow(clippy::print_stdout, reason = "its output is its answer")]
#![allow(unsafe_code, reason = "escape attempts are system calls that no safe wrapper offers")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

fn say(name: &str, outcome: io::Result<String>) {
    match outcome {
        Ok(detail) => println!("{name} ok {detail}"),
        Err(error) => println!("{name} refused {}", error.raw_os_error().unwrap_or(-1)),
    }
}

fn read(path: &str) -> io::Result<String> {
    let mut byte = [0_u8; 1];
    File::open(path)?.read(&mut byte).map(|count| format!("{count} bytes"))
}

/// The raw system call with up to four numbers.
fn call(number: libc::c_long, a: usize, b: usize, c: usize, d: usize) -> io::Result<String> {
    // SAFETY: the calls tried here fail or are given null pointers and numbers only.
    let answer = unsafe { libc::syscall(number, a, b, c, d, 0) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer.to_string()) }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [input, outside, secret, port, parent] = words.as_slice() else {
        println!("usage: INPUT OUTSIDE SECRET PORT PARENT");
        return;
    };
    // What must work.
    say("read-input", read(input));
    say("write-own", fs::write("own.txt", "x").map(|()| String::new()));
    say(
        "thread",
        std::thread::Builder::new().spawn(|| 1).map(|thread| format!("{:?}", thread.join().is_ok())),
    );
    println!("environment {}", std::env::vars_os().count());
    // What must not.
    say("read-secret", read(secret));
    say("read-passwd", read("/etc/passwd"));
    say("list-root", fs::read_dir("/").map(|_| String::new()));
    say("read-parent-environ", read(&format!("/proc/{parent}/environ")));
    say("read-own-environ", read("/proc/self/environ"));
    say("write-outside", fs::write(format!("{outside}/escaped.txt"), "x").map(|()| String::new()));
    say("write-input", OpenOptions::new().append(true).open(input).map(|_| String::new()));
    say("link-out", std::os::unix::fs::symlink(secret, "link").and_then(|()| read("link")));
    say("hard-link-out", fs::hard_link(secret, "hard").map(|()| String::new()));
    say("climb-out", read(&format!("../{}", secret.rsplit('/').next().unwrap_or_default())));
    say("make-folder", fs::create_dir("folder").map(|()| String::new()));
    say("tcp-connect", TcpStream::connect(format!("127.0.0.1:{port}")).map(|_| String::new()));
    say("tcp-listen", TcpListener::bind("127.0.0.1:0").map(|_| String::new()));
    say("udp", UdpSocket::bind("127.0.0.1:0").map(|_| String::new()));
    say("unix-connect", UnixStream::connect("/run/systemd/notify").map(|_| String::new()));
    say("unix-listen", UnixListener::bind("socket").map(|_| String::new()));
    say("fork-exec", Command::new("/bin/true").status().map(|status| status.to_string()));
    say("signal-parent", call(libc::SYS_kill, parent.parse().unwrap_or(1), 0, 0, 0));
    // PTRACE_SEIZE: attaches without stopping.
    say("ptrace-parent", call(libc::SYS_ptrace, 0x4206, parent.parse().unwrap_or(1), 0, 0));
    say("unshare-user", call(libc::SYS_unshare, 0x1000_0000, 0, 0, 0));
    say("mount", call(libc::SYS_mount, 0, 0, 0, 0));
    say("keyctl", call(libc::SYS_keyctl, 0, 0, 0, 0));
    say("bpf", call(libc::SYS_bpf, 0, 0, 0, 0));
    say("perf", call(libc::SYS_perf_event_open, 0, 0, 0, 0));
    say("io-uring", call(libc::SYS_io_uring_setup, 1, 0, 0, 0));
    say("memfd-exec", call(libc::SYS_memfd_create, c"x".as_ptr() as usize, 0, 0, 0));
    let limit = [4096_u64, 4096];
    say("raise-limit", call(libc::SYS_prlimit64, 0, 7, limit.as_ptr() as usize, 0));
    // Opening too many files, and writing too large a one.
    let mut files = Vec::new();
    let many = loop {
        match File::open(input) {
            Ok(file) if files.len() < 500 => files.push(file),
            Ok(_) => break Ok("500 files".to_owned()),
            Err(error) => break Err(error),
        }
    };
    say("many-files", many);
    drop(files);
    // SAFETY: ignoring a signal is always allowed; the write then fails instead of killing us.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let fill = File::create("large").and_then(|mut file| {
        let piece = vec![0_u8; 1 << 20];
        (0..64).try_for_each(|_| file.write_all(&piece)).map(|()| "64 MiB".to_owned())
    });
    say("fill-disk", fill);
}
