//! Our responder as a process of its own, wrapped as `shirushi up` wraps it.

use super::{
    case::{KIND, index_of},
    index,
};
use crate::{
    Failure,
    arguments::{Knowledge, ServeOcsp},
    office,
};
use shirushi_authority::{Authority, AuthorityError, CertificateState};
use shirushi_clock::{Clock, SystemClock};
use shirushi_crypto::SystemRandom;
use shirushi_profile::{CertificateKind, CrlScope, Generation, SerialNumber};
use shirushi_responder::{
    Answered, List, ResponderKeys, SourceFailed, StatusAnswer, StatusSource, router,
};
use shirushi_town::responder_keys;
use shirushi_web::{AllowedHosts, Face, Seats};
use std::{collections::HashSet, io::Read as _, net::Ipv4Addr, sync::Arc, thread};
use tokio::{net::TcpListener, sync::oneshot};

/// Serves until standard input ends. Prints the address first.
pub(crate) fn serve(arguments: &ServeOcsp) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::at("the runtime"))?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: &ServeOcsp) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let ceremony = Arc::new(office::ceremony(folder, SystemClock.now())?);
    let source: Arc<dyn StatusSource> = match arguments.knowledge {
        Knowledge::Memory => Arc::new(Index(index::read(&index_of(folder))?)),
        Knowledge::Database => Arc::new(Database(
            Authority::open(
                office::store(folder).await?,
                Arc::clone(&ceremony),
                Arc::new(SystemClock),
                Arc::new(SystemRandom),
            )
            .await?,
        )),
    };
    let routes = router(
        source,
        Arc::new(ResponderKeys::new(responder_keys(&ceremony))),
        Arc::new(SystemClock),
    );
    let at = || Failure::at("the listening socket");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(at())?;
    let address = listener.local_addr().map_err(at())?;
    let hosts = AllowedHosts::new(&address.to_string()).map_err(|error| Failure::Outcome {
        fault: error.to_string(),
    })?;
    println!("{address}");
    Ok(shirushi_web::serve(
        listener,
        Face::new(hosts).wrap(routes),
        Seats::of_this_process()?,
        end_of_input(),
    )
    .await?)
}

/// Resolves when whoever started this process closes the pipe, or dies.
async fn end_of_input() {
    let (ended, end) = oneshot::channel();
    thread::spawn(move || {
        // An error ends it as well as the end does.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    let _ = end.await;
}

/// The certificates of `index.txt`, in memory.
struct Index(HashSet<SerialNumber>);

impl StatusSource for Index {
    fn status<'a>(
        &'a self,
        kind: CertificateKind,
        _generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, StatusAnswer> {
        let status = if kind == KIND && self.0.contains(serial) {
            CertificateState::Good
        } else {
            CertificateState::Unknown
        };
        Box::pin(async move {
            Ok(StatusAnswer {
                status,
                as_of: SystemClock.now(),
            })
        })
    }

    fn crl(
        &self,
        _kind: CertificateKind,
        _generation: Generation,
        _scope: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>> {
        Box::pin(async { Ok(None) })
    }
}

/// The authority's database, asked at each request: what the city does.
struct Database(Authority);

impl StatusSource for Database {
    fn status<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, StatusAnswer> {
        Box::pin(async move {
            let as_of = SystemClock.now();
            let status = self
                .0
                .status_of(kind, generation, serial)
                .await
                .map_err(failed)?;
            Ok(StatusAnswer { status, as_of })
        })
    }

    fn crl(
        &self,
        _kind: CertificateKind,
        _generation: Generation,
        _scope: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>> {
        Box::pin(async { Ok(None) })
    }
}

fn failed(error: AuthorityError) -> SourceFailed {
    SourceFailed(Box::new(error))
}
