//! Where connections come in. While the porch is full, whoever has sent no head is looked at once more before it is let in or sent away.
//!
//! Those who wait in the system's queue come out of it in their turn only, and strangers who open connections without end are as many there as it
//! holds: how long everybody else waits is what each of them costs here. In the gate one costs being accepted, two looks and being closed.

use super::{
    connection::{Sent, has_sent},
    porch::{JUST_COME, Porch},
};
use std::{collections::VecDeque, future::pending, io};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep_until},
};

/// As many connections wait in the system for being accepted, as far as it allows (`net.core.somaxconn`). Where the queue is full a client
/// tries again a second later.
const QUEUE: i32 = 4_096;

/// The gate of one service, with its listener.
#[derive(Debug)]
pub(super) struct Gate {
    listener: TcpListener,
    most: usize,
    /// The oldest first.
    newcomers: VecDeque<Newcomer>,
}

#[derive(Debug)]
struct Newcomer {
    stream: TcpStream,
    look_again_at: Instant,
}

impl Gate {
    /// The gate at `listener`, in which at most `most` wait.
    ///
    /// # Errors
    /// The system takes no listener.
    pub(super) fn new(listener: TcpListener, most: usize) -> io::Result<Self> {
        rustix::net::listen(&listener, QUEUE)?;
        Ok(Self {
            listener,
            most: most.max(1),
            newcomers: VecDeque::new(),
        })
    }

    /// The next one who is let in, and how much it has sent.
    ///
    /// # Errors
    /// Those of accept(2).
    pub(super) async fn next(&mut self, porch: &Porch) -> io::Result<(TcpStream, Sent)> {
        loop {
            let is_full = self.newcomers.len() >= self.most;
            let look_again_at = self
                .newcomers
                .front()
                .map(|newcomer| newcomer.look_again_at);
            let let_in = tokio::select! {
                biased;
                () = passed(look_again_at) => self.looked_at_again(),
                come = self.listener.accept(), if !is_full => self.looked_at(come?.0, porch),
            };
            if let Some(let_in) = let_in {
                return Ok(let_in);
            }
        }
    }

    /// Who has just come, if it is let in at once.
    fn looked_at(&mut self, stream: TcpStream, porch: &Porch) -> Option<(TcpStream, Sent)> {
        match has_sent(&stream)? {
            Sent::Little(_) if porch.is_full() => {
                self.newcomers.push_back(Newcomer {
                    stream,
                    look_again_at: Instant::now() + JUST_COME,
                });
                None
            }
            sent => Some((stream, sent)),
        }
    }

    /// The oldest, who has had its time, if it is let in; else its connection ends.
    fn looked_at_again(&mut self) -> Option<(TcpStream, Sent)> {
        let oldest = self.newcomers.pop_front()?;
        match has_sent(&oldest.stream)? {
            Sent::Little(_) => None,
            sent => Some((oldest.stream, sent)),
        }
    }
}

/// Resolves at `time`, and never without one. The timer would not tell of what is past before its next tick.
async fn passed(time: Option<Instant>) {
    match time {
        None => pending().await,
        Some(time) if time > Instant::now() => sleep_until(time).await,
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    #[tokio::test]
    async fn while_the_porch_is_full_who_sends_no_head_goes_and_who_does_is_let_in() {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        let porch = Porch::new(1, Duration::from_secs(60));
        let mut gate = Gate::new(listener, 2).unwrap();
        let mut peers = Vec::new();
        let place = porch.enter().await;
        for _ in 0..2 {
            peers.push(
                TcpStream::connect(address)
                    .await
                    .unwrap(),
            );
            let (stream, _) = gate.listener.accept().await.unwrap();
            assert!(gate.looked_at(stream, &porch).is_none());
        }
        peers[1]
            .write_all(REQUEST)
            .await
            .unwrap();
        while has_sent(&gate.newcomers[1].stream) == Some(Sent::Little(0)) {
            tokio::task::yield_now().await;
        }
        assert!(gate.looked_at_again().is_none());
        // As it has ended: what comes is an end or an error, and no wait.
        assert!(matches!(peers[0].read(&mut [0]).await, Ok(0) | Err(_)));
        assert!(gate.looked_at_again().is_some());
        assert!(gate.newcomers.is_empty());
        // With room in the porch, nobody is sent away.
        drop(place);
        let _silent = TcpStream::connect(address)
            .await
            .unwrap();
        assert!(gate.next(&porch).await.is_ok());
    }
}
