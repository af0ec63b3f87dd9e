//! The PKCS#11 module (PKCS#11 2.40), without its C face.
#![forbid(unsafe_code)]
