//! The C face of the PKCS#11 module: `libshirushi_pkcs11.so`.
//!
//! Three layers: a function of the list (§5 of PKCS #11 2.40), which checks pointers and lengths and turns them into slices and numbers;
//! [`entry`], through which each goes, so that nothing unwinds into C and every fault becomes a return value in one place; and the
//! methods of [`shirushi_pkcs11::Module`], where the work is done in safe Rust.
//!
//! `SHIRUSHI_PKCS11_DEBUG` in the environment makes each fault say a line on standard error, since a return value cannot.

mod entry;
mod instance;
mod list;
mod pointers;

pub use list::C_GetFunctionList;

/// Whatever passed through the module's memory is overwritten when it is freed; the program's own memory is its own.
#[global_allocator]
static ALLOCATOR: shirushi_crypto::WipingAllocator = shirushi_crypto::WipingAllocator;
