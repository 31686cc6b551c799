//! A provider double: an OAI-PMH repository in memory that does wrong what it is told to do wrong.
//!
//! It shares no code with the gateway: what the gateway harvests here must not come out of the
//! gateway's own provider. It is quick enough (thousands of pages a second) to stand beside a
//! benchmark without being its bottleneck: records are written once and pages put together from
//! them. [`Provider`] is a running one, [`Profile`] says how it is as a whole, a [`Rule`] makes one
//! [`Fault`] happen at one [`Place`], and [`Holding`] is what it has, to be changed between harvests.

mod answer;
mod fault;
mod holding;
mod http;
mod log;
mod names;
mod profile;
mod record;

pub use answer::Arguments;
pub use fault::{Fault, Place, Rule, Truncation};
pub use holding::{Entry, Holding, Selection};
pub use log::{Exchange, RequestLog};
pub use names::{FAULTS, rule};
pub use profile::{Case, ListSize, Order, Profile, TokenForm};
pub use record::{Format, author_of, identifier, number_of, title_of};

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub profile: RwLock<Profile>,
    pub holding: RwLock<Holding>,
    pub rules: Mutex<Vec<Rule>>,
    pub log: RequestLog,
    /// Requests answered, for orders that change from one to the next.
    pub served: AtomicU64,
    pub ended: AtomicBool,
    pub base_url: String,
}

impl Shared {
    pub fn profile(&self) -> RwLockReadGuard<'_, Profile> {
        self.profile.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn holding(&self) -> RwLockReadGuard<'_, Holding> {
        self.holding.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fault of this place, if there is one left; it is used up.
    pub fn fault_at(&self, verb: &str, page: Option<usize>) -> Option<Fault> {
        let mut rules = self.rules();
        let rule =
            rules.iter_mut().filter_map(|rule| rule.applies(verb, page).then_some(rule)).next()?;
        rule.used += 1;
        Some(rule.fault.clone())
    }
}

/// A running provider; it ends when dropped.
#[derive(Debug)]
pub struct Provider {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

impl Provider {
    /// A provider on a free port of this machine.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(profile: Profile) -> io::Result<Self> {
        Self::listen(profile, "127.0.0.1:0")
    }

    /// A provider on an address.
    ///
    /// # Errors
    /// When the address is taken.
    pub fn listen(profile: Profile, address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            holding: RwLock::new(Holding::of(&profile)),
            profile: RwLock::new(profile),
            rules: Mutex::default(),
            log: RequestLog::default(),
            served: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            base_url: format!("http://{address}/oai"),
        });
        let accepting = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || http::accept(&listener, &accepting));
        Ok(Self { shared, address, accepting: Some(accepting) })
    }

    /// Base URL.
    pub fn url(&self) -> &str {
        &self.shared.base_url
    }

    /// How it is; what is changed here holds from the next request on.
    pub fn profile(&self) -> RwLockWriteGuard<'_, Profile> {
        self.shared.profile.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has; what is changed here holds from the next request on.
    pub fn holding(&self) -> RwLockWriteGuard<'_, Holding> {
        self.shared.holding.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it is asked and what it answered.
    pub fn log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// Seconds since 1970 by the clock of this server, which may be wrong on purpose.
    pub fn now(&self) -> i64 {
        self.shared.profile().now()
    }

    /// Adds a rule.
    pub fn inject(&self, rule: Rule) {
        self.shared.rules().push(rule);
    }

    /// Forgets all rules: the provider is well again.
    pub fn heal(&self) {
        self.shared.rules().clear();
    }

    /// How often the rules have struck.
    pub fn struck(&self) -> u32 {
        self.shared.rules().iter().map(|rule| rule.used).sum()
    }

    /// Waits until it is ended from outside.
    pub fn wait(mut self) {
        if let Some(accepting) = self.accepting.take() {
            let _ended = accepting.join();
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // A last visitor wakes the thread that accepts.
        let _woken = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ended = accepting.join();
        }
    }
}
