//! Randomness as an argument.

/// A source of random bytes.
pub trait Random: Send + Sync + std::fmt::Debug {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);

    /// `N` random bytes.
    fn bytes<const N: usize>(&self) -> [u8; N]
    where
        Self: Sized,
    {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
}

/// The library's generator, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    /// When the operating system gives no entropy: nothing can be issued or signed safely from then on.
    fn fill(&self, out: &mut [u8]) {
        let filled = aws_lc_rs::rand::fill(out);
        assert!(filled.is_ok(), "the operating system gives no randomness");
    }
}
