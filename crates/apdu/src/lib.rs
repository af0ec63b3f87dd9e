//! (room `apdu`)
