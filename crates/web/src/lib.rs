//! (room `web`)
