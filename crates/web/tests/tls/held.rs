//! Who holds a connection open, and when the service stops.

use crate::city::{City, Service, ask, get_of, rest};
use shirushi_roles::{Identity, Role};
use shirushi_web::{Deadlines, TlsDoor};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const NEVER: Duration = Duration::from_secs(600);
const SOON: Duration = Duration::from_millis(100);
const PATIENT: Deadlines = Deadlines {
    handshake: NEVER,
    head: NEVER,
    body_pause: NEVER,
    body: NEVER,
    unread: NEVER,
    idle: NEVER,
};
/// The beginning of a record of a handshake, whose rest never comes.
const HALF: &[u8] = b"\x16\x03\x01\x02\x00\x01";

async fn served(seats: usize, deadlines: Deadlines) -> (City, Identity, Service) {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    let counter = city.identity(Role::Counter, "counter-1");
    let door = TlsDoor::between_roles(&authority, &[Role::Counter]).unwrap();
    let service = Service::with(door, "127.0.0.1:0", seats, deadlines).await;
    (city, counter, service)
}

async fn half_open(service: &Service, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(service.address)
        .await
        .unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

#[tokio::test]
async fn handshakes_that_never_end_hold_up_nobody() {
    let (_city, counter, service) = served(8, PATIENT).await;
    for half in [&b""[..], HALF, b"GET / HTTP/1.1\r\n\r\n"] {
        let mut strangers = Vec::new();
        for number in 0..100 {
            strangers.push(half_open(&service, half).await);
            if number % 20 == 19 {
                let mut stream = service
                    .connect(&counter, Role::Authority)
                    .await
                    .unwrap();
                let answer = ask(&mut stream, &get_of("/who")).await;
                assert!(answer.contains("counter counter-1"), "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn each_part_has_its_deadline() {
    let handshake = Deadlines {
        handshake: SOON,
        ..PATIENT
    };
    let (_city, _, service) = served(8, handshake).await;
    let mut stranger = half_open(&service, HALF).await;
    assert!(matches!(stranger.read(&mut [0; 8]).await, Ok(0) | Err(_)));
    for (deadlines, sent) in [
        (
            Deadlines {
                head: SOON,
                ..PATIENT
            },
            "GET /who HTTP/1.1\r\n",
        ),
        (
            Deadlines {
                idle: SOON,
                ..PATIENT
            },
            "GET /who HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            Deadlines {
                body_pause: SOON,
                ..PATIENT
            },
            "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nbegun",
        ),
    ] {
        let (_city, counter, service) = served(8, deadlines).await;
        let mut stream = service
            .connect(&counter, Role::Authority)
            .await
            .unwrap();
        // That it ends is what is looked at.
        let answer = ask(&mut stream, sent).await;
        assert_eq!(
            answer.contains("200 OK"),
            deadlines.idle == SOON,
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_body_over_its_limit_is_still_answered() {
    let (_city, counter, service) = served(8, PATIENT).await;
    let mut stream = service
        .connect(&counter, Role::Authority)
        .await
        .unwrap();
    let head =
        "POST /take HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n";
    let answer = ask(&mut stream, &[head, &"x".repeat(2_000_000)].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn who_asks_again_and_again_gives_the_seat_up_when_somebody_waits() {
    let (_city, counter, service) = served(1, PATIENT).await;
    let mut busy = service
        .connect(&counter, Role::Authority)
        .await
        .unwrap();
    busy.write_all(b"GET /act HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    service.begun.notified().await;
    let waits = service.connect(&counter, Role::Authority);
    tokio::pin!(waits);
    // It has come, and has no seat: nobody answers its hello.
    assert!(
        tokio::time::timeout(SOON, waits.as_mut())
            .await
            .is_err()
    );
    service.may_end.notify_one();
    let answer = rest(&mut busy).await;
    assert!(
        answer
            .to_lowercase()
            .contains("connection: close"),
        "{answer}"
    );
    assert!(answer.ends_with("done"), "{answer}");
    assert!(waits.await.is_ok());
}

#[tokio::test]
async fn a_request_under_way_ends_before_the_service_does() {
    let (_city, counter, service) = served(8, PATIENT).await;
    let mut stream = service
        .connect(&counter, Role::Authority)
        .await
        .unwrap();
    stream
        .write_all(get_of("/act").as_bytes())
        .await
        .unwrap();
    service.begun.notified().await;
    let mut in_a_handshake = half_open(&service, HALF).await;
    service.stop.send(()).unwrap();
    service.may_end.notify_one();
    assert!(
        rest(&mut stream)
            .await
            .ends_with("done")
    );
    assert!(matches!(
        in_a_handshake.read(&mut [0; 8]).await,
        Ok(0) | Err(_)
    ));
    service.served.await.unwrap().unwrap();
    assert!(
        TcpStream::connect(service.address)
            .await
            .is_err()
    );
}
