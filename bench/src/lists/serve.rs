//! Authority and responder in one process, wired and wrapped as `shirushi up` wires and wraps them, with many revocations on record.

use crate::{Failure, arguments::ServeLists, office};
use shirushi_authority::{Authority, ListKey};
use shirushi_clock::{Clock, SystemClock};
use shirushi_crypto::{DigestAlgorithm, SystemRandom};
use shirushi_profile::{
    CertificateKind, CrlScope, MUNICIPALITIES, SerialNumber,
    ocsp::{CertId, build_request},
};
use shirushi_responder::{Memory, ResponderKeys, ResponderParty};
use shirushi_store::{Store, Value};
use shirushi_town::{OwnRecords, ResponderWitness, responder_keys};
use shirushi_web::{AllowedHosts, Face, Seats};
use std::{net::Ipv4Addr, sync::Arc, thread, time::Instant};
use tokio::{net::TcpListener, sync::mpsc};

const KIND: CertificateKind = CertificateKind::Signature;

/// From now on, in seconds: ten years.
const LIFE: i64 = 10 * 365 * 86_400;

/// Revocations written at once.
const BATCH: usize = 10_000;

/// Serves until standard input ends. Prints the address and an OCSP request about a live certificate first; each further line of input
/// is one more revocation, answered with the seconds until its list was served.
pub(crate) fn serve(arguments: &ServeLists) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::at("the runtime"))?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: &ServeLists) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Made a minute ago: what is recorded now is later than the authority.
    let begun = clock.now().plus_seconds(-60);
    let ceremony = Arc::new(office::ceremony(folder, begun)?);
    let store = office::store(folder).await?;
    let path = folder.join("responder.db");
    let url = format!("sqlite://{}", path.display());
    let memory = Memory::open(Store::open(&url, shirushi_responder::MIGRATIONS).await?).await?;
    let mut records = Records {
        store: store.clone(),
        last: 0,
    };
    let authority = Authority::open(
        store,
        Arc::clone(&ceremony),
        Arc::clone(&clock),
        Arc::new(SystemRandom),
    )
    .await?;
    // What is written past the log from here on would be called damage at a start.
    authority.look_through().await?;
    records
        .add(arguments.revocations as usize)
        .await?;
    authority
        .attach_witness(Arc::new(ResponderWitness(memory.clone())))
        .await?;
    authority.publish_due().await?;
    let alive = records.live().await?;
    let keys = Arc::new(ResponderKeys::new(responder_keys(&ceremony)));
    let own_records = Arc::new(OwnRecords(authority.clone()));
    let routes = ResponderParty::of(memory, keys, own_records, None, clock)
        .into_service()
        .public;
    let at = || Failure::at("the listening socket");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(at())?;
    let address = listener.local_addr().map_err(at())?;
    let hosts = AllowedHosts::new(&address.to_string()).map_err(|error| Failure::Outcome {
        fault: error.to_string(),
    })?;
    let id = CertId::new(&ceremony.certificate(KIND), &alive, DigestAlgorithm::Sha256)?;
    println!("{address} {}", hex::encode(build_request(&[id], None)?));
    let orders = take_orders(authority, records);
    Ok(shirushi_web::serve(
        listener,
        Face::new(hosts).wrap(routes),
        Seats::of_this_process()?,
        async {
            if let Err(failure) = orders.await {
                eprintln!("{failure}");
            }
        },
    )
    .await?)
}

async fn take_orders(authority: Authority, mut records: Records) -> Result<(), Failure> {
    let (heard, mut lines) = mpsc::channel(1);
    // Ends with the input, or with an error of it.
    thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || heard.blocking_send(()).is_err() {
                return;
            }
        }
    });
    let key = ListKey {
        kind: KIND,
        generation: 1,
        scope: CrlScope::Complete,
    };
    while lines.recv().await.is_some() {
        let number = |authority: &Authority| {
            authority
                .list(&key)
                .and_then(|list| list.list.number())
        };
        let before = number(&authority);
        records.add(1).await?;
        let begun = Instant::now();
        authority.publish_due().await?;
        if number(&authority) <= before {
            return Err(Failure::Outcome {
                fault: "no list was made".to_owned(),
            });
        }
        println!("{}", begun.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Revocations written as the authority writes them, without the applications that they would need.
struct Records {
    store: Store,
    last: i64,
}

impl Records {
    async fn add(&mut self, many: usize) -> Result<(), Failure> {
        let now = SystemClock.now().unix();
        let mut left = many;
        while left > 0 {
            let size = left.min(BATCH);
            let serials: Vec<String> = (0..size)
                .map(|_| SerialNumber::random(&SystemRandom).to_string())
                .collect();
            let rows: Vec<Vec<Value>> = serials
                .iter()
                .zip(MUNICIPALITIES.iter().cycle())
                .map(|(serial, place)| {
                    vec![
                        serial.as_str().into(),
                        KIND.to_string().into(),
                        place.code.as_str().into(),
                        now.into(),
                        "affiliationChanged".into(),
                        (now + LIFE).into(),
                    ]
                })
                .collect();
            let places: Vec<Vec<Value>> = (self.last + 1..)
                .zip(&serials)
                .map(|(place, serial)| vec![place.into(), serial.as_str().into()])
                .collect();
            let mut transaction = self.store.begin().await?;
            transaction
                .insert_many(
                    "INSERT INTO revocations (serial, kind, municipality, revoked_at, reason, not_after) VALUES",
                    &rows,
                )
                .await?;
            transaction
                .insert_many(
                    "INSERT INTO revocation_order (position, serial) VALUES",
                    &places,
                )
                .await?;
            transaction.commit().await?;
            self.last += i64::try_from(size).unwrap_or(i64::MAX);
            left -= size;
        }
        Ok(())
    }

    /// A live certificate, as far as a status needs it.
    async fn live(&self) -> Result<SerialNumber, Failure> {
        let serial = SerialNumber::random(&SystemRandom);
        let now = SystemClock.now().unix();
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                "INSERT INTO certificates (serial, kind, resident, municipality, application, register_sequence, not_before,
                    not_after, der, state) VALUES ($1, $2, $1, '13998', $1, 0, $3, $4, $5, 'live')",
                &[
                    serial.to_string().into(),
                    KIND.to_string().into(),
                    (now - 60).into(),
                    (now + LIFE).into(),
                    Value::Bytes(Vec::new()),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(serial)
    }
}
