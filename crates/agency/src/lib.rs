//! (room `agency`)
