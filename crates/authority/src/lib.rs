//! (room `authority`)
