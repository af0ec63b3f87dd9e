//! The register as a party: its records, their delivery to the authority, and its door.

use crate::{
    AuthorityDoor, Delivery, Register, RegisterError,
    door::{Desk, Office, for_operators, look_ups, status_page},
    officers::Officers,
};
use axum::Router;
use shirushi_clock::Clock;
use shirushi_crypto::{Random, SigningKey};
use shirushi_ledger::VerifierKey;
use shirushi_peers::Peer;
use shirushi_store::Store;
use shirushi_web::{Entry, Service};
use std::sync::Arc;

/// What the register works with.
pub struct RegisterConfig {
    /// Signs events and answers to look-ups.
    pub key: Arc<dyn SigningKey>,
    /// How it is reached that a look-up's officer serves: the authority, which knows this client for the register.
    pub officers: Peer,
    /// Where events are delivered.
    pub authority: Arc<dyn AuthorityDoor>,
    /// Under which key the checkpoints of the authority's log are believed.
    pub log_key: VerifierKey,
    /// Who may look residents up, besides having an officer's signature.
    pub counters: Entry,
    /// Operators, who import residents and record changes.
    pub operators: Option<Entry>,
}

/// A register that is open and serves nobody yet.
#[derive(Debug)]
pub struct RegisterParty {
    register: Arc<Register>,
    delivery: Arc<Delivery>,
    clock: Arc<dyn Clock>,
    roles: Router,
    is_restored: bool,
}

impl RegisterParty {
    /// Opens the register over its store (with [`crate::MIGRATIONS`] applied). Nobody else need be up.
    ///
    /// # Errors
    /// Those of [`Register::open`].
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        config: RegisterConfig,
    ) -> Result<Self, RegisterError> {
        let register = Register::open(store, Arc::clone(&clock), random).await?;
        Ok(Self::of(Arc::new(register), clock, config))
    }

    /// The party around a register that is open already.
    #[must_use]
    pub fn of(register: Arc<Register>, clock: Arc<dyn Clock>, config: RegisterConfig) -> Self {
        let delivery = Delivery::new(
            Arc::clone(&register),
            Arc::clone(&config.key),
            config.log_key,
            config.authority,
        );
        let desk = Desk {
            register: Arc::clone(&register),
            key: config.key,
            officers: Officers::new(config.officers),
        };
        let mut roles = config.counters.guard(look_ups(desk));
        if let Some(operators) = &config.operators {
            let office = Office {
                register: Arc::clone(&register),
                delivery: Arc::clone(&delivery),
            };
            roles = roles.merge(operators.guard(for_operators(office)));
        }
        Self {
            roles,
            register,
            delivery,
            clock,
            is_restored: false,
        }
    }

    /// The same of a register whose database came back from a backup, which the operator has accepted.
    #[must_use]
    pub fn after_restore(mut self) -> Self {
        self.is_restored = true;
        self
    }

    /// Its records.
    #[must_use]
    pub fn register(&self) -> &Arc<Register> {
        &self.register
    }

    /// The delivery of its events.
    #[must_use]
    pub fn delivery(&self) -> &Arc<Delivery> {
        &self.delivery
    }

    /// Puts it into service: look-ups for roles, its status for everybody, and the delivery of events by itself.
    pub fn into_service(self) -> Service {
        let status = status_page(self.register, Arc::clone(&self.delivery), self.clock);
        let service = Service::new(self.roles, status);
        match self.is_restored {
            true => service.with_task(self.delivery.run_after_restore()),
            false => service.with_task(self.delivery.run()),
        }
    }
}
