//! Who a service of a city is to the others: a role CA of their own, identities in folders, and mutual TLS with them.
//!
//! * [`RoleAuthority`] – the role CA in a folder: founds itself, issues ([`RoleAuthority::issue`]), renews and revokes; `shirushi role` is its
//!   face. [`IdentityFolder`] is where it writes what a service is handed.
//! * [`Identity`] – what a service opens at its start: `identity.key`, `identity.pem`, `ca.pem`, `crl.pem` of one folder, each checked, and looked at
//!   anew with each handshake.
//! * [`Identity::client`] and [`Identity::server`] – rustls configurations: TLS 1.3 alone, both ends show a certificate, nothing is resumed.
//!   `shirushi_peers::Near::with_identity` and `shirushi_web::TlsDoor::between_roles` are made of them.
//! * [`Peer`] – who the other end is: its role and its name, from the certificate ([`peer`], [`shown`]).
//! * [`PeerRefused`] – which role was expected, whose certificate was shown, and why it does not do. The end that asks finds it behind its error
//!   ([`peer_refused`]); the end that answers logs and counts it ([`Identity::health`]), and sends the alert of TLS that says the same.
//!
//! ```no_run
//! # use shirushi_roles::{Identity, Role};
//! # use std::{path::Path, sync::Arc};
//! # fn open() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity::open(Path::new("/etc/shirushi/counter-1"), Arc::new(shirushi_clock::SystemClock))?;
//! let to_the_authority = identity.client(Role::Authority)?;
//! let for_the_portal = identity.server(&[Role::Portal])?;
//! # Ok(())
//! # }
//! ```
//!
//! A certificate names its service twice: by the DNS name of its role (`counter.roles.shirushi.internal`), which stays the same wherever it
//! runs, and by a URI in the form of SPIFFE (`spiffe://roles.shirushi.internal/counter/counter-1`). Subjects are ASCII and short, so that a database can
//! know its users by them.
//!
//! Sources: RFC 5280, RFC 8446, RFC 7468; `facts/meeting-points.md` 5, 7, 22. The time, randomness and keys are arguments; the cryptography is that of
//! rustls and of the room `crypto`.
#![forbid(unsafe_code)]

mod authority;
mod certificate;
mod error;
mod files;
mod identity;
mod key;
mod peer;
mod pem;
mod refused;
mod request;
mod role;
mod shown;
mod turned_away;
mod verifier;

pub use authority::{Handed, IdentityFolder, Issued, Revocation, RoleAuthority, Standing, Which};
pub use error::RoleError;
pub use files::{AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, LIST_FILE};
pub use identity::{Fault, Health, Identity, IdentityError, Stamps};
pub use peer::{NotAServiceName, Peer, ServiceName};
pub use refused::{PeerRefused, Why, peer_refused};
pub use request::requested_key;
pub use role::{NotARole, Role};
pub use shown::{Shown, peer, shown};
pub use turned_away::{TurnedAway, turned_away};
