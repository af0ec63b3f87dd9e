//! A service with few seats, and peers that speak by hand.
#![allow(dead_code, reason = "each test crate uses a part")]

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    routing::{get, post},
};
use shirushi_web::{Deadlines, Seats, ServeError, serve, with_body_limit};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// Longer than any test runs.
pub(crate) const NEVER: Duration = Duration::from_secs(600);

/// Whoever is not answered within this time is held up.
const HELD_UP: Duration = Duration::from_secs(60);

pub(crate) const PATIENT: Deadlines = Deadlines {
    handshake: NEVER,
    head: NEVER,
    body_pause: NEVER,
    body: NEVER,
    unread: NEVER,
    idle: NEVER,
};

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    /// `/act` has begun.
    pub(crate) begun: Arc<Notify>,
    /// `/act` may end.
    pub(crate) may_end: Arc<Notify>,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

impl Service {
    /// `GET /now` answers at once, `POST /take` takes 1,000 bytes, `GET /much` answers with 64 MiB, `/act` waits, and then reads
    /// its body.
    pub(crate) async fn with(seats: usize, deadlines: Deadlines) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let act = {
            let (begun, may_end) = (Arc::clone(&begun), Arc::clone(&may_end));
            let acting = async move |body: Body| {
                begun.notify_one();
                may_end.notified().await;
                match to_bytes(body, 1_000).await {
                    Ok(_) => "done",
                    Err(_) => "cut short",
                }
            };
            get(acting.clone()).post(acting)
        };
        let take = post(async |body: Bytes| body.len().to_string());
        let router = Router::new()
            .route("/now", get(async || "now"))
            .route("/much", get(async || vec![b'x'; 64 << 20]))
            .route("/take", with_body_limit(take, 1_000))
            .route("/act", act);
        let (stop, stopped) = oneshot::channel();
        let seats = Seats::new(seats).with_deadlines(deadlines);
        let served = tokio::spawn(serve(listener, router, seats, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            begun,
            may_end,
            stop,
            served,
        }
    }

    /// A connection on which `text` was sent.
    pub(crate) async fn say(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address)
            .await
            .unwrap();
        stream
            .write_all(text.as_bytes())
            .await
            .unwrap();
        stream
    }

    /// What is answered to a whole request on a connection of its own.
    pub(crate) async fn ask(&self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        timeout(HELD_UP, rest(self.say(&request).await))
            .await
            .unwrap()
    }

    /// A connection that is kept after one answered request.
    pub(crate) async fn idle(&self) -> TcpStream {
        let mut stream = self
            .say("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        let mut answer = Vec::new();
        while !answer.ends_with(b"now") {
            assert_ne!(
                stream
                    .read_buf(&mut answer)
                    .await
                    .unwrap(),
                0
            );
        }
        stream
    }
}

/// All that still comes until the service ends the connection, in whatever way.
pub(crate) async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is cut while bytes are under way ends with a reset.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}
