//! What people do: a gesture now and then, and storms in which several press at once.

use crate::chance::Chance;
use crate::playback::film::FILMS;

/// Something that a person does with the player. What it means as a command depends on what they see then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gesture {
    /// Presses play.
    Play,
    /// Presses pause, at the frame they see.
    Pause,
    /// Jumps to a share of the film.
    Seek(f64),
    /// Takes a speed, in quarters.
    Speed(u32),
    /// Puts a film on, and lets it move at once.
    Load(u8),
    /// Puts a film in the queue.
    QueueAdd(u8),
    /// Plays the first of the queue.
    QueuePlay,
}

impl Gesture {
    /// One by chance, as people do them: the film is changed seldom.
    #[must_use]
    pub fn any(chance: &mut Chance) -> Gesture {
        match chance.below(20) {
            0..=5 => Gesture::Play,
            6..=8 => Gesture::Pause,
            9..=13 => Gesture::Seek(chance.real(0.0, 1.0)),
            14 | 15 => Gesture::Speed(*chance.pick(&[2, 3, 4, 4, 5, 6, 8])),
            16 => Gesture::Load(Gesture::film(chance)),
            17 | 18 => Gesture::QueueAdd(Gesture::film(chance)),
            _ => Gesture::QueuePlay,
        }
    }

    /// One of a storm: everything that moves the screen, films among it.
    #[must_use]
    pub fn stormy(chance: &mut Chance) -> Gesture {
        match chance.below(5) {
            0 => Gesture::Load(Gesture::film(chance)),
            1 => Gesture::Play,
            2 => Gesture::Pause,
            _ => Gesture::Seek(chance.real(0.0, 1.0)),
        }
    }

    fn film(chance: &mut Chance) -> u8 {
        u8::try_from(chance.below(u64::from(FILMS))).unwrap_or(0)
    }
}
