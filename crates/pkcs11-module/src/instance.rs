//! The one module of a process.

use crate::entry::explain;
use shirushi_pkcs11::{Environment, Fault, Learned, Module};
use std::{
    ptr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicPtr, Ordering},
    },
};

/// What a process has between C_Initialize and C_Finalize.
struct Instance {
    process: u32,
    module: Mutex<Option<Arc<Module>>>,
    /// What outlives C_Finalize.
    learned: Arc<Learned>,
}

/// Never freed, so that what is read here stays true. A forked child makes its own and never touches its parent's, whose locks
/// may be held for ever by threads that the child does not have. The parent's PINs are empty in it (`crypto`).
static INSTANCE: AtomicPtr<Instance> = AtomicPtr::new(ptr::null_mut());

/// The initialised module.
pub(crate) fn current() -> Result<Arc<Module>, Fault> {
    module()
        .clone()
        .ok_or(Fault::CryptokiNotInitialized)
}

/// C_Initialize.
pub(crate) fn initialize() -> Result<(), Fault> {
    let mut module = module();
    if module.is_some() {
        return Err(Fault::CryptokiAlreadyInitialized);
    }
    let settings = Environment::of_this_process(is_privileged())
        .settings()
        .map_err(|error| {
            explain("C_Initialize", &error);
            Fault::General
        })?;
    let source = settings.source();
    let learned = Arc::clone(&of_this_process().learned);
    *module = Some(Arc::new(Module::new(source, settings, learned)));
    Ok(())
}

/// C_Finalize.
pub(crate) fn finalize() -> Result<(), Fault> {
    let module = module()
        .take()
        .ok_or(Fault::CryptokiNotInitialized)?;
    module.finish();
    Ok(())
}

/// Whether the process has rights that its user has not.
fn is_privileged() -> bool {
    rustix::process::getuid() != rustix::process::geteuid()
        || rustix::process::getgid() != rustix::process::getegid()
}

fn module() -> MutexGuard<'static, Option<Arc<Module>>> {
    of_this_process()
        .module
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn of_this_process() -> &'static Instance {
    let process = std::process::id();
    loop {
        let found = INSTANCE.load(Ordering::Acquire);
        // SAFETY: the pointer is null or one that was stored below, of an instance that is never freed.
        if let Some(instance) = unsafe { found.as_ref() }
            && instance.process == process
        {
            return instance;
        }
        let new = Box::into_raw(Box::new(Instance {
            process,
            module: Mutex::new(None),
            learned: Arc::default(),
        }));
        let stored = INSTANCE.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire);
        if stored.is_err() {
            // SAFETY: `new` was made above and nobody else has seen it.
            drop(unsafe { Box::from_raw(new) });
        }
    }
}
