//! (room `ledger`)
