//! The commands beside `serve`: what they print and how they end.

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Output, Stdio};
use support::{Server, sign_in};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

async fn run(arguments: &[&str], data: &Path, variables: &[(&str, &str)], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genlock"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GENLOCK_") || name == "PORT") {
        command.env_remove(name);
    }
    let mut child = command
        .args(arguments)
        .env("GENLOCK_DATA_DIR", data)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("genlock starts");
    // It may end without reading; then the pipe is closed.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes()).await;
    child.wait_with_output().await.expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn an_owner_without_a_browser_signs_in() {
    let data = tempfile::tempdir().expect("a folder");
    let create = ["admin", "create", "--email", "Ada@Example.org", "--name", "Ada", "--password-stdin"];
    let weak = run(&create, data.path(), &[], "password123\n").await;
    assert!(!weak.status.success() && text(&weak.stderr).contains("1102"), "{}", text(&weak.stderr));
    let done = run(&create, data.path(), &[], "correct horse battery\n").await;
    assert!(done.status.success(), "{}", text(&done.stderr));
    let again = run(&create, data.path(), &[], "correct horse battery\n").await;
    assert!(text(&again.stderr).contains("has an account already"), "{}", text(&again.stderr));

    let server = Server::start(data.path()).await;
    assert_eq!(server.setup_token, None, "there is an owner");
    assert!(sign_in(&server).await.cookie.starts_with("genlock_loopback="));
    let busy = run(&create, data.path(), &[], "correct horse battery\n").await;
    assert!(text(&busy.stderr).contains("another genlock uses"), "{}", text(&busy.stderr));

    let listen = server.base.trim_start_matches("http://").to_owned();
    let healthy = run(&["healthcheck", "--listen", &listen], data.path(), &[], "").await;
    assert!(healthy.status.success() && text(&healthy.stdout) == "ready\n");
    server.kill_nine().await;
    let dead = run(&["healthcheck", "--listen", &listen], data.path(), &[], "").await;
    assert!(!dead.status.success());
}

#[tokio::test]
async fn the_setup_link_lies_in_a_file_for_its_owner_alone() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::start(data.path()).await;
    let file = data.path().join(server::auth::setup::LINK_FILE);
    let link = std::fs::read_to_string(&file).expect("a link");
    let token = server.setup_token.clone().expect("no owner yet");
    assert_eq!(link.trim(), format!("{}/setup?token={token}", server.base));
    assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    support::set_up(&server).await;
    assert!(!file.exists(), "used up");
}

#[tokio::test]
async fn settings_are_flags_over_environment_over_defaults() {
    let data = tempfile::tempdir().expect("a folder");
    let variables = [("GENLOCK_SIGNUP", "open"), ("GENLOCK_LISTEN", "127.0.0.1:9001"), ("PORT", "")];
    let shown = run(&["config", "--listen", "127.0.0.1:9002"], data.path(), &variables, "").await;
    let shown = text(&shown.stdout);
    let line = |name: &str| {
        shown.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {shown}"))
    };
    assert!(line("GENLOCK_LISTEN").contains("127.0.0.1:9002") && line("GENLOCK_LISTEN").ends_with("(flag)"));
    assert!(line("GENLOCK_SIGNUP").contains("open") && line("GENLOCK_SIGNUP").ends_with("(environment)"));
    assert!(line("GENLOCK_LAN").contains("false") && line("GENLOCK_LAN").ends_with("(default)"));
    assert!(line("PORT ").ends_with("(not set)"), "empty counts as unset");
    for (name, value) in
        [("GENLOCK_SIGNUP", "maybe"), ("GENLOCK_LISTEN", "nowhere"), ("GENLOCK_PUBLIC_URL", "no-url")]
    {
        let refused =
            run(&["serve"], data.path(), &[("GENLOCK_LISTEN", "127.0.0.1:0"), (name, value)], "").await;
        assert!(!refused.status.success() && !refused.stderr.is_empty(), "{name}={value}");
    }
}

#[tokio::test]
async fn a_settings_file_stands_between_environment_and_defaults() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("genlock.toml");
    let write = |text: &str| std::fs::write(&file, text).expect("written");
    write(
        "signup = \"open\"\nlan = true\nhosts = [\"film.test\", \"kino.test\"]\nlisten = \"127.0.0.1:9001\"\n",
    );
    let variables =
        [("GENLOCK_SIGNUP", "closed"), ("GENLOCK_DATABASE_URL", "postgres://ada:geheim@db/films")];
    let shown =
        text(&run(&["config", "--listen", "127.0.0.1:9002"], data.path(), &variables, "").await.stdout);
    let ends = |name: &str, words: &str| {
        let line =
            shown.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {shown}"));
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(line, format!("{name} {words}"));
    };
    ends("GENLOCK_CONFIG", &format!("{} (data folder)", file.display()));
    ends("GENLOCK_LAN", "true (file)");
    ends("GENLOCK_HOSTS", "film.test,kino.test (file)");
    ends("GENLOCK_SIGNUP", "closed (environment)");
    ends("GENLOCK_LISTEN", "127.0.0.1:9002 (flag)");
    ends("GENLOCK_SANDBOX", "required (default)");
    ends("GENLOCK_DATABASE_URL", "postgres://ada:***@db/films (environment)");
    assert!(!shown.contains("geheim"));
    // It counts: the server stands where the file says.
    write("listen = \"127.0.0.1:1\"\n");
    let refused = run(&["healthcheck"], data.path(), &[], "").await;
    assert!(text(&refused.stderr).contains("127.0.0.1:1"), "{}", text(&refused.stderr));
    for (wrong, words) in [
        ("sign_up = \"open\"", "'sign_up' is not a setting"),
        ("signup = \"maybe\"", "maybe"),
        ("signup = ", "it is not TOML"),
        ("data_dir = \"elsewhere\"", "data_dir cannot be set"),
    ] {
        write(wrong);
        for command in ["serve", "migrate", "config"] {
            let refused = run(&[command], data.path(), &[], "").await;
            let error = text(&refused.stderr);
            assert!(!refused.status.success(), "{command} with {wrong}");
            assert!(
                error.contains(words) && error.contains("genlock.toml"),
                "{command} with {wrong}: {error}"
            );
        }
    }
    // Another file, by variable and by flag; one that is not there is not passed over.
    write("signup = \"open\"");
    let other = data.path().join("other.toml");
    std::fs::write(&other, "signup = \"closed\"\n").expect("written");
    let other = other.to_str().expect("plain");
    for (arguments, variables) in
        [(vec!["config"], vec![("GENLOCK_CONFIG", other)]), (vec!["config", "--config", other], vec![])]
    {
        let shown = text(&run(&arguments, data.path(), &variables, "").await.stdout);
        assert!(
            shown.lines().any(|line| line.starts_with("GENLOCK_SIGNUP") && line.contains("closed")),
            "{shown}"
        );
    }
    let missing = run(&["config", "--config", "/nowhere/genlock.toml"], data.path(), &[], "").await;
    assert!(
        text(&missing.stderr).contains("/nowhere/genlock.toml cannot be read"),
        "{}",
        text(&missing.stderr)
    );
}

#[tokio::test]
async fn without_ffmpeg_doctor_and_server_say_what_helps() {
    let data = tempfile::tempdir().expect("a folder");
    let found = run(&["doctor"], data.path(), &[("PATH", "/nowhere")], "").await;
    assert!(!found.status.success());
    assert!(text(&found.stdout).contains("apt-get install ffmpeg"), "{}", text(&found.stdout));
    let document = run(&["openapi"], data.path(), &[], "").await;
    assert!(text(&document.stdout).contains("\"openapi\": \"3.1.0\""));
    let migrated = run(&["migrate"], data.path(), &[], "").await;
    assert!(text(&migrated.stdout).starts_with("The database is up to date"), "{}", text(&migrated.stderr));
}

#[tokio::test]
async fn every_setting_is_documented() {
    let data = tempfile::tempdir().expect("a folder");
    let shown = text(&run(&["config"], data.path(), &[], "").await.stdout);
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md"))
        .expect("a guide");
    let names: Vec<&str> = shown.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.len() > 10, "{shown}");
    for name in names {
        assert!(guide.contains(&format!("`{name}`")), "docs/operations.md does not name {name}");
    }
}
