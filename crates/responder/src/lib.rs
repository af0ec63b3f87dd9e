//! (room `responder`)
