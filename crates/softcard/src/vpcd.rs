//! The card's end of the virtual reader of vsmartcard (`facts/card.md` §18): pcscd's driver listens, the card calls, and from then
//! on the card is in a reader like any other, for every program of the machine.
//!
//! Messages are two bytes of length, big endian, and so many bytes. One byte is an order of the reader (power, reset, ATR), for no
//! command is that short; anything else is a command, answered by a message with the answer. The driver asks for the ATR some
//! twice a second to learn whether the card is still there. All of it is serial: a driver that has sent a command waits for its answer.
//!
//! Nobody proves who he is: whoever listens at the address is the reader, and is shown the PINs. It is for one's own machine.

mod stop;
mod wire;

use crate::{
    SoftCard,
    faults::{Faults, Outcome},
};
use std::{
    io,
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};
pub use stop::Stop;

/// Where the driver of Debian's vpcd listens for the card of its first slot.
pub const ADDRESS: &str = "127.0.0.1:35963";

/// Orders of the reader.
const POWER_OFF: u8 = 0x00;
/// See [`POWER_OFF`].
const POWER_ON: u8 = 0x01;
/// See [`POWER_OFF`].
const RESET: u8 = 0x02;
/// See [`POWER_OFF`].
const GIVE_ATR: u8 = 0x04;

/// Pauses between attempts to reach the reader: the first, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// See [`FIRST_PAUSE`].
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What happens to a card that is served.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// The reader has spoken to the card for the first time over this connection. A connection alone says nothing: while another
    /// card is in the slot, the driver leaves it waiting.
    Inserted,
    /// The connection has ended, by the reader or by a fault that was ordered.
    Removed,
    /// Nobody listens where the reader should be; told once until somebody does.
    Unreachable(io::Error),
}

/// Keeps the card in the reader at `reader` (`host:port`) until `stop` says so. Blocks. When the connection ends, or there is no
/// reader yet, it calls again, at growing intervals of two seconds at most. Each connection begins without power.
pub fn serve(
    card: &mut SoftCard,
    reader: &str,
    faults: &mut Faults,
    stop: &Stop,
    tell: &mut dyn FnMut(Event),
) {
    let mut pause = FIRST_PAUSE;
    let mut is_told = false;
    while !stop.is_stopped() {
        match connect(reader) {
            Ok(stream) => {
                let mut visit = Visit {
                    card: &mut *card,
                    faults: &mut *faults,
                    stop,
                    tell: &mut *tell,
                    was_spoken_to: false,
                };
                let end = visit.spend(stream);
                if visit.was_spoken_to {
                    pause = FIRST_PAUSE;
                    is_told = false;
                    tell(Event::Removed);
                }
                if let End::Fault { back_after } = end {
                    // It was ordered: the card is back when the order says, not when patience does.
                    stop.pause(back_after);
                    continue;
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tell(Event::Unreachable(error));
                }
            }
        }
        stop.pause(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn connect(reader: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in reader.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) if is_itself(&stream)? => {
                last = io::ErrorKind::ConnectionRefused.into();
            }
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether a caller has reached itself. The driver's port lies among those that the system gives to callers: sooner or later it gives
/// that very port to a card that calls again and again while nobody listens, and TCP lets the two ends of one socket meet. The
/// driver could not listen then.
fn is_itself(stream: &TcpStream) -> io::Result<bool> {
    Ok(stream.local_addr()? == stream.peer_addr()?)
}

/// Why a connection ended.
enum End {
    /// The reader went, or the program is to stop.
    Lost,
    /// A fault that was ordered.
    Fault { back_after: Duration },
}

/// One connection.
struct Visit<'a> {
    card: &'a mut SoftCard,
    faults: &'a mut Faults,
    stop: &'a Stop,
    tell: &'a mut dyn FnMut(Event),
    was_spoken_to: bool,
}

impl Visit<'_> {
    fn spend(&mut self, stream: TcpStream) -> End {
        self.card.power_off();
        // What cannot be interrupted is not begun.
        let end = match self.stop.hold(&stream) {
            Ok(true) => self.answer_all(stream),
            Ok(false) | Err(_) => End::Lost,
        };
        self.stop.release();
        self.card.power_off();
        end
    }

    fn answer_all(&mut self, mut stream: TcpStream) -> End {
        while let Ok(message) = wire::receive(&mut stream) {
            if !std::mem::replace(&mut self.was_spoken_to, true) {
                (self.tell)(Event::Inserted);
            }
            let answer = match message[..] {
                [order] => match self.obey(order) {
                    Some(atr) => atr,
                    None => continue,
                },
                _ => match self.carry_out(&message) {
                    Outcome::Answer(answer) => answer,
                    Outcome::Removed { answer, back_after } => {
                        if let Some(answer) = answer {
                            // If the reader is gone, so is the card.
                            let _ = wire::send(&mut stream, &answer);
                        }
                        return End::Fault { back_after };
                    }
                    Outcome::Mute {
                        gone_after: Some(time),
                    } => {
                        self.stop.pause(time);
                        return End::Fault {
                            back_after: FIRST_PAUSE,
                        };
                    }
                    Outcome::Mute { gone_after: None } => {
                        // Until the reader gives up.
                        while wire::receive(&mut stream).is_ok() {}
                        return End::Lost;
                    }
                },
            };
            if answer.is_empty() {
                // The driver of vpcd 3.3 waits for ever for the bytes of an empty message. A connection that ends inside a command it tells
                // as a success without a byte, which is what an empty answer is to a program.
                return End::Fault {
                    back_after: FIRST_PAUSE,
                };
            }
            if wire::send(&mut stream, &answer).is_err() {
                return End::Lost;
            }
        }
        End::Lost
    }

    /// Obeys an order of the reader; the answer, if there is one.
    fn obey(&mut self, order: u8) -> Option<Vec<u8>> {
        match order {
            POWER_OFF => self.card.power_off(),
            POWER_ON => self.card.power_on(),
            RESET => self.card.reset(),
            GIVE_ATR => return Some(self.card.atr().to_vec()),
            // An order of a later version; those that are answered would name themselves so.
            _ => {}
        }
        None
    }

    fn carry_out(&mut self, command: &[u8]) -> Outcome {
        let Self {
            card, faults, stop, ..
        } = self;
        faults.exchange(
            command,
            |command| card.answer(command),
            |time| stop.pause(time),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{
        AddressFamily, SocketAddrAny, SocketType, bind, connect as connect_to, getsockname, socket,
    };
    use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

    #[test]
    fn a_caller_that_has_reached_itself_is_told_from_a_reader() {
        let itself = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&itself, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own: SocketAddrAny = getsockname(&itself).unwrap();
        connect_to(&itself, &own).unwrap();
        assert!(is_itself(&TcpStream::from(itself)).unwrap());

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let reader = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!is_itself(&reader).unwrap());
    }
}
