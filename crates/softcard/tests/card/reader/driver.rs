//! The driver's end.

use crate::support::bytes;
use shirushi_softcard::{
    SoftCard,
    faults::{Faults, Script},
    vpcd::{self, Event, Stop},
};
use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Longer than anything here takes; shorter than anybody would wait for a test that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A slot that listens, and a card that is served to it from another thread.
pub(crate) struct Slot {
    listener: TcpListener,
    stop: Stop,
    events: mpsc::Receiver<&'static str>,
    serving: JoinHandle<SoftCard>,
}

/// A card in the slot.
pub(crate) struct Inserted {
    stream: TcpStream,
}

impl Slot {
    pub(crate) fn serving(card: SoftCard, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener
            .local_addr()
            .unwrap()
            .to_string();
        Self::serving_at(listener, address, card, script)
    }

    pub(crate) fn serving_at(
        listener: TcpListener,
        address: String,
        mut card: SoftCard,
        script: Script,
    ) -> Self {
        let stop = Stop::new();
        let (tell, events) = mpsc::channel();
        let serving = thread::spawn({
            let stop = stop.clone();
            move || {
                let mut faults = Faults::new(script);
                vpcd::serve(&mut card, &address, &mut faults, &stop, &mut |event| {
                    let word = match event {
                        Event::Inserted => "inserted",
                        Event::Removed => "removed",
                        Event::Unreachable(_) => "unreachable",
                        _ => "something else",
                    };
                    // The test may have seen enough.
                    let _ = tell.send(word);
                });
                card
            }
        });
        Self {
            listener,
            stop,
            events,
            serving,
        }
    }

    /// The same slot, listening here.
    pub(crate) fn listening(self, listener: TcpListener) -> Self {
        Self { listener, ..self }
    }

    /// Takes the card's next connection.
    pub(crate) fn accept(&self) -> Inserted {
        self.listener
            .set_nonblocking(true)
            .unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).unwrap();
                    stream
                        .set_read_timeout(Some(PATIENCE))
                        .unwrap();
                    return Inserted { stream };
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    assert!(Instant::now() < end, "the card does not come");
                    thread::yield_now();
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// As [`Slot::accept`], with power.
    pub(crate) fn insert(&self) -> Inserted {
        let mut card = self.accept();
        card.order(0x01);
        card.atr();
        card
    }

    /// The next thing that was told.
    pub(crate) fn event(&self) -> &'static str {
        self.events
            .recv_timeout(PATIENCE)
            .unwrap()
    }

    /// Stops, and gives the card back.
    pub(crate) fn stop(self) -> SoftCard {
        self.stop.stop();
        self.serving.join().unwrap()
    }
}

impl Inserted {
    /// Sends a message as one segment.
    pub(crate) fn send(&mut self, message: &[u8]) {
        self.stream
            .write_all(&framed(message))
            .unwrap();
    }

    /// Sends bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.stream.set_nodelay(true).unwrap();
        self.stream.write_all(bytes).unwrap();
    }

    /// The same, in a segment that waits for the acknowledgement of the one before.
    pub(crate) fn raw_as_vpcd(&mut self, bytes: &[u8]) {
        self.stream.set_nodelay(false).unwrap();
        self.stream.write_all(bytes).unwrap();
    }

    pub(crate) fn receive(&mut self) -> Vec<u8> {
        let mut length = [0; 2];
        self.stream
            .read_exact(&mut length)
            .unwrap();
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.stream
            .read_exact(&mut message)
            .unwrap();
        message
    }

    /// Power off 00, on 01, reset 02: nothing is answered.
    pub(crate) fn order(&mut self, order: u8) {
        self.send(&[order]);
    }

    pub(crate) fn atr(&mut self) -> Vec<u8> {
        self.send(&[0x04]);
        self.receive()
    }

    /// A command in hexadecimal; its answer in hexadecimal.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.send(&bytes(command));
        hex::encode_upper(self.receive())
    }

    /// Whether the card has closed the connection without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(read) => read == 0,
            // It had not read what was sent.
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    /// Whether nothing comes for a moment.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.stream
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let mut byte = [0];
        let read = self.stream.read(&mut byte);
        self.stream
            .set_read_timeout(Some(PATIENCE))
            .unwrap();
        matches!(read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

/// A message with its length.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [&length.to_be_bytes(), message].concat()
}
