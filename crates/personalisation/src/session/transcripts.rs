//! Published exchanges between cards and other hosts, byte for byte, from both ends: what the host sends, what the card makes of
//! it, what the card answers, and what the host makes of that.
//!
//! * pySim (osmocom), `tests/unittests/test_globalplatform.py`: a card in the field at levels 11, 03 and 33 with AES-128, -192 and
//!   -256;
//! * Gp4Net (OpenPhysical), `TestMacCalculation`: a card with GlobalPlatform's test keys at levels 03 and 33;
//! * OpenSCP-Java (Samsung), `SmartCardScp03Aes128S8ModeEmulation`: level 33, three commands with answers.
//!
//! Their cards make pseudo-random challenges (i = 70), which changes nothing after the greeting.

use super::*;

/// A session: keys, the exchange that opens it, and what follows.
struct Transcript {
    enc: &'static str,
    mac: &'static str,
    initialize: &'static str,
    greeting: &'static str,
    authenticate: &'static str,
    exchanges: &'static [Exchange],
}

/// A command before and after it is protected, and the same of the data answered, where they are known.
struct Exchange(
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

/// What pySim's tests ask for: a command with its answer, and one of each case of ISO/IEC 7816-3 §12.1.
const EID: &str = "bf3e125a1089882119900000000000000000000005";
const ASK: &str = "84e2910006bf3e035c015a00";
const CASE_1: &str = "84f22002";
const CASE_2: &str = "84ca006600";
const CASE_3: &str = "84f220020a4f0212345c054f9f70c5";
const CASE_4: &str = "84f28002024f0000";

/// The issuer's domain, as the card of Gp4Net answers GET STATUS.
const DOMAIN: &str =
    "e3264f08a0000001510000009f700101c5039efe80c407a0000001515350cc08a000000151000000";

const ENC_128: &str = "000102030405060708090a0b0c0d0e0f";
const MAC_128: &str = "101112131415161718191a1b1c1d1e1f";
const ENC_192: &str = "000102030405060708090a0b0c0d0e0f0001020304050607";
const MAC_192: &str = "101112131415161718191a1b1c1d1e1f1011121314151617";
const ENC_256: &str = "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f";
const MAC_256: &str = "101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f";
const TEST_KEY: &str = "404142434445464748494a4b4c4d4e4f";

const TRANSCRIPTS: &[Transcript] = &[
    Transcript {
        enc: ENC_128,
        mac: MAC_128,
        initialize: "8050300008b13e5f938fc108c400",
        greeting: "000000000000000000003003703eb51047495b249f66c484c1d2ef1948000002",
        authenticate: "84821100107d5f5826a993ebc89eea24957fa0b3ce",
        exchanges: &[
            Exchange(
                ASK,
                "84e291000ebf3e035c015a558d036518a2829700",
                Some((
                    EID,
                    "bf3e125a1089882119900000000000000000000005971be68992dbbdfa",
                )),
            ),
            Exchange(CASE_1, "84f220020863a63f8959827fb2", None),
            Exchange(CASE_2, "84ca006608a0c6a4a74166f7ce00", None),
            Exchange(
                CASE_3,
                "84f22002124f0212345c054f9f70c52249b50272656536",
                None,
            ),
            Exchange(CASE_4, "84f280020a4f00e91443f6dce6b8ed00", None),
        ],
    },
    Transcript {
        enc: ENC_128,
        mac: MAC_128,
        initialize: "80503000088e1552d0513c60f300",
        greeting: "0000000000000000000030037030760cd2c47c1dd395065fe5ead8a9d7000001",
        authenticate: "8482030010fd4721a14d9b07003c451d2f8ae6bb21",
        exchanges: &[
            Exchange(
                ASK,
                "84e2910018ca9c00f6713d79bc8baa642bdff51c3f6a4082d3bd9ad26c00",
                Some((EID, EID)),
            ),
            Exchange(CASE_1, "84f2200208c9811b11f1264cf1", None),
            Exchange(CASE_2, "84ca006608e10ab60b3054798800", None),
            Exchange(
                CASE_3,
                "84f22002184e2908bdb48b2315a55482e9e936ca122d6ecfae7d17416e",
                None,
            ),
            Exchange(
                CASE_4,
                "84f28002180dd10a6b6193e5340b9e77d32d5a179cd710ac2773aefb2800",
                None,
            ),
        ],
    },
    Transcript {
        enc: ENC_128,
        mac: MAC_128,
        initialize: "8050300008fdf38259a1e0de4400",
        greeting: "000000000000000000003003703b1aca81e821f219081cdc01c26b372d000003",
        authenticate: "84823300108c36f96bcc00724a4e13ad591d7da3f0",
        exchanges: &[
            Exchange(
                ASK,
                "84e2910018267a85dfe4a98fca6fb0527e0dfecce4914e40401433c87f00",
                Some((
                    EID,
                    "f3ba2b1013aa6224f5e1c138d71805c569e5439b47576260b75fc021b25097cb2e68f8a0144975b9",
                )),
            ),
            Exchange(CASE_1, "84f2200208ac6a59024bed84cc", None),
            Exchange(CASE_2, "84ca006608409912ad8fb7aed000", None),
            Exchange(
                CASE_3,
                "84f22002185f3dafc3ac14c381536a488bf44e06d056df9d74dbd21e5a",
                None,
            ),
            Exchange(
                CASE_4,
                "84f280021865165105be3373347d0424d4400af2ac393f569ec779389e00",
                None,
            ),
        ],
    },
    Transcript {
        enc: ENC_192,
        mac: MAC_192,
        initialize: "80503100087396430b768b085b00",
        greeting: "000000000000000000003103708cfc23522ffdbf1e5df5542cac8fd866000003",
        authenticate: "84821100102145ed30b146f5db252fb7e624cec244",
        exchanges: &[
            Exchange(
                ASK,
                "84e291000ebf3e035c015aff42cf801d14394400",
                Some((
                    EID,
                    "bf3e125a1089882119900000000000000000000005162fbd33e04940a9",
                )),
            ),
            Exchange(CASE_1, "84f22002084584e4f6784811ee", None),
        ],
    },
    Transcript {
        enc: ENC_192,
        mac: MAC_192,
        initialize: "80503100089b3f2eef0e8c937400",
        greeting: "00000000000000000000310370f6bb305a15bae1a68f79fb08212fbed7000002",
        authenticate: "84823300109100bc22d58b45b86a26365ce39ff3cf",
        exchanges: &[
            Exchange(
                ASK,
                "84e29100188f7f946c84f70d17994bc6e8791251bb1bb1bf02cf8de58900",
                Some((
                    EID,
                    "c05176c1b6f72aae50c32cbee63b0e95998928fd4dfb2be9f27ffde8c8476f5909b4805cc4039599",
                )),
            ),
            Exchange(CASE_1, "84f2200208d5d97754b6b3d2ba", None),
            Exchange(CASE_2, "84ca006608516c82b8e30adbeb00", None),
            Exchange(
                CASE_3,
                "84f2200218cc247f4761e6944277a4e0d6e32e44025b1e31537e2fc668",
                None,
            ),
            Exchange(
                CASE_4,
                "84f2800218ba22b63d509bef5d093b43e5eaed03ed23144ab2d9cb51de00",
                None,
            ),
        ],
    },
    Transcript {
        enc: ENC_256,
        mac: MAC_256,
        initialize: "8050320008c6066990fc426e1d00",
        greeting: "000000000000000000003203708682cd81bbd8919f2de3f2664581f118000001",
        authenticate: "848203001077c493b632edadaf865a1e64acc07ce9",
        exchanges: &[
            Exchange(
                ASK,
                "84e29100183ddaa60594963befaada3525b492ede23c2ab2c1ce3afe4400",
                Some((EID, EID)),
            ),
            Exchange(CASE_1, "84f2200208480ddc8e419da38d", None),
        ],
    },
    Transcript {
        enc: ENC_256,
        mac: MAC_256,
        initialize: "805032000897b2055fe58599fd00",
        greeting: "00000000000000000000320370a8439a22cedf045fa9f1903b2834f26e000002",
        authenticate: "8482330010508a0fd959d2e547c6b33154a6be2057",
        exchanges: &[
            Exchange(
                ASK,
                "84e29100187a5ef717eaf1e135ae92fe54429d0e465decda65f5fe5aea00",
                Some((
                    EID,
                    "ea90dbfa648a67c5eb6abc57f8530b97d0cd5647c5e8732016b55203b078dd2ace7f8bc5d1c1cd99",
                )),
            ),
            Exchange(CASE_1, "84f2200208bcc5c17275545d93", None),
            Exchange(CASE_2, "84ca00660804806aba9d543bb600", None),
            Exchange(
                CASE_3,
                "84f2200218717222491556ec81a45f49ce48be33320024801a1c4cb0e0",
                None,
            ),
            Exchange(
                CASE_4,
                "84f2800218561f105bccd3a1642904b251ccc1228beb80a82370a8637000",
                None,
            ),
        ],
    },
    Transcript {
        enc: TEST_KEY,
        mac: TEST_KEY,
        initialize: "8050000008f5e88c6c30039a5300",
        greeting: "037000000000000000000103700d607a25d729a20f7e793686dee77faf00004a",
        authenticate: "84820300103b50ef3764ccdd83af26b8d11ed70340",
        exchanges: &[Exchange(
            CASE_4,
            "84f280021847d799bdc908166d61b7ceafd6205f731a7b8648f31bc58000",
            Some((DOMAIN, DOMAIN)),
        )],
    },
    Transcript {
        enc: TEST_KEY,
        mac: TEST_KEY,
        initialize: "8050000008a51709b085af91c100",
        greeting: "03700000000000000000010370be906a81c79caf176d073d7ef2f518f300004f",
        authenticate: "84823300102a233480144d41037d79c57d90e30672",
        exchanges: &[Exchange(
            CASE_4,
            "84f2800218a7ea1db31fc2bb6b648e7d0e9c4ae73c8f5117736d54228900",
            Some((
                DOMAIN,
                "4e44db0863ed9f4514fd486adb60aba86605a4e37f3513858891e0a87adf2e488471521d30c42cb372ef09b0508ec5ba25d4ca2294ea19f1",
            )),
        )],
    },
    Transcript {
        enc: "1d72cd9283fd55162722c6beaa4dc187",
        mac: "f4932ba02ffc3098d172790099d28382",
        initialize: "805030000806f85b77251bf79400",
        greeting: "a1a012430585513120853003709ce033fa78e6b10ddc2dbe8974c8b0de00082a",
        authenticate: "8482330010b08d6ce26b6cb3ccb411cf0296eb7b1d",
        exchanges: &[
            Exchange(
                "84f22000024f00",
                "84f22000185230ba64388b4a40e0b4da5cc1df51c285e4020d99d5aed1",
                Some((
                    "08a00000015141434c010010a0000002202003010101000000000006010010a0000002202003010101000000000011010005a0000002480100",
                    "bd3292bfb1a23c4478e37292ba1edf438770ce472fb7611fbdbd1c981a27fa4780a81a95d93c05f9c4c94839ded0363cfea57ce2ecfb572b26f3474daeebbabc202942381f9755f5",
                )),
            ),
            Exchange(
                "84f24000024f00",
                "84f24000181819d47b42bbe6b9449bbc2bd43a090dac1f2f0a52d9f34b",
                Some((
                    "0aa9a8a7a6a5a4a3a2a1a00f800aa0a1a2a3a4a5a6a7a8a9070009a00000015141434c00070010a0000002202003010301000000000011070007a00000024804000700",
                    "bb82442bb5cc8c839620615d1f163d3ddbc9357d68ef4bad997cfbb79a24c224a89488c44b25c3b23d489e4e58a309d438fdd6e453d0e07216541fb142b977a3a7d4c4048bbe2ba068f04a0a4a9c50bad232f8ca8ea1f40e",
                )),
            ),
            Exchange(
                "84f28000024f00",
                "84f280001809f07c3df47956b1052951fa28211ba7babc05c321d9b3bf",
                Some((
                    "08a0000001510000000f9e",
                    "31eb08363026463bad10af29f24301f1d9b8532067f9313d97fda39bbe6b6099befd623e1f79fb5d",
                )),
            ),
        ],
    },
];

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn command(text: &str) -> Command {
    Command::parse(&bytes(text)).unwrap()
}

impl Transcript {
    /// The session as either end derives it, checked against the cryptogram of the card.
    fn session(&self) -> (Session, Cryptograms, SecurityLevel) {
        let keys = Secret::new(bytes(&[self.enc, self.mac].concat()));
        let keys = CardKeys::from_secret(&keys).unwrap();
        let greeting = bytes(self.greeting);
        let challenge = greeting[13..21].try_into().unwrap();
        let host_challenge = command(self.initialize)
            .data
            .try_into()
            .unwrap();
        let (session, cryptograms) = Session::derive(&keys, host_challenge, challenge).unwrap();
        assert_eq!(cryptograms.card, greeting[21..29]);
        let level = SecurityLevel::from_p1(command(self.authenticate).p1).unwrap();
        (session, cryptograms, level)
    }

    /// Both ends after EXTERNAL AUTHENTICATE.
    fn open(&self) -> (Session, Session) {
        let (mut host, cryptograms, level) = self.session();
        let (mut card, ..) = self.session();
        let plain = Command::new(0x84, 0x82, level.p1(), 0x00).data(cryptograms.host);
        let sent = host
            .protect_authentication(plain.clone(), level)
            .unwrap();
        assert_eq!(hex::encode(sent.to_bytes()), self.authenticate);
        let Ok(taken) = card.verify_authentication(&sent, level) else {
            panic!("{} is refused", self.authenticate);
        };
        assert_eq!(taken, plain);
        (host, card)
    }
}

#[test]
fn every_message_is_that_of_other_cards_and_hosts() {
    let mut longer = 0;
    for transcript in TRANSCRIPTS {
        let (mut host, mut card) = transcript.open();
        for Exchange(plain, wrapped, answer) in transcript.exchanges {
            let (sent, at_host) = host.protect(command(plain)).unwrap();
            assert_eq!(&hex::encode(sent.to_bytes()), wrapped);
            let Ok((taken, at_card)) = card.verify(&sent) else {
                panic!("{wrapped} is refused");
            };
            assert_eq!(taken, command(plain));
            let Some((data, field)) = answer else {
                continue;
            };
            let Ok(read) = host.verify_response(at_host, &bytes(field)) else {
                panic!("{field} is refused");
            };
            assert_eq!(&hex::encode(&read), data);
            let made = card
                .protect_response(at_card, read)
                .unwrap();
            // Samsung's card fills its last answer up by a block more than it must.
            if field.len() / 2 == made.len() + BLOCK {
                longer += 1;
            } else {
                assert_eq!(&hex::encode(made), field);
            }
        }
    }
    assert_eq!(longer, 1);
}

/// The last answers of the transcripts, changed in every byte.
#[test]
fn no_byte_of_a_protected_answer_can_be_changed() {
    for transcript in TRANSCRIPTS {
        let (mut host, _) = transcript.open();
        for Exchange(plain, _, answer) in transcript.exchanges {
            let (_, answered) = host.protect(command(plain)).unwrap();
            let Some((data, field)) = answer.filter(|(data, field)| data != field) else {
                continue;
            };
            for at in 0..field.len() / 2 {
                let mut changed = bytes(field);
                changed[at] ^= 0x40;
                assert!(
                    host.verify_response(answered, &changed)
                        .is_err(),
                    "{data}, byte {at}"
                );
            }
            for length in 0..field.len() / 2 {
                let cut = &bytes(field)[..length];
                assert!(
                    host.verify_response(answered, cut)
                        .is_err()
                );
            }
        }
    }
}

#[test]
fn a_refused_command_leaves_chain_and_count_where_they_were() {
    let transcript = &TRANSCRIPTS[2];
    let (mut host, mut card) = transcript.open();
    let (sent, _) = host.protect(command(ASK)).unwrap();
    for at in 0..sent.data.len() {
        let mut changed = sent.clone();
        changed.data[at] ^= 1;
        assert!(card.verify(&changed).is_err());
        let mut cut = sent.clone();
        cut.data.truncate(at);
        assert!(card.verify(&cut).is_err());
    }
    assert_eq!(card.counter, 0);
    let Ok((taken, _)) = card.verify(&sent) else {
        panic!("the right command is refused");
    };
    assert_eq!(taken, command(ASK));
    assert!(card.verify(&sent).is_err(), "repeated");
}

#[test]
fn a_count_that_differs_by_one_deciphers_nothing() {
    let (mut host, mut card) = TRANSCRIPTS[2].open();
    card.counter += 1;
    let (sent, _) = host.protect(command(ASK)).unwrap();
    let taken = card
        .verify(&sent)
        .map(|(command, _)| command);
    assert!(taken.is_err() || taken.is_ok_and(|taken| taken != command(ASK)));
    // The answer to one command is not the answer to the next, even under the same chaining value.
    let (mut host, mut card) = TRANSCRIPTS[2].open();
    let (sent, mut at_host) = host.protect(command(ASK)).unwrap();
    let Ok((_, at_card)) = card.verify(&sent) else {
        panic!("the command is refused");
    };
    let field = card
        .protect_response(at_card, bytes(EID))
        .unwrap();
    at_host.counter += 1;
    let read = host.verify_response(at_host, &field);
    assert!(read.is_err() || read.is_ok_and(|read| read != bytes(EID)));
}

#[test]
fn data_are_filled_up_to_whole_blocks_and_back() {
    for length in 0..=MOST_DATA {
        let data = vec![0x80; length];
        let mut filled = data.clone();
        fill_up(&mut filled);
        assert!(filled.len() > length && filled.len() <= length + BLOCK);
        assert_eq!(filled.len() % BLOCK, 0);
        assert_eq!(filling(&filled), Some(length));
    }
    for wrong in [[0; 32].as_slice(), &[1; 16], &[]] {
        assert_eq!(filling(wrong), None, "{wrong:?}");
    }
}

#[test]
fn levels_that_the_specification_does_not_name_are_none() {
    let named = (0..=u8::MAX)
        .filter_map(SecurityLevel::from_p1)
        .map(SecurityLevel::p1);
    assert_eq!(named.collect::<Vec<_>>(), [0x01, 0x03, 0x11, 0x13, 0x33]);
}

#[test]
fn what_does_not_fit_a_short_command_is_not_protected() {
    let (mut host, _) = TRANSCRIPTS[2].open();
    let long = Command::new(0x84, 0xE8, 0, 0).data(vec![0; MOST_DATA + 1]);
    assert!(host.protect(long).is_err());
    let longest = Command::new(0x84, 0xE8, 0, 0)
        .data(vec![0; MOST_DATA])
        .ne(256);
    let (sent, _) = host.protect(longest).unwrap();
    assert_eq!(sent.to_bytes().len(), 5 + 248 + 1);
}
