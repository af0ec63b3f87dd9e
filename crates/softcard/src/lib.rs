//! A My Number Card in software: the applications of the card as a pure applet (bytes in, bytes out), and the tear-safe file
//! that is its memory.
//!
//! What is public about the card is restated in `facts/card.md`, and this room implements its §4 (applications), §5–§7 (JPKI
//! files), §8 (PINs), §9 (commands), §10 (status words), §11 (security state), §12 (signing), §13–§15 (the other applications,
//! as far as they can be without the manufacturer's signatures) and the contract of §19. What nobody outside knows stands in
//! the one module `unknowns`, choice by choice.
//!
//! A card can be where its users are: in a reader that every program of the machine sees ([`vpcd`]), or in its file as if that were a
//! reader ([`CardFile`]); and what goes wrong on the way to it can be ordered ([`faults`]).
//!
//! # What a power cut may do
//! At every instant the file is the state before a command or after it; VERIFY has one state between, with the try spent. A
//! command is answered with success only when its state is on the disk; when the disk refuses, the answer is 6581 and the card
//! goes on with the old state. A try is spent on the disk *before* a PIN is compared (E13).
//!
//! # What the file holds
//! Private keys, the 個人番号 (invented) and salted hashes of the PINs, readable by its owner only. It is as secret as a card
//! lying on the table with its PINs written on it; it is for sandboxes. What it is not protected against: being copied, and
//! put back, by its owner, who thereby also puts back the tries.
//!
//! ```
//! # use shirushi_softcard::*;
//! # use std::sync::Arc;
//! # let keys = shirushi_personalisation::CardKeys::from_secret(&shirushi_crypto::Secret::new(vec![0; 32]))?;
//! # let folder = tempfile::tempdir()?;
//! let manufacture = Manufacture {
//!     kind: CardKind::IndividualNumberCard,
//!     card_number: "0000000012345678".to_owned(),
//!     keys,
//!     text: None,
//!     variant: Variant::default(),
//! };
//! let path = folder.path().join("card");
//! let mut card = SoftCard::create_file(&path, manufacture, Arc::new(shirushi_crypto::SystemRandom))?;
//! let select = shirushi_apdu::select::application(&shirushi_apdu::JPKI_AID);
//! assert_eq!(card.answer(&select.to_bytes()), [0x90, 0x00]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod card;
mod card_file;
mod commands;
mod disk;
mod error;
pub mod faults;
mod files;
mod issuer;
mod manufacture;
mod pin;
mod session;
mod state;
mod unknowns;
mod variant;
pub mod vpcd;

pub use card::SoftCard;
pub use card_file::CardFile;
pub use disk::{Disk, FileDisk, Folder, FolderDisk, SystemFolder};
pub use error::{Damage, SoftCardError};
pub use manufacture::{CardKind, HolderText, Manufacture, Sex};
pub use variant::{Atr, Blocked, EmptyVerify, Generation, Schemes, Variant};
