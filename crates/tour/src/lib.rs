//! (room `tour`)
