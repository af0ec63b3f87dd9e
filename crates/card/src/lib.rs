//! (room `card`)
