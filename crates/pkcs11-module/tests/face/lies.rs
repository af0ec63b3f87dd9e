//! Calls that no honest program makes: every function with lengths that lie, handles that are none and pointers that are NULL. Nothing
//! crashes, nothing hangs, and no try is spent.
//!
//! A length that something could have is honest here, for of a pointer that is shorter nobody can know: all point into one block that is
//! as long as the longest honest length.

use crate::{
    api::{Api, alone, alone_under, call},
    cards::PIN,
};
use cryptoki_sys::*;
use std::{
    ptr,
    time::{Duration, Instant},
};

/// Bytes of the block.
const BLOCK: usize = 0x1_0000;
/// Lengths that the block has.
const HONEST: [CK_ULONG; 22] = [
    0, 1, 2, 3, 4, 6, 8, 16, 24, 31, 32, 33, 64, 245, 246, 255, 256, 257, 4095, 4096, 65_535,
    65_536,
];
/// Lengths that nothing has.
const LYING: [CK_ULONG; 12] = [
    0x4000_0001,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0x1_0000_0000,
    1 << 40,
    1 << 47,
    1 << 62,
    0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000,
    CK_ULONG::MAX - 1,
    CK_ULONG::MAX,
];
/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Attributes that the template has room for.
const ATTRIBUTES: usize = 256;
const MECHANISMS: [CK_MECHANISM_TYPE; 9] = [
    CKM_RSA_PKCS,
    CKM_SHA1_RSA_PKCS,
    CKM_SHA256_RSA_PKCS,
    CKM_RSA_PKCS_PSS,
    CKM_SHA256_RSA_PKCS_PSS,
    CKM_SHA256,
    CKM_SHA512,
    CKM_ECDSA,
    CK_ULONG::MAX,
];
const TYPES: [CK_ATTRIBUTE_TYPE; 8] = [
    CKA_CLASS,
    CKA_TOKEN,
    CKA_LABEL,
    CKA_ID,
    CKA_VALUE,
    CKA_MODULUS,
    CKA_PRIVATE_EXPONENT,
    CK_ULONG::MAX,
];

/// xorshift64*: the same calls each time.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0
            .wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() >> 33) as usize % most
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A length of something that is read.
    fn length(&mut self) -> CK_ULONG {
        match self.below(3) {
            0 => self.one(&LYING),
            _ => self.one(&HONEST),
        }
    }

    /// How much room something has, which is written to as far as it is needed: this may lie.
    fn room(&mut self) -> CK_ULONG {
        self.length()
    }
}

/// What the calls are given.
struct Hand {
    draws: Draws,
    block: Vec<u8>,
    template: Vec<CK_ATTRIBUTE>,
    parameter: CK_RSA_PKCS_PSS_PARAMS,
    sessions: Vec<CK_SESSION_HANDLE>,
    objects: Vec<CK_OBJECT_HANDLE>,
}

impl Hand {
    fn pointer(&mut self) -> *mut u8 {
        match self.draws.below(8) {
            0 => ptr::null_mut(),
            _ => self.block.as_mut_ptr(),
        }
    }

    fn session(&mut self) -> CK_SESSION_HANDLE {
        match self.draws.below(10) {
            0 => self.draws.one(&LYING),
            _ => {
                let at = self
                    .draws
                    .below(self.sessions.len().max(1));
                self.sessions
                    .get(at)
                    .copied()
                    .unwrap_or_default()
            }
        }
    }

    fn object(&mut self) -> CK_OBJECT_HANDLE {
        match self.draws.below(6) {
            0 => self.draws.one(&LYING),
            _ => {
                let at = self
                    .draws
                    .below(self.objects.len().max(1));
                self.objects
                    .get(at)
                    .copied()
                    .unwrap_or_default()
            }
        }
    }

    fn slot(&mut self) -> CK_SLOT_ID {
        self.draws
            .one(&[0, 0, 0, 1, 1, 1, 2, 1 << 40, CK_ULONG::MAX])
    }

    /// Attributes and how many there are said to be.
    fn attributes(&mut self) -> (*mut CK_ATTRIBUTE, CK_ULONG) {
        let count = match self.draws.below(4) {
            0 => self.draws.one(&LYING),
            1 => self
                .draws
                .one(&[257, 1000, 4096, 65_536]),
            _ => self
                .draws
                .one(&[0, 1, 1, 2, 2, 5, 255, 256]),
        };
        for place in 0..ATTRIBUTES {
            self.template[place] = CK_ATTRIBUTE {
                type_: self.draws.one(&TYPES),
                pValue: self.pointer().cast(),
                ulValueLen: self.draws.length(),
            };
        }
        match self.draws.below(8) {
            0 => (ptr::null_mut(), count),
            _ => (self.template.as_mut_ptr(), count),
        }
    }

    fn mechanism(&mut self) -> CK_MECHANISM {
        self.parameter = CK_RSA_PKCS_PSS_PARAMS {
            hashAlg: self
                .draws
                .one(&[CKM_SHA256, CKM_SHA256, CKM_SHA_1, CK_ULONG::MAX]),
            mgf: self
                .draws
                .one(&[CKG_MGF1_SHA256, CKG_MGF1_SHA256, CK_ULONG::MAX]),
            sLen: self
                .draws
                .one(&[32, 32, 32, 0, 1 << 40, CK_ULONG::MAX]),
        };
        let size = size_of::<CK_RSA_PKCS_PSS_PARAMS>() as CK_ULONG;
        let (parameter, length): (*mut CK_RSA_PKCS_PSS_PARAMS, CK_ULONG) = match self.draws.below(5)
        {
            0 => (ptr::null_mut(), 0),
            1 => (ptr::null_mut(), size),
            2 => (&raw mut self.parameter, self.draws.one(&LYING)),
            3 => (&raw mut self.parameter, 0),
            _ => (&raw mut self.parameter, size),
        };
        CK_MECHANISM {
            mechanism: self.draws.one(&MECHANISMS),
            pParameter: parameter.cast(),
            ulParameterLen: length,
        }
    }

    /// One call; what it answers.
    #[allow(clippy::too_many_lines, reason = "a line for each function")]
    fn call(&mut self, api: &Api) -> CK_RV {
        let (session, object, slot) = (self.session(), self.object(), self.slot());
        let (data, more) = (self.pointer(), self.pointer());
        let (length, other) = (self.draws.length(), self.draws.length());
        let mut room = self.draws.room();
        let mut mechanism = self.mechanism();
        let out = match self.draws.below(10) {
            0 => ptr::null_mut(),
            _ => &raw mut room,
        };
        match self.draws.below(32) {
            0 => call!(api, C_GetSlotList, CK_TRUE, data.cast(), out),
            1 => call!(api, C_GetSlotInfo, slot, data.cast()),
            2 => call!(api, C_GetTokenInfo, slot, data.cast()),
            3 => call!(api, C_GetMechanismList, slot, data.cast(), out),
            4 => call!(
                api,
                C_GetMechanismInfo,
                slot,
                mechanism.mechanism,
                data.cast()
            ),
            5 => {
                let mut opened = 0;
                let flags =
                    self.draws
                        .one(&[CKF_SERIAL_SESSION, CKF_SERIAL_SESSION | CKF_RW_SESSION, 0]);
                let rv = call!(
                    api,
                    C_OpenSession,
                    slot,
                    flags,
                    ptr::null_mut(),
                    None,
                    &raw mut opened
                );
                if rv == CKR_OK {
                    self.sessions.push(opened);
                }
                rv
            }
            6 if self.sessions.len() > 8 => {
                let closed = self.sessions.remove(0);
                call!(api, C_CloseSession, closed)
            }
            7 => call!(api, C_GetSessionInfo, session, data.cast()),
            // Nothing but 0xEE: no PIN.
            8 => {
                self.block.fill(0xEE);
                let user = self.draws.one(&[
                    CKU_USER,
                    CKU_USER,
                    CKU_CONTEXT_SPECIFIC,
                    CKU_SO,
                    CK_ULONG::MAX,
                ]);
                call!(api, C_Login, session, user, data, length)
            }
            9 => {
                self.block.fill(0xEE);
                call!(api, C_SetPIN, session, data, length, more, other)
            }
            10 | 11 => {
                let (template, count) = self.attributes();
                call!(api, C_FindObjectsInit, session, template, count)
            }
            12 | 13 => {
                let mut found = 0;
                // The block has room for 8192 handles, and a token has four objects.
                let rv = call!(
                    api,
                    C_FindObjects,
                    session,
                    data.cast(),
                    length,
                    &raw mut found
                );
                if rv == CKR_OK && !data.is_null() {
                    let handles = data.cast::<CK_OBJECT_HANDLE>();
                    for at in 0..found as usize {
                        self.objects
                            .push(unsafe { handles.add(at).read_unaligned() });
                    }
                    let surplus = self.objects.len().saturating_sub(64);
                    self.objects.drain(..surplus);
                }
                rv
            }
            14 => call!(api, C_FindObjectsFinal, session),
            15 | 16 => {
                let (template, count) = self.attributes();
                call!(api, C_GetAttributeValue, session, object, template, count)
            }
            17 => call!(api, C_DigestInit, session, &raw mut mechanism),
            18 => call!(api, C_Digest, session, data, length, more, out),
            19 => call!(api, C_DigestUpdate, session, data, length),
            20 => call!(api, C_DigestFinal, session, more, out),
            21 => call!(api, C_SignInit, session, &raw mut mechanism, object),
            22 => call!(api, C_Sign, session, data, length, more, out),
            23 => call!(api, C_SignUpdate, session, data, length),
            24 => call!(api, C_SignFinal, session, more, out),
            25 => call!(api, C_VerifyInit, session, &raw mut mechanism, object),
            26 => call!(api, C_Verify, session, data, length, more, other),
            27 => call!(api, C_VerifyUpdate, session, data, length),
            28 => call!(api, C_VerifyFinal, session, data, length),
            29 => call!(api, C_GenerateRandom, session, data, length),
            30 => call!(api, C_SeedRandom, session, data, length),
            _ => call!(
                api,
                C_WaitForSlotEvent,
                CKF_DONT_BLOCK,
                data.cast(),
                ptr::null_mut()
            ),
        }
    }
}

/// So many calls, logged in and not.
fn calls(api: &Api, count: usize, patience: Duration) {
    api.initialize();
    let mut hand = Hand {
        draws: Draws(0x5EED_0011),
        block: vec![0xEE; BLOCK],
        template: vec![CK_ATTRIBUTE::default(); ATTRIBUTES],
        parameter: CK_RSA_PKCS_PSS_PARAMS::default(),
        sessions: Vec::new(),
        objects: Vec::new(),
    };
    let mut answers = std::collections::BTreeMap::<CK_RV, usize>::new();
    let mut longest = Duration::ZERO;
    for n in 0..count {
        if n == count / 2 {
            hand.sessions.push(api.session(0));
            let user = hand.sessions[hand.sessions.len() - 1];
            assert_eq!(api.login(user, PIN), CKR_OK);
        }
        let began = Instant::now();
        let answer = hand.call(api);
        longest = longest.max(began.elapsed());
        *answers.entry(answer).or_default() += 1;
    }
    println!("{answers:X?}, the longest {longest:?}");
    assert!(answers[&CKR_OK] > count / 20, "{answers:X?}");
    assert!(answers[&CKR_ARGUMENTS_BAD] > count / 20, "{answers:X?}");
    for never in [CKR_GENERAL_ERROR, CKR_HOST_MEMORY, CKR_DEVICE_ERROR] {
        assert_eq!(answers.get(&never), None, "{answers:X?}");
    }
    assert!(longest < patience, "{longest:?}");
    // It is as good as before.
    assert_eq!(call!(api, C_Finalize, ptr::null_mut()), CKR_OK);
    api.initialize();
    for slot in [0, 1] {
        let mut info = CK_TOKEN_INFO::default();
        assert_eq!(call!(api, C_GetTokenInfo, slot, &raw mut info), CKR_OK);
        assert_eq!(
            info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED),
            0,
            "a try was spent"
        );
    }
    let (session, key) = api.user();
    api.sign_init(session, key);
    assert_eq!(api.sign(session).0, CKR_OK);
}

#[test]
fn lengths_that_lie_do_no_harm() {
    alone("lies::lengths_that_lie_do_no_harm", |api| {
        calls(api, 5_000, PATIENCE);
    });
}

#[test]
#[ignore = "minutes"]
fn long_lengths_that_lie_do_no_harm() {
    alone("lies::long_lengths_that_lie_do_no_harm", |api| {
        calls(api, 100_000, PATIENCE);
    });
}

/// The errors in valgrind's XML in whose stacks a library stands.
fn errors_in(xml: &str, library: &str) -> Vec<String> {
    xml.split("<error>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</error>"))
        .map(|(error, _)| error)
        .filter(|error| error.contains(library))
        .map(str::to_owned)
        .collect()
}

/// What reads or writes where it should not, and does no visible harm, valgrind sees. It takes fifty times as long.
#[test]
#[ignore = "minutes"]
fn long_lengths_that_lie_do_no_harm_under_valgrind() {
    const FOUND: &str = "valgrind.xml";
    let order = [
        "valgrind",
        "--quiet",
        "--xml=yes",
        "--xml-file=valgrind.xml",
        "--num-callers=40",
        "--leak-check=no",
    ];
    let home = alone_under(
        &order,
        "lies::long_lengths_that_lie_do_no_harm_under_valgrind",
        |api| calls(api, 3_000, 50 * PATIENCE),
    );
    let Some(home) = home else {
        return;
    };
    let xml = std::fs::read_to_string(home.path().join(FOUND)).unwrap();
    // It has run to its end, with the module in it.
    assert!(xml.contains("<state>FINISHED</state>"), "{xml}");
    let errors = errors_in(&xml, "libshirushi_pkcs11.so");
    assert!(errors.is_empty(), "{}: {}", errors.len(), errors[0]);
}
