//! (room `softcard`)
