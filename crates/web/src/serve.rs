//! Running a service: connections have deadlines and a bound, and strangers who hold them open are the first to go.

mod connection;
mod doormen;
mod gate;
mod guest;
mod porch;
mod seats;
mod watched;

pub use doormen::Doormen;
pub use guest::Deadlines;
pub(crate) use seats::Share;
pub use seats::{House, Seats, TooFewDescriptors};

use crate::{Caller, Problem, TlsDoor, tls::shown_in};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    response::IntoResponse as _,
};
use connection::{Connection, Sent};
use gate::Gate;
use guest::Guest;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use porch::{Place, Porch};
use seats::Seat;
use shirushi_roles::Shown;
use std::{
    convert::Infallible,
    future::{Future, pending},
    io,
    net::SocketAddr,
    panic::resume_unwind,
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::watch,
    task::JoinHandle,
    time::{self, sleep_until},
};
use tokio_rustls::server::TlsStream;
use tower::ServiceExt as _;
use watched::{Answer, Received, Watched};

/// How long requests under way may take to end after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(10);
/// After the system gave no connection (no descriptors, no memory), it is asked again so much later.
const AGAIN: Duration = Duration::from_millis(50);
/// Without descriptors the system refuses also when nobody has come (accept(2) asks for the descriptor first): whoever has only
/// just been seated is left alone.
const BEFORE_GIVING_WAY: Duration = Duration::from_secs(1);
/// The longest head of a request, in bytes: a half-open connection holds no more.
const LONGEST_HEAD: usize = 64 * 1024;

/// Why a service does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address can be reached from other machines, and there is no TLS here.
    #[error("{address} is not a loopback address: without TLS, only this machine is served")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The socket failed.
    #[error("the listening socket failed")]
    Io(#[from] io::Error),
}

/// Serves `router` on `listener` until `shutdown` resolves; requests under way then have ten seconds to end.
///
/// There are never more connections than `seats`, and as many again of which no whole head has come. A head, a body, an answer that nobody reads and the pause between two
/// requests have their deadlines; when all seats are taken, a newcomer gets that of a connection which has sent no whole
/// request. A request under way is never cut off for another one, and has its seat until it has ended, also when its asker has hung
/// up. Each request bears whose its connection is, as `ConnectInfo<Caller>`.
///
/// # Errors
/// [`ServeError::NotLoopback`] before anything is accepted; [`ServeError::Io`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    seats: Seats,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address });
    }
    receive_by_doormen(listener, Works::of(router, None), seats, shutdown).await
}

/// The same wherever it listens, for what is public and signed: OCSP answers, lists, certificates of authorities. Their addresses are http by
/// standard (RFC 6960 appendix A, RFC 5280 §8): TLS would have to be verified with what they tell.
///
/// # Errors
/// [`ServeError::Io`].
pub async fn serve_signed_data(
    listener: TcpListener,
    router: Router,
    seats: Seats,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    receive_by_doormen(listener, Works::of(router, None), seats, shutdown).await
}

/// The same behind TLS, where other machines may reach the service too.
///
/// A handshake has a deadline of its own. Until its end nobody can tell what has been sent: whoever is in it counts among those who have not sent
/// a request, of whom at most half of the seats are, and as long as anybody waits for a seat, each answer is the last of its connection. Between
/// roles, each request bears who asks: its `Peer` and what it has `Shown`.
///
/// # Errors
/// [`ServeError::Io`].
pub async fn serve_tls(
    listener: TcpListener,
    door: TlsDoor,
    router: Router,
    seats: Seats,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    receive_by_doormen(listener, Works::of(router, Some(door)), seats, shutdown).await
}

/// On the doormen's threads, if there are any; handlers run here.
async fn receive_by_doormen(
    listener: TcpListener,
    works: Works,
    seats: Seats,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let Some(doormen) = seats.doormen() else {
        return receive_all(listener, works, seats, shutdown).await;
    };
    let listener = listener.into_std()?;
    let works = works.inside(Handle::current());
    let receiving = doormen.spawn(async move {
        let listener = TcpListener::from_std(listener)?;
        receive_all(listener, works, seats, shutdown).await
    });
    ended(receiving).await
}

async fn receive_all(
    listener: TcpListener,
    works: Works,
    seats: Seats,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (stopping, stopped) = watch::channel(false);
    let (mut gate, porch) = (seats.gate(listener)?, seats.porch());
    let receiving = async {
        loop {
            let come = come_in(&mut gate, &seats, &porch).await;
            let place = porch.enter().await;
            let (seats, works, stopped) = (seats.clone(), works.clone(), stopped.clone());
            tokio::spawn(receive(stopped, place, come, seats, works));
        }
    };
    tokio::select! {
        () = shutdown => {}
        never = receiving => never,
    }
    drop(gate);
    // Each connection has a receiver of its own; without any there is nobody left to tell.
    let _ = stopping.send(true);
    drop(stopped);
    // What is still under way after the grace ends with the process.
    let _ = time::timeout(GRACE, stopping.closed()).await;
    Ok(())
}

/// The next connection. No error ends the service, and none is met by asking again at once: without descriptors, one who only
/// waits gives up his.
async fn come_in(gate: &mut Gate, seats: &Seats, porch: &Porch) -> (TcpStream, Sent) {
    loop {
        match gate.next(porch).await {
            Ok(come) => return come,
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                porch.push_out(BEFORE_GIVING_WAY);
                seats.make_room(BEFORE_GIVING_WAY);
                time::sleep(AGAIN).await;
            }
        }
    }
}

/// Whether only that one connection failed: it was given up before it was accepted.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Has a connection wait for the head of its request, then for a seat, and serves it. `stopped` comes first, and is dropped last: whoever
/// waits for that may take what the service held.
async fn receive(
    mut stopped: watch::Receiver<bool>,
    place: Place,
    (stream, sent): (TcpStream, Sent),
    seats: Seats,
    works: Works,
) {
    let connection = Connection::new(stream);
    let seated = async {
        let sent = place
            .sends_a_head(&connection, sent)
            .await?;
        tokio::select! {
            seat = seats.take(connection, sent) => Some(seat),
            () = place.pushed_out() => None,
        }
    };
    let seat = tokio::select! {
        seat = seated => seat,
        _ = stopped.wait_for(|stop| *stop) => None,
    };
    drop(place);
    if let Some(seat) = seat {
        converse(stopped, Arc::new(seat), works).await;
    }
}

/// Serves one connection until it ends, is overdue, or must give up its seat.
async fn converse(mut stopped: watch::Receiver<bool>, seat: Arc<Seat>, works: Works) {
    let guest = seat.guest();
    let connection = Arc::clone(guest.connection());
    connection.answers_at_once();
    // Not before: it costs more than all else that is done for those who never send a head.
    let caller = connection.caller();
    let stream = Watched::new(connection, Arc::clone(guest));
    match works.door.clone() {
        None => talk(stopped, &seat, works, Visitor::of(caller), stream).await,
        Some(door) => {
            if let Some(stream) = greet(&mut stopped, guest, &door, stream).await {
                let visitor = Visitor {
                    caller,
                    shown: shown_in(&stream),
                };
                talk(stopped, &seat, works, visitor, stream).await;
            }
        }
    }
    // A handler that works on holds the seat, and with it the connection.
    seat.guest().connection().end();
}

/// The handshake; none when it fails, is overdue, or is given up.
async fn greet(
    stopped: &mut watch::Receiver<bool>,
    guest: &Guest,
    door: &TlsDoor,
    stream: Watched,
) -> Option<TlsStream<Watched>> {
    guest.is_greeted();
    let mut handshake = pin!(door.greet(stream));
    loop {
        let look_again_at = guest.look_again_at();
        tokio::select! {
            greeted = handshake.as_mut() => {
                guest.may_ask();
                return greeted
                    .inspect_err(|error| tracing::debug!(%error, "a handshake has failed"))
                    .ok();
            }
            () = guest.told_to_leave() => return None,
            () = sleep_until(look_again_at) => {
                if guest.is_overdue() {
                    return None;
                }
            }
            _ = stopped.wait_for(|stop| *stop) => return None,
        }
    }
}

/// Reads requests and writes answers.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stopped: watch::Receiver<bool>,
    seat: &Arc<Seat>,
    works: Works,
    visitor: Visitor,
    stream: S,
) {
    let guest = seat.guest();
    let service = service_fn(|request| answer(works.clone(), seat, visitor.clone(), request));
    let mut connection = pin!(
        http1::Builder::new()
            // The guest's deadlines stand instead, which also hold for bodies, answers and pauses.
            .header_read_timeout(None)
            .max_buf_size(LONGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut is_stopping = false;
    loop {
        let look_again_at = guest.look_again_at();
        tokio::select! {
            // A peer who broke off or spoke no HTTP is nothing to be told of.
            _ = connection.as_mut() => break,
            () = guest.told_to_leave() => break,
            () = sleep_until(look_again_at) => {
                if guest.is_overdue() {
                    break;
                }
            }
            _ = stopped.wait_for(|stop| *stop), if !is_stopping => {
                if guest.only_waits() {
                    break;
                }
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone)]
struct Visitor {
    caller: Caller,
    /// In the handshake.
    shown: Option<Shown>,
}

impl Visitor {
    fn of(caller: Caller) -> Self {
        Self {
            caller,
            shown: None,
        }
    }

    /// What each request of it bears.
    fn introduce(self, request: &mut Request<Body>) {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(self.caller));
        if let Some(shown) = self.shown {
            if let Some(peer) = shown.peer() {
                extensions.insert(peer.clone());
            }
            extensions.insert(shown);
        }
    }
}

/// Answers one request of the connection that has the seat.
fn answer(
    works: Works,
    seat: &Arc<Seat>,
    visitor: Visitor,
    request: Request<Incoming>,
) -> impl Future<Output = Result<hyper::Response<Body>, Infallible>> + use<> {
    let (guest, seats) = (Arc::clone(seat.guest()), seat.seats().clone());
    let mut request = request.map(|body| Body::new(Received::new(body, Arc::clone(&guest))));
    let refused = works.refusal(&visitor);
    visitor.introduce(&mut request);
    request
        .extensions_mut()
        .insert(Share::of(seat));
    async move {
        let is_behind_tls = works.door.is_some();
        let is_refused = refused.is_some();
        let mut response = match refused {
            Some(problem) => problem.into_response(),
            None => works.handle(request).await,
        };
        if is_refused || seats.are_waited_for(is_behind_tls) {
            // Whoever asks again at once would have its seat for good, and a newcomer none.
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| Body::new(Answer::new(body, guest))))
    }
}

/// Who handles requests, and behind which door: the threads that receive them, or others.
#[derive(Clone)]
struct Works {
    router: Router,
    door: Option<TlsDoor>,
    inside: Option<Handle>,
}

impl Works {
    fn of(router: Router, door: Option<TlsDoor>) -> Self {
        Self {
            router,
            door,
            inside: None,
        }
    }

    fn inside(self, inside: Handle) -> Self {
        Self {
            inside: Some(inside),
            ..self
        }
    }

    /// Why who was let in is not answered any more.
    fn refusal(&self, visitor: &Visitor) -> Option<Problem> {
        let door = self.door.as_ref()?;
        let refused = door
            .still_accepts(visitor.shown.as_ref())
            .err()?;
        Some(Problem::Peer(Box::new(refused)))
    }

    async fn handle(self, request: Request<Body>) -> axum::response::Response {
        let handled = async {
            let Ok(response) = self.router.oneshot(request).await;
            response
        };
        match self.inside {
            Some(inside) => ended(inside.spawn(handled)).await,
            None => handled.await,
        }
    }
}

/// What a task answers, which ends when nobody waits for it any more. A panic there is one here.
async fn ended<T>(task: JoinHandle<T>) -> T {
    struct Ends<T>(JoinHandle<T>);

    impl<T> Drop for Ends<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    let mut task = Ends(task);
    match (&mut task.0).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Its threads have gone: the process ends.
            Err(_) => pending().await,
        },
    }
}
