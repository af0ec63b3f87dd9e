//! The counter's database as a file: only its owner can read it, and no password and no session is found in it.

use crate::support::{HERE, PASSWORD, Town};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_its_owners_and_holds_neither_password_nor_session() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.log_in("hanako", "a wrong password here")
        .await;
    town.log_in("typed into the wrong field", PASSWORD)
        .await;
    let mut looked_at = 0;
    for file in std::fs::read_dir(town.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let mode = path
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &[u8]| {
            bytes
                .windows(text.len())
                .any(|window| window == text)
        };
        assert!(!holds(PASSWORD.as_bytes()));
        assert!(!holds(session.as_bytes()));
        assert!(!holds(&hex::decode(&session).unwrap()));
        assert!(!holds(b"a wrong password here"));
        assert!(!holds(b"typed into the wrong field"));
        looked_at += usize::from(holds(b"hanako"));
    }
    assert!(looked_at > 0, "the officer stands in one of the files");
}
