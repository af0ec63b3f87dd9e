//! (room `personalisation`)
