//! A reader whose cable counts, writes down and can be pulled.

use shirushi_agent::{CardSource, Connection, Reader, ReaderError, Wallet};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_wire::CardNumber;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const GENERATE_KEY: [u8; 2] = [0x84, 0xE2];

/// When the card comes out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull {
    /// After so many more commands.
    pub(crate) after: usize,
    /// Whether the command at which it comes out is still carried out.
    pub(crate) last_arrives: bool,
}

pub(crate) struct Cable {
    wallet: Arc<Wallet>,
    pub(crate) pull: Mutex<Option<Pull>>,
    /// The card that is put in at once in place of the one that is pulled.
    pub(crate) swap: Mutex<Option<CardNumber>>,
    /// What stands in the way of reaching any card.
    pub(crate) fault: Mutex<Option<fn() -> ReaderError>>,
    /// What was sent to the card.
    pub(crate) sent: Mutex<Vec<Vec<u8>>>,
    /// How many keys the card has made. Asked again for a key that it has, it keeps that one.
    pub(crate) keys_made: AtomicUsize,
}

impl Cable {
    pub(crate) fn new(wallet: Arc<Wallet>) -> Self {
        Self {
            wallet,
            pull: Mutex::default(),
            swap: Mutex::default(),
            fault: Mutex::default(),
            sent: Mutex::default(),
            keys_made: AtomicUsize::default(),
        }
    }

    pub(crate) fn take_sent(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    fn come_out(&self) {
        match self.swap.lock().unwrap().take() {
            Some(number) => self.wallet.insert(&number).unwrap(),
            None => self.wallet.eject().unwrap(),
        }
    }

    fn file(&self) -> Option<Vec<u8>> {
        let number = self.wallet.inserted()?;
        self.wallet.file(&number).ok()
    }

    /// How often a PIN was presented since it was last asked.
    pub(crate) fn presented(&self) -> usize {
        self.take_sent()
            .iter()
            .filter(|command| command[1] == 0x20 && command.len() > 5)
            .count()
    }
}

impl CardSource for CableHandle {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        match *self.0.fault.lock().unwrap() {
            None => self.0.wallet.readers(),
            Some(fault) => Err(fault()),
        }
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        Ok(Box::new(Counted {
            cable: Arc::clone(&self.0),
            inner: self.0.wallet.connect(reader)?,
        }))
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        self.0.wallet.wait(known, patience)
    }
}

/// The source that the agent is given.
pub(crate) struct CableHandle(pub(crate) Arc<Cable>);

struct Counted {
    cable: Arc<Cable>,
    inner: Connection,
}

impl Transmit for Counted {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        let comes_out = {
            let mut pull = self.cable.pull.lock().unwrap();
            match &mut *pull {
                Some(Pull {
                    after: 0,
                    last_arrives,
                }) => {
                    let last_arrives = *last_arrives;
                    *pull = None;
                    Some(last_arrives)
                }
                Some(Pull { after, .. }) => {
                    *after -= 1;
                    None
                }
                None => None,
            }
        };
        if comes_out == Some(false) {
            self.cable.come_out();
        }
        let before = self.cable.file();
        let answer = self.inner.transmit(command)?;
        if command.starts_with(&GENERATE_KEY) && before != self.cable.file() {
            self.cable
                .keys_made
                .fetch_add(1, Ordering::SeqCst);
        }
        self.cable
            .sent
            .lock()
            .unwrap()
            .push(command.to_vec());
        if comes_out == Some(true) {
            self.cable.come_out();
            return Err(TransmitError::CardGone);
        }
        Ok(answer)
    }
}
