//! The way from C into the module and back.

use crate::instance;
use cryptoki_sys::{CK_RV, CKR_OK};
use shirushi_pkcs11::{Fault, Module};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

/// Runs a function that needs no initialised module.
pub(crate) fn enter(name: &str, work: impl FnOnce() -> Result<(), Fault>) -> CK_RV {
    let fault = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return CKR_OK,
        Ok(Err(fault)) => fault,
        Err(_) => Fault::General,
    };
    explain(name, &fault);
    fault.rv()
}

/// Runs a function of the initialised module.
pub(crate) fn with_module(
    name: &str,
    work: impl FnOnce(Arc<Module>) -> Result<(), Fault>,
) -> CK_RV {
    enter(name, || work(instance::current()?))
}

/// Says on standard error what happened, where that is wanted. Never a PIN: faults have no data.
pub(crate) fn explain(name: &str, what: &dyn std::fmt::Display) {
    static IS_WANTED: OnceLock<bool> = OnceLock::new();
    if *IS_WANTED.get_or_init(|| std::env::var_os("SHIRUSHI_PKCS11_DEBUG").is_some()) {
        eprintln!("shirushi-pkcs11: {name}: {what}");
    }
}
