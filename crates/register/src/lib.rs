//! (room `register`)
