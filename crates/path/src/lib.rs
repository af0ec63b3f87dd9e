//! (room `path`)
