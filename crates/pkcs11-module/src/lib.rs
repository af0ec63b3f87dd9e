//! The C face of the PKCS#11 module.
