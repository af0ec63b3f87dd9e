//! For this crate's tests: a software card at vpcd. `card ADDRESS FILE [WORD]`, where the word is
//!
//! * `t0` – it has an ATR of T=0, takes the commands of T=0 alone, and has its answers fetched as they are with T=0;
//! * `mute-atr` – it has no ATR that could be read;
//! * `torn-before:WHEN`, `torn-after:WHEN` – at this command it goes, for good;
//! * `flash:WHEN` – at this command it goes, and is back at once;
//! * `slow:MILLISECONDS` – for every command.

use shirushi_crypto::SystemRandom;
use shirushi_softcard::{
    SoftCard,
    faults::{Fault, Faults, Outcome, Script},
    vpcd::{Stop, serve},
};
use std::{
    error::Error,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

/// TS, and one historical byte announced; no TD1, so T=0.
const ATR_T0: &[u8] = &[0x3B, 0x02, 0x14, 0x50];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .collect();
    let [address, file, ref rest @ ..] = words[..] else {
        return Err("card ADDRESS FILE [WORD]".into());
    };
    let mut card = SoftCard::open_file(Path::new(file), Arc::new(SystemRandom))?;
    let mut script = Script {
        return_after: Duration::from_secs(3600),
        ..Script::default()
    };
    match rest.first().map(|word| {
        word.split_once(':')
            .unwrap_or((word, ""))
    }) {
        None => (),
        Some(("t0", _)) => return Ok(serve_t0(&mut card, address, ATR_T0)?),
        Some(("mute-atr", _)) => return Ok(serve_t0(&mut card, address, &[0x3B])?),
        Some(("torn-before", when)) => script
            .at
            .push((when.parse()?, Fault::TornBefore)),
        Some(("flash", when)) => {
            script
                .at
                .push((when.parse()?, Fault::TornBefore));
            script.return_after = Duration::ZERO;
        }
        Some(("torn-after", when)) => script
            .at
            .push((when.parse()?, Fault::TornAfter)),
        Some(("slow", milliseconds)) => script.slow = Duration::from_millis(milliseconds.parse()?),
        Some((word, _)) => return Err(word.to_owned().into()),
    }
    let mut faults = Faults::new(script);
    serve(&mut card, address, &mut faults, &Stop::new(), &mut |_| ());
    Ok(())
}

/// The card with T=0 (ISO/IEC 7816-3 §12.2): data or an answer in one command, never both.
fn serve_t0(card: &mut SoftCard, address: &str, atr: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut faults = Faults::new(Script {
        response_chaining: true,
        exact_le: true,
        ..Script::default()
    });
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message)?;
        let answer = match message[..] {
            [0] => {
                card.power_off();
                continue;
            }
            [1] => {
                card.power_on();
                continue;
            }
            [2] => {
                card.reset();
                continue;
            }
            [4] => atr.to_vec(),
            _ => {
                let outcome = faults.exchange(&message, |bytes| carry_out(card, bytes), |_| ());
                match outcome {
                    Outcome::Answer(answer) => answer,
                    other => return Err(io::Error::other(format!("{other:?}"))),
                }
            }
        };
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes()[..], &answer].concat())?;
    }
}

/// A command as it is with T=0; of those with data COMPUTE SIGNATURE has an answer.
fn carry_out(card: &mut SoftCard, bytes: &[u8]) -> Vec<u8> {
    match *bytes {
        [_, _, _, _, p3, ref data @ ..] if data.is_empty() || data.len() == usize::from(p3) => {
            match bytes[1] {
                0x2A => card.answer(&[bytes, &[0x00]].concat()),
                _ => card.answer(bytes),
            }
        }
        _ => vec![0x67, 0x00],
    }
}
