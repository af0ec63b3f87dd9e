//! A process that has no descriptor left: alone in its binary, for the limit is the process's.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "service/service.rs"]
mod service;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use service::{PATIENT, Service, rest};
use shirushi_web::Seats;
use std::{fs::File, time::Duration};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

#[tokio::test]
async fn without_descriptors_the_half_open_make_room_and_serving_goes_on() {
    let few = Rlimit {
        current: Some(96),
        maximum: getrlimit(Resource::Nofile).maximum,
    };
    setrlimit(Resource::Nofile, few).unwrap();
    let refused = Seats::of_this_process().unwrap_err();
    assert_eq!((refused.limit, refused.needed), (96, 384));

    let service = Service::with(1_000, PATIENT).await;
    let half_open = service.say("G").await;
    // It has been accepted, for a later one has been answered.
    assert!(
        service
            .ask("/now")
            .await
            .ends_with("now")
    );
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    // One for the newcomer's own end; the service has none for the other.
    files.pop();
    let mut newcomer = TcpStream::connect(service.address)
        .await
        .unwrap();
    let request = b"GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    newcomer
        .write_all(request)
        .await
        .unwrap();
    let answer = timeout(Duration::from_secs(20), rest(newcomer)).await;
    assert!(answer.unwrap().ends_with("now"));
    assert_eq!(rest(half_open).await, "");
}
