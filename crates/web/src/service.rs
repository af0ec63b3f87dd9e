//! A party of the city in service, the same whether it shares a process with others or has one of its own.

use crate::{BearerToken, with_bearer, with_role};
use axum::Router;
use shirushi_roles::Role;
use std::{fmt, future::Future, pin::Pin};
use tokio::task::JoinSet;

/// Something that a party does by itself, for as long as it is in service.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A party that is ready to be let in to: what is asked of it, and what it does by itself.
#[must_use]
pub struct Service {
    /// What the other parties ask, each route behind the [`Entry`] that it has.
    pub roles: Router,
    /// What anybody may ask.
    pub public: Router,
    /// Its pages for people: the origin that they are at, and their routes.
    pub site: Option<(String, Router)>,
    tasks: Vec<Task>,
}

impl Service {
    /// A party with these routes, which does nothing by itself.
    pub fn new(roles: Router, public: Router) -> Self {
        Self {
            roles,
            public,
            site: None,
            tasks: Vec::new(),
        }
    }

    /// The same, with pages for people at this origin.
    pub fn with_site(self, origin: String, pages: Router) -> Self {
        Self {
            site: Some((origin, pages)),
            ..self
        }
    }

    /// The same, which also does this by itself. It is dropped, wherever it stands, when the party goes out of service.
    pub fn with_task(mut self, task: impl Future<Output = ()> + Send + 'static) -> Self {
        self.tasks.push(Box::pin(task));
        self
    }

    /// Takes what it does by itself out, to be run beside what is served.
    pub fn take_tasks(&mut self) -> Tasks {
        Tasks(std::mem::take(&mut self.tasks))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field(
                "site",
                &self
                    .site
                    .as_ref()
                    .map(|(origin, _)| origin),
            )
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

/// What parties do by themselves.
#[derive(Default)]
pub struct Tasks(Vec<Task>);

impl Tasks {
    /// These and those.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Begins all of them.
    pub fn begin(self) -> Running {
        let mut running = JoinSet::new();
        for task in self.0 {
            running.spawn(task);
        }
        Running(running)
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tasks")
            .field(&self.0.len())
            .finish()
    }
}

/// Tasks that run. Dropped, they end some time later.
#[derive(Debug)]
pub struct Running(JoinSet<()>);

impl Running {
    /// Ends them; what they held is free when this returns.
    pub async fn end(mut self) {
        self.0.shutdown().await;
    }
}

/// By what other parties are let in to a party's routes.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Whoever bears this token: between the parties of one process, on loopback.
    Bearer(BearerToken),
    /// Services of these roles, which mutual TLS has authenticated.
    Roles(Vec<Role>),
}

impl Entry {
    /// Lets only those reach the routes added so far.
    pub fn guard<S>(&self, routes: Router<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        match self {
            Self::Bearer(token) => with_bearer(routes, token.clone()),
            Self::Roles(roles) => with_role(routes, roles),
        }
    }
}
