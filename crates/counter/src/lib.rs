//! (room `counter`)
