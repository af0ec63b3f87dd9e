//! (room `asn1`)
