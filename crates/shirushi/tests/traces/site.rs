//! A site that gives errands to whichever agent it is told.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::SystemRandom;
use shirushi_rules::{Bilingual, InBoth};
use shirushi_web::{Errands, Giver, Site, SiteConfig, Visit, errand_routes};
use shirushi_wire::{Challenge, Want};
use std::{
    sync::{Arc, OnceLock, mpsc},
    thread,
};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Wish {
    agent: String,
    password: bool,
}

/// Its origin. The first who asks has it opened; it answers as long as this process lives.
pub(crate) fn origin() -> &'static str {
    static ORIGIN: OnceLock<String> = OnceLock::new();
    ORIGIN.get_or_init(|| {
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(async {
                    let listener = TcpListener::bind("127.0.0.1:0")
                        .await
                        .unwrap();
                    let origin = format!("http://{}", listener.local_addr().unwrap());
                    let router = router(&origin);
                    tell.send(origin).unwrap();
                    axum::serve(listener, router)
                        .await
                        .unwrap();
                });
        });
        told.recv().unwrap()
    })
}

fn router(origin: &str) -> Router {
    let random = Arc::new(SystemRandom);
    let config = SiteConfig {
        origin: origin.to_owned(),
        word: "site",
        name: Bilingual {
            ja: "試験サイト",
            en: "Test site",
        },
        links: Vec::new(),
        forms_lead_to: Vec::new(),
        takes_secrets: false,
        is_sandbox: true,
    };
    let site = Site::new(config, random.clone()).unwrap();
    let name = InBoth {
        ja: "試験サイト".to_owned(),
        en: "Test site".to_owned(),
    };
    let errands: Arc<Errands<()>> = Errands::new(name, Arc::new(SystemClock), random);
    let routes = Router::new()
        .route("/give", get(give))
        .with_state(Arc::clone(&errands))
        .merge(errand_routes(errands));
    site.wrap(routes)
}

/// An errand with a PIN in it: the signature password for the certificate, or the authentication PIN for a log-in.
async fn give(
    State(errands): State<Arc<Errands<()>>>,
    visit: Visit,
    Query(wish): Query<Wish>,
) -> Response {
    let want = if wish.password {
        Want::SignatureCertificate
    } else {
        Want::LogIn {
            challenge: Challenge {
                session: "a5".repeat(32),
                nonce: "5a".repeat(16),
                issued_at: SystemClock.now(),
            },
        }
    };
    let address = errands
        .give(&visit, Giver::Stranger, &wish.agent, want, ())
        .unwrap();
    (
        visit.session_cookie(visit.session()),
        Redirect::to(&address),
    )
        .into_response()
}
