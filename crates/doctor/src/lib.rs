//! Finds what is wrong with reader, card, browser and services, and says the fix.
#![forbid(unsafe_code)]
