//! (room `client`)
