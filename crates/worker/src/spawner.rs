//! The one thread that starts children. A child dies with the *thread* that started it (`PR_SET_PDEATHSIG`), so that
//! must be one that lives as long as the process, not one of a pool. Called by the launcher only.

use std::io;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::mpsc;
use tokio::process::Child;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Starts asked for at once; more wait. There are never more than CPU slots and a few probes.
const QUEUE_MAX: usize = 64;

struct Order {
    command: Command,
    runtime: Handle,
    reply: oneshot::Sender<io::Result<Child>>,
}

static SPAWNER: OnceLock<mpsc::SyncSender<Order>> = OnceLock::new();

/// Starts a child that is killed when its handle is dropped and when this process ends.
pub(crate) async fn spawn(command: Command) -> io::Result<Child> {
    let (reply, answer) = oneshot::channel();
    let order = Order { command, runtime: Handle::current(), reply };
    let orders = SPAWNER.get_or_init(start).clone();
    orders
        .try_send(order)
        .map_err(|_| io::Error::new(io::ErrorKind::WouldBlock, "too many programs are being started"))?;
    answer.await.map_err(|_| io::Error::other("the spawner has stopped"))?
}

fn start() -> mpsc::SyncSender<Order> {
    let (orders, queue) = mpsc::sync_channel::<Order>(QUEUE_MAX);
    std::thread::Builder::new()
        .name("spawner".to_owned())
        .spawn(move || {
            while let Ok(order) = queue.recv() {
                let _runtime = order.runtime.enter();
                let child = tokio::process::Command::from(order.command).kill_on_drop(true).spawn();
                let _ = order.reply.send(child);
            }
        })
        .expect("a thread can be started at the process's beginning");
    orders
}
