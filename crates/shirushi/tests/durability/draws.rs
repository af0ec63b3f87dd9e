//! Random draws that a seed repeats. What several tasks do at once is not repeated by it: the order in which they meet is not
//! drawn.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SEED: &str = "SHIRUSHI_DURABILITY_SEED";

/// A sequence of draws (SplitMix64).
pub(crate) struct Draws(u64);

/// The seed of this run: the one asked for, or a new one.
pub(crate) fn seed() -> u64 {
    match std::env::var(SEED) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{SEED} is a number, not {text:?}")),
        Err(_) => {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap();
            u64::from(now.subsec_nanos()) ^ (now.as_secs() << 20)
        }
    }
}

impl Draws {
    /// The `stream`th sequence of a seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut draws = Self(seed ^ stream.wrapping_mul(0xD134_2543_DE82_EF95));
        draws.next();
        draws
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    pub(crate) fn one<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Uniformly between nothing and `longest`.
    pub(crate) fn up_to(&mut self, longest: Duration) -> Duration {
        let microseconds = u64::try_from(longest.as_micros()).unwrap();
        Duration::from_micros(self.next() % (microseconds + 1))
    }

    pub(crate) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }

    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
