//! What is left of a password in the process's memory.

use crate::{
    api::{Api, Home, INNER, call, library, mechanism},
    cards::PASSWORD,
};
use cryptoki_sys::*;
use std::{env, fs, io::Read as _, os::unix::fs::FileExt as _};

/// A password that stands nowhere as it is: each byte is kept with this mask.
struct Masked([u8; 16]);

const MASK: u8 = 0x80;

impl Masked {
    fn random() -> Self {
        let mut bytes = [0; 16];
        fs::File::open("/dev/urandom")
            .unwrap()
            .read_exact(&mut bytes)
            .unwrap();
        let mut masked = bytes.map(|byte| (b'A' + byte % 26) | MASK);
        masked[0] = b'7' | MASK;
        Self(masked)
    }

    /// Lends the password, and wipes what it lent.
    fn lend<T>(&self, work: impl FnOnce(*mut u8, CK_ULONG) -> T) -> T {
        let mut bytes = self.0;
        for byte in &mut bytes {
            *byte &= !MASK;
        }
        let done = work(bytes.as_mut_ptr(), 16);
        for byte in &mut bytes {
            unsafe { (&raw mut *byte).write_volatile(0) };
        }
        done
    }

    /// How often the process's memory has it.
    fn count(&self) -> usize {
        let memory = fs::File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut count = 0;
        // One buffer for all, never longer than it was made: it would be found in what it left behind.
        let mut buffer = vec![0; 1 << 16];
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            if !rights.starts_with("rw") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let [mut at, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
            let own = buffer.as_ptr() as u64;
            while at < end {
                let length = usize::try_from(end - at)
                    .unwrap()
                    .min(buffer.len());
                let Ok(read) = memory.read_at(&mut buffer[..length], at) else {
                    break;
                };
                let found = buffer[..read]
                    .windows(16)
                    .enumerate()
                    .filter(|(offset, window)| {
                        let place = at + *offset as u64;
                        let is_own = (own..own + (1 << 16)).contains(&place);
                        !is_own
                            && window
                                .iter()
                                .zip(&self.0)
                                .all(|(byte, masked)| byte ^ masked == MASK)
                    });
                count += found.count();
                buffer.fill(0);
                // The next piece begins within this one, so that nothing lies across two.
                at += (read as u64).saturating_sub(15).max(1);
                if read < 16 {
                    break;
                }
            }
        }
        count
    }
}

fn login(api: &Api, session: CK_SESSION_HANDLE, user: CK_USER_TYPE, password: &Masked) -> CK_RV {
    password.lend(|bytes, length| call!(api, C_Login, session, user, bytes, length))
}

#[test]
fn a_password_is_in_memory_only_while_it_is_needed() {
    let test = "secrecy::a_password_is_in_memory_only_while_it_is_needed";
    if env::var_os(INNER).is_none() {
        let home = Home::with("signature-login = sign-once");
        let output = home
            .command(env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(INNER, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
        assert!(library().is_file());
        return;
    }
    let api = Api::load();
    api.initialize();
    let password = Masked::random();
    let mut session = 0;
    let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    assert_eq!(
        call!(
            api,
            C_OpenSession,
            1,
            flags,
            std::ptr::null_mut(),
            None,
            &raw mut session
        ),
        CKR_OK
    );
    let mut old = PASSWORD.as_bytes().to_vec();
    let changed = password
        .lend(|new, length| call!(api, C_SetPIN, session, old.as_mut_ptr(), 10, new, length));
    assert_eq!(changed, CKR_OK);
    assert_eq!(password.count(), 0, "after C_SetPIN");

    assert_eq!(login(&api, session, CKU_USER, &password), CKR_OK);
    assert_eq!(
        password.count(),
        1,
        "kept for one signature: the search finds it"
    );
    let key = api.find(session, CKO_PRIVATE_KEY)[0];
    api.sign_init(session, key);
    assert_eq!(api.sign(session).0, CKR_OK);
    assert_eq!(password.count(), 0, "after the signature");

    let mut sha = mechanism(CKM_SHA256_RSA_PKCS);
    assert_eq!(call!(api, C_SignInit, session, &raw mut sha, key), CKR_OK);
    assert_eq!(
        login(&api, session, CKU_CONTEXT_SPECIFIC, &password),
        CKR_OK
    );
    assert_eq!(password.count(), 1, "kept for the operation");
    assert_eq!(api.sign(session).0, CKR_OK);
    assert_eq!(password.count(), 0, "after the operation");

    let wrong = Masked::random();
    assert_eq!(call!(api, C_Logout, session), CKR_OK);
    assert_eq!(login(&api, session, CKU_USER, &wrong), CKR_PIN_INCORRECT);
    assert_eq!(wrong.count(), 0, "after a wrong one");
    assert_eq!(login(&api, session, CKU_USER, &password), CKR_OK);
    assert_eq!(call!(api, C_Finalize, std::ptr::null_mut()), CKR_OK);
    assert_eq!(password.count(), 0, "after C_Finalize");
}
