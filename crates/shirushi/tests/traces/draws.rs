//! Chance that can be repeated.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A password of sixteen capitals and digits, some of each.
    pub(crate) fn password(&mut self) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut password: String = (0..14)
            .map(|_| char::from(ALPHABET[self.below(ALPHABET.len())]))
            .collect();
        password.push(char::from(ALPHABET[self.below(26)]));
        password.push(char::from(ALPHABET[26 + self.below(10)]));
        password
    }

    /// Four digits.
    pub(crate) fn digits(&mut self) -> String {
        format!("{:04}", self.below(10_000))
    }
}
