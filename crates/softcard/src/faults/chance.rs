//! Faults at a rate, reproducible from a seed.

use super::{Fault, Garbage};
use shirushi_apdu::StatusWord;
use shirushi_crypto::sha256;

/// What chance may choose: everything but a card that falls silent, which would hold up every program of the machine.
const CHOICES: [Fault; 10] = [
    Fault::TornBefore,
    Fault::TornAfter,
    Fault::PulledAfter,
    Fault::Garbled(Garbage::Empty),
    Fault::Garbled(Garbage::OneByte),
    Fault::Garbled(Garbage::Random),
    Fault::Garbled(Garbage::WrongLength),
    Fault::Garbled(Garbage::MoreData),
    Fault::Garbled(Garbage::WrongLe),
    Fault::Status(StatusWord::DIAGNOSIS),
];

/// The fault of command number `count`, in the fraction `rate` of all cases.
pub(super) fn fault(rate: f64, seed: u64, count: u64) -> Option<Fault> {
    let [draw, choice, ..] = numbers(b"fault", seed, count);
    // 53 bits are what a double has.
    #[allow(
        clippy::cast_precision_loss,
        reason = "the lowest bits of a draw decide nothing"
    )]
    let fraction = (draw >> 11) as f64 / (1_u64 << 53) as f64;
    (fraction < rate).then(|| CHOICES[(choice % CHOICES.len() as u64) as usize])
}

/// Four numbers that look random: the SHA-256 of their address.
pub(super) fn numbers(purpose: &[u8], seed: u64, count: u64) -> [u64; 4] {
    let digest = sha256(&[purpose, &seed.to_be_bytes(), &count.to_be_bytes()].concat());
    let mut numbers = [0; 4];
    for (number, bytes) in numbers
        .iter_mut()
        .zip(digest.as_chunks::<8>().0)
    {
        *number = u64::from_be_bytes(*bytes);
    }
    numbers
}
