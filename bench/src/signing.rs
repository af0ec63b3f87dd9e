//! Raw RSA-2048 signing by the library that the authority signs with, and by OpenSSL.

use crate::{Failure, process::Process};
use serde::{Deserialize, Serialize};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use std::{
    process::Command,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// Bytes of the message: about those of a certificate to be signed.
const MESSAGE: usize = 1300;

/// How fast signatures come when nothing else is done.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct RawSigning {
    pub(crate) threads: usize,
    pub(crate) per_second: f64,
    pub(crate) processor_microseconds: f64,
}

/// Signs on `threads` threads for about `duration`. Each has its own key, so that nothing is shared: the best that the library can
/// do.
pub(crate) fn raw(threads: usize, duration: Duration) -> Result<RawSigning, Failure> {
    let keys = (0..threads)
        .map(|_| SoftwareKey::generate(KeyKind::Rsa2048))
        .collect::<Result<Vec<_>, _>>()?;
    let start = Barrier::new(threads);
    let process = Process::this();
    let processor_before = process.processor_seconds()?;
    let began = Instant::now();
    let signed = thread::scope(|scope| {
        let signers: Vec<_> = keys
            .iter()
            .map(|key| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    sign_until(key, Instant::now() + duration)
                })
            })
            .collect();
        signers
            .into_iter()
            .map(|signer| {
                signer
                    .join()
                    .map_err(|_| Failure::Died)?
            })
            .sum::<Result<u64, Failure>>()
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let processor = process.processor_seconds()? - processor_before;
    Ok(RawSigning {
        threads,
        per_second: signed as f64 / seconds,
        processor_microseconds: processor * 1e6 / signed as f64,
    })
}

fn sign_until(key: &SoftwareKey, end: Instant) -> Result<u64, Failure> {
    let message = [0x5a; MESSAGE];
    let mut signed = 0;
    while Instant::now() < end {
        key.sign(&message)?;
        signed += 1;
    }
    Ok(signed)
}

/// Signatures per second of processor time by `openssl speed`, one thread.
pub(crate) fn raw_of_openssl() -> Result<f64, Failure> {
    const PROGRAM: &str = "openssl speed";
    let output = Command::new("openssl")
        .args(["speed", "-mr", "-seconds", "1", "rsa2048"])
        .output()
        .map_err(|source| Failure::Start {
            program: PROGRAM.to_owned(),
            source,
        })?;
    signatures_per_second(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
        Failure::Program {
            program: PROGRAM.to_owned(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    })
}

/// From the machine-readable line `+F2:<number>:<bits>:<signatures a second>:<verifications a second>`.
fn signatures_per_second(speed: &str) -> Option<f64> {
    speed
        .lines()
        .find_map(|line| line.strip_prefix("+F2:"))?
        .split(':')
        .nth(2)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openssl_speed_says_is_read() {
        let said = "+DTP:2048:private:rsa:1\n+F2:2:2048:3478.5:51376.388889\n";
        assert_eq!(signatures_per_second(said), Some(3478.5));
        assert_eq!(signatures_per_second("+F2:2:2048"), None);
    }
}
