//! What the module is told to do, and by whom.

use shirushi_pkcs11::{Environment, LastTry, Pss, SettingsError, SignatureLogin, Tokens};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const TOOL: &str = "/usr/bin/pkcs11-tool";
const BROWSER: &str = "/usr/lib/chromium/chromium";

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn environment(&self, program: &str) -> Environment {
        Environment {
            program: PathBuf::from(program),
            config_home: Some(self.0.path().join("config")),
            home: Some(self.0.path().to_owned()),
            machine: self.0.path().join("etc"),
            tokens: None,
        }
    }

    fn write(&self, folder: &str, text: &str) {
        let folder = self
            .0
            .path()
            .join(folder)
            .join("shirushi");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("pkcs11.conf"), text).unwrap();
    }
}

fn tokens(environment: &Environment) -> Tokens {
    environment.settings().unwrap().tokens
}

#[test]
fn browsers_do_not_see_the_signature_token() {
    let home = Home::new();
    assert_eq!(tokens(&home.environment(TOOL)), Tokens::Both);
    assert_eq!(tokens(&home.environment(BROWSER)), Tokens::Authentication);
    home.write("config", "tokens = auto\n");
    assert_eq!(tokens(&home.environment(BROWSER)), Tokens::Authentication);
    home.write("config", "tokens = both\n");
    assert_eq!(tokens(&home.environment(BROWSER)), Tokens::Both);
    let variable = Environment {
        tokens: Some("sign".to_owned()),
        ..home.environment(BROWSER)
    };
    assert_eq!(tokens(&variable), Tokens::Signature);
}

#[test]
fn the_users_file_is_read_and_not_the_machines() {
    let home = Home::new();
    home.write("etc", "reader = A\nlast-try = allow\n");
    let settings = home
        .environment(TOOL)
        .settings()
        .unwrap();
    assert_eq!(settings.reader.as_deref(), Some("A"));
    assert_eq!(settings.last_try, LastTry::Allowed);
    assert_eq!(settings.signature_login, SignatureLogin::See);
    assert_eq!(settings.pss, Pss::Auto);
    home.write(
        "config",
        "# mine\n\n  card = /home/x/my card  \nlast-try=refuse\nsignature-login = sign-once\npss = off",
    );
    let settings = home
        .environment(TOOL)
        .settings()
        .unwrap();
    assert_eq!(settings.reader, None);
    assert_eq!(settings.last_try, LastTry::Refused);
    assert_eq!(settings.signature_login, SignatureLogin::SignOnce);
    assert_eq!(settings.pss, Pss::Off);
    assert_eq!(settings.card.as_deref(), Some(Path::new("/home/x/my card")));
    // Some editors begin a file so.
    home.write(".config", "\u{FEFF}tokens = auth\n");
    let without = Environment {
        config_home: None,
        ..home.environment(TOOL)
    };
    assert_eq!(tokens(&without), Tokens::Authentication);
}

#[test]
fn what_is_not_understood_is_no_setting() {
    let home = Home::new();
    for (text, number) in [
        ("tokens = all\n", 1),
        ("\ntoken = both\n", 2),
        ("# x\n\ncard =\n", 3),
        ("last-try\n", 1),
        ("last-try = yes\n", 1),
        ("pss = yes\n", 1),
    ] {
        home.write("config", text);
        match home.environment(TOOL).settings() {
            Err(SettingsError::Line { line, .. }) => assert_eq!(line, number, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    fs::remove_dir_all(home.0.path().join("config")).unwrap();
    let variable = Environment {
        tokens: Some("all".to_owned()),
        ..home.environment(TOOL)
    };
    assert!(matches!(variable.settings(), Err(SettingsError::Variable)));
}

#[test]
fn a_privileged_process_does_not_obey_its_users_files() {
    let environment = Environment::of_this_process(true);
    assert_eq!(
        (
            environment.config_home,
            environment.home,
            environment.tokens
        ),
        (None, None, None)
    );
    assert_eq!(environment.machine, Path::new("/etc"));
}
