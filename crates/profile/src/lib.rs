//! (room `profile`)
