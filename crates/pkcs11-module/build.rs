//! Tells the linker that the library stays loaded once it is.

fn main() {
    // A thread may still wait in it for a card that another program holds, and its memory for secrets is kept for the life of
    // the process: `dlclose` must not take the code away.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo::rerun-if-changed=build.rs");
}
