//! Connections of strangers, and who gives way to whom.
//!
//! * Heads and bodies that never end hold up nobody: the oldest of them goes when somebody comes with a head, and of those without one the
//!   youngest. Heads take no seat, bodies half of them at most.
//! * Whoever is between two requests goes after those; whoever has a request under way stays, and a newcomer waits.
//! * Each part that a peer has to do has its deadline.
//! * A stop waits for requests, not for those who have none.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "service/service.rs"]
mod service;

use service::{NEVER, PATIENT, Service, rest};
use shirushi_web::Deadlines;
use std::{
    collections::VecDeque,
    io::ErrorKind,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{interval, timeout},
};

const HEAD: &str = "GET /now HTTP/1.1\r\nHost: a\r\n";
const BODY: &str = "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nbegun";
const SOON: Duration = Duration::from_millis(100);
/// Much longer than those who have just come are left alone.
const LONG: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_thousand_half_open_connections_hold_up_nobody() {
    for half in ["", "G", HEAD, BODY] {
        let service = Service::with(64, PATIENT).await;
        let mut strangers = Vec::new();
        for number in 0..1_000 {
            strangers.push(service.say(half).await);
            if number % 100 == 99 {
                assert!(
                    service
                        .ask("/now")
                        .await
                        .ends_with("now")
                );
            }
        }
        let first = strangers.swap_remove(0);
        assert_eq!(rest(first).await, "", "{half:?}");
    }
}

#[tokio::test]
async fn half_open_connections_go_before_idle_ones() {
    let service = Service::with(3, PATIENT).await;
    let mut idle = service.idle().await;
    let mut head = service.say(HEAD).await;
    let bodies = [service.say(BODY).await, service.say(BODY).await];
    let mut newcomers = Vec::new();
    for gone in bodies {
        // A newcomer, who stays.
        newcomers.push(service.idle().await);
        assert_eq!(rest(gone).await, "");
    }
    let again = b"GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    idle.write_all(again).await.unwrap();
    assert!(rest(idle).await.ends_with("now"));
    // It had no seat, and gets one with the end of its head.
    head.write_all(b"Connection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(rest(head).await.ends_with("now"));
}

#[tokio::test]
async fn where_the_porch_is_full_newcomers_without_a_head_go_and_those_before_them_stay() {
    let service = Service::with(2, PATIENT).await;
    let waiting = [service.say(HEAD).await, service.say(HEAD).await];
    for half in ["", HEAD].repeat(20) {
        let newcomer = service.say(half).await;
        assert_eq!(
            timeout(LONG, rest(newcomer))
                .await
                .unwrap(),
            ""
        );
    }
    for mut head in waiting {
        head.write_all(b"Connection: close\r\n\r\n")
            .await
            .unwrap();
        assert!(rest(head).await.ends_with("now"));
    }
}

#[tokio::test]
async fn bodies_to_come_leave_half_of_the_seats_to_whole_requests() {
    let service = Service::with(2, PATIENT).await;
    let first = service.say(BODY).await;
    let second = service.say(BODY).await;
    // A seat is free, and still the second has that of the first.
    assert_eq!(
        timeout(LONG, rest(first))
            .await
            .unwrap(),
        ""
    );
    assert!(
        service
            .ask("/now")
            .await
            .ends_with("now")
    );
    drop(second);
}

#[tokio::test]
async fn half_open_connections_one_after_another_push_out_no_idle_one() {
    let service = Service::with(3, PATIENT).await;
    let mut idle = service.idle().await;
    // Longer than newcomers are let be: the half-open ones are always the younger.
    let begin = Instant::now();
    let mut strangers = VecDeque::new();
    while begin.elapsed() < Duration::from_millis(500) {
        strangers.push_back(service.say(HEAD).await);
        if strangers.len() > 50 {
            strangers.pop_front();
        }
    }
    let again = b"GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    idle.write_all(again).await.unwrap();
    assert!(rest(idle).await.ends_with("now"));
}

#[tokio::test]
async fn who_asks_again_at_once_leaves_a_newcomer_its_turn() {
    let service = Service::with(2, PATIENT).await;
    let address = service.address;
    // More of them than seats, and none ever pauses.
    let busy: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async move {
                loop {
                    let mut stream = TcpStream::connect(address)
                        .await
                        .unwrap();
                    let mut answer = [0; 512];
                    while stream
                        .write_all(b"GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
                        .await
                        .is_ok()
                        && stream
                            .read(&mut answer)
                            .await
                            .is_ok_and(|length| length > 0)
                    {}
                }
            })
        })
        .collect();
    for _ in 0..5 {
        assert!(
            service
                .ask("/now")
                .await
                .ends_with("now")
        );
    }
    for task in busy {
        task.abort();
    }
}

#[tokio::test]
async fn an_idle_connection_goes_for_a_newcomer() {
    let service = Service::with(2, PATIENT).await;
    let (first, _second) = (service.idle().await, service.idle().await);
    assert!(
        service
            .ask("/now")
            .await
            .ends_with("now")
    );
    assert_eq!(rest(first).await, "");
}

#[tokio::test]
async fn a_request_under_way_is_never_cut_off_for_another() {
    let service = Service::with(1, PATIENT).await;
    let under_way = service
        .say("GET /act HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    the_next_waits_for_it(&service, under_way).await;
}

/// The only seat is that of a request whose handler has begun: a newcomer waits until it has ended, whole.
async fn the_next_waits_for_it(service: &Service, under_way: TcpStream) {
    service.begun.notified().await;
    let newcomer = service.ask("/now");
    tokio::pin!(newcomer);
    assert!(
        timeout(LONG, newcomer.as_mut())
            .await
            .is_err()
    );
    service.may_end.notify_one();
    assert!(rest(under_way).await.ends_with("done"));
    assert!(newcomer.await.ends_with("now"));
}

#[tokio::test]
async fn a_body_that_has_come_and_was_not_asked_for_yet_is_no_half_one() {
    let deadlines = Deadlines {
        body_pause: SOON,
        body: SOON,
        ..PATIENT
    };
    let service = Service::with(1, deadlines).await;
    let under_way = service
        .say("POST /act HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwhole")
        .await;
    the_next_waits_for_it(&service, under_way).await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_gives_way() {
    let service = Service::with(1, PATIENT).await;
    let _unread = service
        .say("GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert!(
        service
            .ask("/now")
            .await
            .ends_with("now")
    );
}

#[tokio::test]
async fn each_part_of_a_peer_has_its_deadline() {
    let deadlines: [(Deadlines, &str); 5] = [
        (
            Deadlines {
                head: SOON,
                ..PATIENT
            },
            HEAD,
        ),
        (
            Deadlines {
                body_pause: SOON,
                ..PATIENT
            },
            BODY,
        ),
        (
            Deadlines {
                body: SOON,
                ..PATIENT
            },
            BODY,
        ),
        (
            Deadlines {
                unread: SOON,
                ..PATIENT
            },
            "GET /much HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            Deadlines {
                idle: SOON,
                ..PATIENT
            },
            "GET /now HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
    ];
    for (number, (deadlines, sent)) in deadlines.into_iter().enumerate() {
        let service = Service::with(8, deadlines).await;
        let stream = service.say(sent).await;
        if deadlines.unread == SOON {
            // Not read until the service has given it up: then only what the system had buffered comes.
            given_up(&stream).await;
        }
        let answer = timeout(NEVER, rest(stream))
            .await
            .unwrap();
        assert!(answer.len() < 64 << 20, "{number}");
    }
}

/// Sends a byte now and then, until the service has given the connection up.
async fn given_up(stream: &TcpStream) {
    let mut ticks = interval(Duration::from_millis(10));
    loop {
        ticks.tick().await;
        stream.writable().await.unwrap();
        match stream.try_write(b"G") {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_head_sent_byte_by_byte_has_the_same_deadline() {
    let service = Service::with(
        8,
        Deadlines {
            head: SOON,
            ..PATIENT
        },
    )
    .await;
    let stream = service.say("G").await;
    // Each byte is progress, and counts for nothing.
    given_up(&stream).await;
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_those_who_only_wait() {
    let service = Service::with(8, PATIENT).await;
    let (idle, head) = (service.idle().await, service.say(HEAD).await);
    service.stop.send(()).unwrap();
    // Sooner than the grace of requests under way.
    let ended = timeout(Duration::from_secs(5), service.served).await;
    ended.unwrap().unwrap().unwrap();
    assert_eq!(rest(idle).await, "");
    assert_eq!(rest(head).await, "");
}
