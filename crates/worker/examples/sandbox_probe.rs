//! Tries to get out of the cage: run in place of ffmpeg by the tests of the sandbox. Says for each try whether it
//! worked, one line each: `NAME ok DETAIL` or `NAME refused ERRNO`. With a first word `bomb-…` it takes all it can of
//! one thing instead, which the launcher must end; with `harmless` it tries what does no harm where nothing stops it.
//!
//! Every other try is made so that it would fail in another way (EINVAL, EFAULT) where no wall stops it.
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

/// The raw system call with up to five numbers.
fn call(number: libc::c_long, words: &[usize]) -> io::Result<String> {
    let word = |at: usize| words.get(at).copied().unwrap_or(0);
    // SAFETY: the calls tried here fail, or are given numbers, null pointers and pointers to live values.
    let answer = unsafe { libc::syscall(number, word(0), word(1), word(2), word(3), word(4), word(5)) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer.to_string()) }
}

/// What it has been told of the world outside.
struct Told {
    input: String,
    outside: String,
    secret: String,
    other_job: String,
    port: String,
    parent: usize,
    /// An address within this process, for calls that look into the parent's memory.
    word: usize,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [kind] if kind.starts_with("bomb-") => bomb(kind),
        [word, outside, secret, port, parent] if word == "harmless" => {
            say("read-secret", read(secret));
            say("read-passwd", read("/etc/passwd"));
            say("write-outside", fs::write(format!("{outside}/free.txt"), "x").map(|()| String::new()));
            say("tcp-connect", TcpStream::connect(format!("127.0.0.1:{port}")).map(|_| String::new()));
            say("fork-exec", Command::new("/bin/true").status().map(|status| status.to_string()));
            say("signal-parent", call(libc::SYS_kill, &[parent.parse().unwrap_or(1), 0]));
        }
        [input, outside, secret, other_job, port, parent] => {
            let word = 0_usize;
            let told = Told {
                input: input.clone(),
                outside: outside.clone(),
                secret: secret.clone(),
                other_job: other_job.clone(),
                port: port.clone(),
                parent: parent.parse().unwrap_or(1),
                word: &raw const word as usize,
            };
            what_must_work(&told);
            files(&told);
            network(&told);
            processes(&told);
            kernel(&told);
            bounds(&told);
        }
        _ => println!("usage: INPUT OUTSIDE SECRET OTHER-JOB PORT PARENT, or bomb-KIND"),
    }
}

fn what_must_work(told: &Told) {
    say("read-input", read(&told.input));
    say("write-own", fs::write("own.txt", "x").map(|()| String::new()));
    say(
        "thread",
        std::thread::Builder::new().spawn(|| 1).map(|thread| format!("{:?}", thread.join().is_ok())),
    );
    println!("environment {}", std::env::vars_os().count());
}

fn files(told: &Told) {
    let Told { input, outside, secret, other_job, parent, .. } = told;
    say("read-secret", read(secret));
    say("read-passwd", read("/etc/passwd"));
    say("read-other-job", read(other_job));
    say("list-data-folder", fs::read_dir(outside).map(|_| String::new()));
    // In a root of its own there is nothing but the way to what it may see.
    say("list-root", fs::read_dir("/").map(|entries| entries.count().to_string()));
    say("list-etc", fs::read_dir("/etc").map(|entries| entries.count().to_string()));
    say("read-parent-environ", read(&format!("/proc/{parent}/environ")));
    say("read-parent-maps", read(&format!("/proc/{parent}/maps")));
    say("parent-root", read(&format!("/proc/{parent}/root/etc/passwd")));
    say("read-own-environ", read("/proc/self/environ"));
    say("read-own-descriptors", fs::read_dir("/proc/self/fd").map(|_| String::new()));
    say("read-kernel-log", read("/dev/kmsg"));
    say("read-disk", fs::read_dir("/dev").map(|entries| entries.count().to_string()));
    say("write-outside", fs::write(format!("{outside}/escaped.txt"), "x").map(|()| String::new()));
    say("write-temporary", fs::write("/tmp/escaped.txt", "x").map(|()| String::new()));
    say("write-input", OpenOptions::new().append(true).open(input).map(|_| String::new()));
    say("remove-input", fs::remove_file(input).map(|()| String::new()));
    let open = |path: &str| OpenOptions::new().write(true).open(path).map(|_| String::new());
    say("write-library", open("/etc/ld.so.cache"));
    say("write-core-pattern", open("/proc/sys/kernel/core_pattern"));
    say("link-out", std::os::unix::fs::symlink(secret, "link").and_then(|()| read("link")));
    say("hard-link-out", fs::hard_link(secret, "hard").map(|()| String::new()));
    say("climb-out", read(&format!("../{}", secret.rsplit('/').next().unwrap_or_default())));
    say("rename-out", fs::rename("own.txt", format!("{outside}/escaped.txt")).map(|()| String::new()));
    say("make-folder", fs::create_dir("folder").map(|()| String::new()));
    say("make-device", call(libc::SYS_mknodat, &[at_cwd(), text(c"device"), 0o020_666, 0x0103]));
    say("set-user-bit", call(libc::SYS_fchmodat, &[at_cwd(), text(c"own.txt"), 0o4_777]));
    say("own-by-root", call(libc::SYS_fchownat, &[at_cwd(), text(c"own.txt"), 0, 0, 0]));
    say("run-own", {
        let copied = fs::copy(std::env::current_exe().unwrap_or_default(), "copy")
            .or_else(|_| fs::write("copy", "#!/bin/sh\n").map(|()| 0));
        copied.and_then(|_| call(libc::SYS_execve, &[text(c"copy"), 0, 0]))
    });
    say("handle", call(libc::SYS_open_by_handle_at, &[at_cwd(), [0_u64; 2].as_ptr() as usize, 0]));
    say("name-handle", call(libc::SYS_name_to_handle_at, &[at_cwd(), text(c"/"), 0, 0, 0]));
    say("watch-files", call(libc::SYS_inotify_init1, &[0]));
    say("open-tree", call(libc::SYS_open_tree, &[at_cwd(), text(c"/"), 1]));
}

fn text(text: &std::ffi::CStr) -> usize {
    text.as_ptr() as usize
}

fn at_cwd() -> usize {
    libc::AT_FDCWD as usize
}

fn network(told: &Told) {
    let port = &told.port;
    say("tcp-connect", TcpStream::connect(format!("127.0.0.1:{port}")).map(|_| String::new()));
    say("tcp6-connect", TcpStream::connect(format!("[::1]:{port}")).map(|_| String::new()));
    say("tcp-listen", TcpListener::bind("127.0.0.1:0").map(|_| String::new()));
    say("udp", UdpSocket::bind("127.0.0.1:0").map(|_| String::new()));
    say("unix-connect", UnixStream::connect("/run/systemd/notify").map(|_| String::new()));
    say("unix-listen", UnixListener::bind("socket").map(|_| String::new()));
    say("socket-pair", UnixStream::pair().map(|_| String::new()));
    let socket = |family: i32, kind: i32| call(libc::SYS_socket, &[family as usize, kind as usize, 0]);
    say("netlink", socket(libc::AF_NETLINK, libc::SOCK_RAW));
    say("vsock", socket(libc::AF_VSOCK, libc::SOCK_STREAM));
    say("packet", socket(libc::AF_PACKET, libc::SOCK_RAW));
    say("raw-ip", socket(libc::AF_INET, libc::SOCK_RAW));
    say("alg", socket(libc::AF_ALG, libc::SOCK_SEQPACKET));
    say("bluetooth", socket(libc::AF_BLUETOOTH, libc::SOCK_RAW));
}

fn processes(told: &Told) {
    let Told { parent, word, .. } = *told;
    say("fork-exec", Command::new("/bin/true").status().map(|status| status.to_string()));
    say("fork", call(libc::SYS_clone, &[libc::SIGCHLD as usize | 0x800]));
    // A thread in a user namespace of its own.
    say("clone-namespace", call(libc::SYS_clone, &[0x1000_0000 | 0x100 | 0x1_0000]));
    say("signal-parent", call(libc::SYS_kill, &[parent, 0]));
    say("signal-all", call(libc::SYS_kill, &[usize::MAX, 0]));
    say("queue-signal", call(libc::SYS_rt_sigqueueinfo, &[parent, 0, 0]));
    say("thread-signal", call(libc::SYS_tgkill, &[parent, parent, 0]));
    say("pidfd", call(libc::SYS_pidfd_open, &[parent, 0]));
    say("signal-by-pipe", {
        // The kernel is asked to signal the parent whenever the pipe has news.
        let mut ends = [0_i32; 2];
        call(libc::SYS_pipe2, &[ends.as_mut_ptr() as usize, 0])
            .and_then(|_| call(libc::SYS_fcntl, &[ends[0] as usize, libc::F_SETOWN as usize, parent]))
    });
    // PTRACE_SEIZE: attaches without stopping.
    say("ptrace-parent", call(libc::SYS_ptrace, &[0x4206, parent, 0, 0]));
    let piece = [word, 8];
    let at = piece.as_ptr() as usize;
    say("read-parent-memory", call(libc::SYS_process_vm_readv, &[parent, at, 1, at, 1, 0]));
    say("write-parent-memory", call(libc::SYS_process_vm_writev, &[parent, at, 1, at, 1, 0]));
    say("compare-parent", call(libc::SYS_kcmp, &[parent, parent, 0, 0, 0]));
    say("slow-parent", call(libc::SYS_setpriority, &[9, parent, 19]));
    say("limit-parent", call(libc::SYS_prlimit64, &[parent, 7, 8, 0]));
    say("read-parent-limits", call(libc::SYS_prlimit64, &[parent, 7, 0, at]));
    say("become-root", call(libc::SYS_setuid, &[0]));
    say("set-capabilities", call(libc::SYS_capset, &[0, 0]));
    say("may-be-traced", call(libc::SYS_prctl, &[libc::PR_SET_PTRACER as usize, usize::MAX]));
    say("outlive-parent", call(libc::SYS_prctl, &[libc::PR_SET_PDEATHSIG as usize, 0]));
}

fn kernel(told: &Told) {
    say("unshare-user", call(libc::SYS_unshare, &[0x1000_0000]));
    say("enter-namespace", call(libc::SYS_setns, &[0, 0]));
    say("mount", call(libc::SYS_mount, &[]));
    say("unmount", call(libc::SYS_umount2, &[text(c"/"), 1 << 20]));
    say("chroot", call(libc::SYS_chroot, &[text(c"."), 0]));
    say("pivot", call(libc::SYS_pivot_root, &[text(c"."), text(c".")]));
    say("new-mount", call(libc::SYS_fsopen, &[text(c"tmpfs"), 0]));
    say("keyctl", call(libc::SYS_keyctl, &[]));
    say("add-key", call(libc::SYS_add_key, &[text(c"user"), text(c"x"), 0, 0]));
    say("bpf", call(libc::SYS_bpf, &[]));
    say("perf", call(libc::SYS_perf_event_open, &[]));
    say("io-uring", call(libc::SYS_io_uring_setup, &[1]));
    say("userfault", call(libc::SYS_userfaultfd, &[]));
    say("memfd-exec", call(libc::SYS_memfd_create, &[text(c"x")]));
    say("set-clock", {
        let now = [0_i64, i64::MAX];
        call(libc::SYS_clock_settime, &[0, now.as_ptr() as usize])
    });
    say("turn-clock", call(libc::SYS_settimeofday, &[0, 0]));
    say("adjust-clock", call(libc::SYS_adjtimex, &[told.word]));
    say("host-name", call(libc::SYS_sethostname, &[text(c"x"), 1 << 20]));
    say("load-module", call(libc::SYS_finit_module, &[0, text(c""), 0]));
    say("reboot", call(libc::SYS_reboot, &[0, 0, 0, 0]));
    say("swap", call(libc::SYS_swapon, &[text(c"own.txt"), 0]));
    say("personality", call(libc::SYS_personality, &[0x0004_0000]));
    say("terminal", call(libc::SYS_ioctl, &[2, libc::TIOCSTI as usize, text(c"x")]));
    say("shared-memory", call(libc::SYS_shmget, &[0, 4096, 0o1600]));
    say("message-queue", call(libc::SYS_msgget, &[0, 0o1600]));
}

/// Opening too many files, writing too large a one, asking for more.
fn bounds(told: &Told) {
    let limit = [4096_u64, 4096];
    say("raise-limit", call(libc::SYS_prlimit64, &[0, 7, limit.as_ptr() as usize, 0]));
    let mut files = Vec::new();
    let many = loop {
        match File::open(&told.input) {
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

/// Takes without end.
fn bomb(kind: &str) {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    let mut number = 0_u64;
    loop {
        match kind {
            // Every page is touched, so that it is resident.
            "bomb-memory" => taken.push(vec![1_u8; 16 << 20]),
            "bomb-threads" => {
                let started = std::thread::Builder::new()
                    .stack_size(16 * 1024)
                    .spawn(|| std::thread::sleep(std::time::Duration::from_secs(60)));
                if started.is_err() {
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
            }
            "bomb-files" => {
                number += 1;
                let _ = fs::write(format!("file-{number}"), "x");
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            "bomb-disk" => {
                number += 1;
                let _ = fs::write(format!("file-{number}"), vec![1_u8; 64 << 20]);
            }
            _ => return,
        }
    }
}
