//! How long somebody who jumps about in a film waits that was just sent, while nothing of its ladder is there: at places
//! drawn by chance from a seed, picture and sound asked for at once as a player does.

use crate::delays::Delays;
use crate::populate::{Seat, populate};
use crate::print_line;
use crate::process::Server;
use crate::visitor::Visitor;
use anyhow::{Context as _, Result};
use clap::Args;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Bytes per second at which the film is sent: as fast as it goes.
const AT_ONCE: u64 = 1_000_000_000;
/// What is answered sooner was there when it was asked for: below the server's own interval of looking.
const THERE: Duration = Duration::from_millis(50);

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The film.
    #[arg(long)]
    file: PathBuf,
    /// Films sent one after another, each to a new server: nothing of them is there.
    #[arg(long, default_value_t = 5)]
    times: u32,
    /// Jumps in each of them, one as soon as the one before is shown.
    #[arg(long, default_value_t = 4)]
    seeks: u32,
    /// Bytes per second at which it is sent.
    #[arg(long, default_value_t = AT_ONCE)]
    bytes_per_second: u64,
    /// What the places are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What was waited for, where something had to be made.
#[derive(Default)]
struct Waits {
    picture: Delays,
    sound: Delays,
    both: Delays,
    /// Jumps to what was there.
    there: u32,
}

/// Runs the measurement and prints it.
pub async fn run(options: &Options) -> Result<()> {
    let mut chance = Chance(options.seed);
    let mut waits = Waits::default();
    for _ in 0..options.times {
        let folder = tempfile::tempdir()?;
        let seats = populate(folder.path(), 1, 1).await?;
        let server = Server::start_with(folder.path(), &["--no-sample"]).await?;
        let seat = seats.first().context("one person")?;
        once(options, &server, seat, &mut chance, &mut waits).await?;
    }
    print_line(&format!("seed {}, load {}", options.seed, load()?));
    print_line(&format!("picture: {}", waits.picture));
    print_line(&format!("sound: {}", waits.sound));
    print_line(&format!("both: {}; {} more were there", waits.both, waits.there));
    Ok(())
}

async fn once(
    options: &Options,
    server: &Server,
    seat: &Seat,
    chance: &mut Chance,
    waits: &mut Waits,
) -> Result<()> {
    let visitor = Visitor::new(server, seat);
    let upload = visitor.announce(&options.file, seat.channel).await?;
    visitor.send_all(&upload, options.bytes_per_second).await?;
    let mut lists = visitor.segments(&upload.version).await?.into_iter();
    let (picture, sound) = (lists.next().context("a picture")?, lists.next());
    // Between the plan's hash and the segment's own name.
    let rendition = picture.first().and_then(|segment| segment.rsplit('/').nth(1)).context("a rendition")?;
    for _ in 0..options.seeks {
        let place = chance.share();
        let began = Instant::now();
        let (pictured, sounded) = tokio::try_join!(timed(&visitor, at(&picture, place)?), async {
            match &sound {
                Some(sound) => timed(&visitor, at(sound, place)?).await.map(Some),
                None => Ok(None),
            }
        })?;
        let took = began.elapsed();
        let of = place * 100.0;
        print_line(&format!(
            "{rendition} at {of:.1} %: picture {pictured:.2?}, sound {:.2?}",
            sounded.unwrap_or_default()
        ));
        if took < THERE {
            waits.there += 1;
            continue;
        }
        waits.both.add(took);
        waits.picture.add(pictured);
        if let Some(sounded) = sounded {
            waits.sound.add(sounded);
        }
    }
    Ok(())
}

/// How long a segment takes to be there.
async fn timed(visitor: &Visitor, segment: &str) -> Result<Duration> {
    let began = Instant::now();
    visitor.media(segment).await?;
    Ok(began.elapsed())
}

/// The segment at a share of the film; all but the last are equally long.
fn at(segments: &[String], share: f64) -> Result<&str> {
    let place = (segments.len() as f64 * share) as usize;
    segments.get(place.min(segments.len().saturating_sub(1))).map(String::as_str).context("a segment")
}

/// What else the machine does: runnable tasks over the last minute, five and fifteen.
fn load() -> Result<String> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

/// Places by chance, the same for a seed on every machine (splitmix64).
struct Chance(u64);

impl Chance {
    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}
