//! (room `signature`)
