//! A service on a real socket.
//!
//! * A body that is far too large is answered with the refusal, although the sender is still sending.
//! * A handler runs to its end when the asker hangs up, and has its seat until then.
//! * Doormen receive, and handlers run where it is served from.
//! * Each request bears whose connection it came by.
//! * Requests under way end before the service does; only loopback is served.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::StatusCode,
    routing::{get, post},
};
use shirushi_web::{
    AllowedHosts, Caller, Doormen, Face, Seats, ServeError, serve, with_body_limit,
    with_streamed_limit,
};
use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), ServeError>>,
    _doormen: Doormen,
}

async fn run(routes: Router) -> Running {
    run_with(routes, 100).await
}

async fn run_with(routes: Router, seats: usize) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let face = Face::new(AllowedHosts::new(&address.to_string()).unwrap());
    let (stop, stopped) = oneshot::channel();
    let doormen = Doormen::hire().unwrap();
    let seats = Seats::new(seats).received_by(&doormen);
    let served = tokio::spawn(serve(listener, face.wrap(routes), seats, async {
        let _ = stopped.await;
    }));
    Running {
        address,
        stop,
        served,
        _doormen: doormen,
    }
}

async fn send(address: SocketAddr, head: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address)
        .await
        .unwrap();
    let head = format!("{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(head.as_bytes())
        .await
        .unwrap();
    stream.write_all(body).await.unwrap();
    stream
}

async fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .await
        .unwrap();
    text
}

#[tokio::test]
async fn doormen_receive_and_handlers_run_where_it_is_served_from() {
    let asked = get(async || format!("{:?}", std::thread::current().id()));
    let running = run(Router::new().route("/thread", asked)).await;
    let answer = read(send(running.address, "GET /thread HTTP/1.1", b"").await).await;
    let here = format!("{:?}", std::thread::current().id());
    assert!(answer.ends_with(&here), "{answer}");
    // Nothing runs here meanwhile, and still somebody answers.
    let mut stream = std::net::TcpStream::connect(running.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream
        .write_all(b"no HTTP\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_body_far_over_its_limit_is_still_answered() {
    let running = run(limited()).await;
    let body = vec![b'x'; 20_000_000];
    let chunked = [
        format!("{:x}\r\n", body.len()).as_bytes(),
        &body,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    for path in ["/take", "/stream"] {
        let announced = format!("POST {path} HTTP/1.1\r\nContent-Length: {}", body.len());
        let stream = send(running.address, &announced, &body).await;
        let answer = read(stream).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("\"size\":20000000"), "{answer}");
        let unannounced = format!("POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked");
        let stream = send(running.address, &unannounced, &chunked).await;
        let answer = read(stream).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("\"size\":\"> 1000\""), "{answer}");
    }
}

/// A body is taken whole, or as it comes.
fn limited() -> Router {
    let taken = post(async |body: Bytes| body.len().to_string());
    Router::new()
        .route("/take", with_body_limit(taken.clone(), 1_000))
        .route("/stream", with_streamed_limit(taken, 1_000))
}

#[tokio::test]
async fn who_is_refused_at_the_beginning_of_a_body_reads_why() {
    let refused = post(async |body: Body| {
        drop(body);
        StatusCode::UNPROCESSABLE_ENTITY
    });
    let most = 30_000_000;
    let running = run(Router::new().route("/stream", with_streamed_limit(refused, most))).await;
    // More than a system keeps of what nobody reads.
    let head = format!("POST /stream HTTP/1.1\r\nContent-Length: {most}");
    let stream = send(running.address, &head, &vec![b'x'; most]).await;
    let answer = read(stream).await;
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_refused_or_dropped_and_the_service_lives() {
    let running = run(limited()).await;
    for path in ["/take", "/stream"] {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Length: 100");
        let mut stream = send(running.address, &head, b"only this").await;
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // The connection may end without a word.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
        let whole = format!("POST {path} HTTP/1.1\r\nContent-Length: 2");
        let stream = send(running.address, &whole, b"ok").await;
        assert!(
            read(stream)
                .await
                .starts_with("HTTP/1.1 200 ")
        );
    }
}

#[tokio::test]
async fn of_bodies_that_hold_too_much_together_the_largest_is_refused() {
    const LIMIT: usize = 2_000_000;
    let taken = post(async |body: Bytes| body.len().to_string());
    let routes = Router::new()
        .route("/take", with_body_limit(taken.clone(), LIMIT))
        .route("/stream", with_streamed_limit(taken, LIMIT));
    let running = run(routes).await;
    for path in ["/take", "/stream"] {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Length: {LIMIT}");
        let (answers, mut answered) = mpsc::channel(8);
        for _ in 0..5 {
            let stream = send(running.address, &head, &vec![b'x'; LIMIT - 1]).await;
            let answers = answers.clone();
            tokio::spawn(async move { answers.send(read(stream).await).await });
        }
        let first = answered.recv().await.unwrap();
        assert!(first.contains("page/not-too-much-at-once"), "{first}");
    }
}

#[tokio::test]
async fn a_handler_runs_to_its_end_when_the_asker_hangs_up() {
    let (begun, may_end, ended) = (
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );
    let acts = Arc::new(Mutex::new(Vec::new()));
    let handler = {
        let (begun, may_end, ended, acts) =
            (begun.clone(), may_end.clone(), ended.clone(), acts.clone());
        post(async move || {
            acts.lock().unwrap().push("begun");
            begun.notify_one();
            may_end.notified().await;
            acts.lock().unwrap().push("ended");
            ended.notify_one();
        })
    };
    let running = run(Router::new().route("/act", handler)).await;
    let head = "POST /act HTTP/1.1\r\nContent-Length: 0";
    let stream = send(running.address, head, b"").await;
    begun.notified().await;
    drop(stream);
    // Another request has gone through the same service since: the loss has been seen.
    let other = send(running.address, "GET /none HTTP/1.1", b"").await;
    assert!(
        read(other)
            .await
            .starts_with("HTTP/1.1 404 ")
    );
    may_end.notify_one();
    ended.notified().await;
    assert_eq!(*acts.lock().unwrap(), ["begun", "ended"]);
}

#[tokio::test]
async fn a_handler_whose_asker_hung_up_has_its_seat_until_it_has_ended() {
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (begun, may_end) = (begun.clone(), may_end.clone());
        post(async move || {
            begun.notify_one();
            may_end.notified().await;
        })
    };
    let routes = Router::new()
        .route("/act", handler)
        .route("/now", get(async || "now"));
    let running = run_with(routes, 2).await;
    for _ in 0..2 {
        let head = "POST /act HTTP/1.1\r\nContent-Length: 0";
        let mut stream = send(running.address, head, b"").await;
        begun.notified().await;
        stream.shutdown().await.unwrap();
        // The service has seen it, and given the connection up.
        assert_eq!(read(stream).await, "");
    }
    let newcomer = async { read(send(running.address, "GET /now HTTP/1.1", b"").await).await };
    tokio::pin!(newcomer);
    assert!(
        timeout(Duration::from_millis(100), newcomer.as_mut())
            .await
            .is_err()
    );
    may_end.notify_one();
    assert!(newcomer.await.ends_with("now"));
}

#[tokio::test]
async fn a_request_under_way_ends_before_the_service_does() {
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (begun, may_end) = (begun.clone(), may_end.clone());
        post(async move || {
            begun.notify_one();
            may_end.notified().await;
            "done"
        })
    };
    let running = run(Router::new().route("/act", handler)).await;
    let head = "POST /act HTTP/1.1\r\nContent-Length: 0";
    let stream = send(running.address, head, b"").await;
    begun.notified().await;
    running.stop.send(()).unwrap();
    may_end.notify_one();
    assert!(read(stream).await.ends_with("done"));
    running.served.await.unwrap().unwrap();
    assert!(
        TcpStream::connect(running.address)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn only_loopback_is_served_without_tls() {
    let listener = TcpListener::bind("0.0.0.0:0")
        .await
        .unwrap();
    let refused = serve(listener, Router::new(), Seats::new(1), async {}).await;
    assert!(matches!(refused, Err(ServeError::NotLoopback { .. })));
}

#[tokio::test]
async fn a_request_bears_whose_connection_it_came_by() {
    let told = get(async |ConnectInfo(caller): ConnectInfo<Caller>| {
        format!("{:?} {}", caller.account(), caller.is_owner())
    });
    let running = run(Router::new().route("/who", told)).await;
    let stream = send(running.address, "GET /who HTTP/1.1", b"").await;
    let own = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
    let answer = read(stream).await;
    assert!(answer.ends_with(&format!("Some({own}) true")), "{answer}");
}
