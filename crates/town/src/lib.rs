//! (room `town`)
