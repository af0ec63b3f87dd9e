//! `role`: the role CA's face.

use crate::{
    arguments::{Role, RoleOrder, Wanted, WhichKey},
    failure::Failure,
    language::Language,
    output::{print, print_json},
    told::{code, told},
};
use serde_json::{Value, json};
use shirushi_clock::{Clock as _, Instant, SystemClock};
use shirushi_crypto::{PublicKey, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_profile::RevocationReason;
use shirushi_roles::{
    IdentityFolder, Issued, Peer, RoleAuthority, RoleError, ServiceName, Standing, Which,
    requested_key,
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// `role`
pub(crate) fn run(role: &Role, language: Language) -> Result<ExitCode, Failure> {
    let told = Told {
        language,
        is_json: role.is_json,
        now: SystemClock.now(),
    };
    match &role.order {
        RoleOrder::New { peer, wanted } => told.new_identity(&role.dir, peer, wanted),
        RoleOrder::List => told.list(&role.dir),
        RoleOrder::Renew { name, wanted } => told.renew(&role.dir, name, wanted),
        RoleOrder::Revoke {
            which,
            reason,
            folders,
        } => told.revoke(&role.dir, which, *reason, folders),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Who is told, when.
struct Told {
    language: Language,
    is_json: bool,
    now: Instant,
}

/// A key that is there, or a public half of one that is elsewhere.
enum Key {
    Made(SoftwareKey),
    Elsewhere(PublicKey),
    Kept,
}

impl Told {
    fn new_identity(&self, dir: &Path, peer: &Peer, wanted: &Wanted) -> Result<(), Failure> {
        let key = self.key(&wanted.key)?;
        let (mut authority, is_founded) = self.open_or_found(dir)?;
        authority
            .may_issue(peer, self.now)
            .map_err(|error| self.failure(&error))?;
        let folder = match key {
            Key::Made(_) | Key::Kept => IdentityFolder::fresh(&wanted.out),
            Key::Elsewhere(_) => IdentityFolder::beside_its_key(&wanted.out),
        };
        let folder = folder.map_err(|error| self.failure(&error))?;
        let issued = key
            .public()
            .ok_or(RoleError::KeyKind)
            .and_then(|public| authority.issue(peer, public, wanted.days, self.now, &SystemRandom))
            .and_then(|issued| hand_over(&authority, issued, &key, &folder))
            .map_err(|error| self.failure(&error))?;
        if is_founded && !self.is_json {
            let founded = self
                .language
                .pick("役割認証局を作りました", "A role CA was founded in");
            print(&format!("{founded}: {}", dir.display()))?;
        }
        self.tell_issued(&issued, &wanted.out, is_founded)
    }

    fn renew(&self, dir: &Path, name: &ServiceName, wanted: &Wanted) -> Result<(), Failure> {
        let key = self.key(&wanted.key)?;
        let mut authority = self.open(dir)?;
        let folder = IdentityFolder::of(&wanted.out, name).map_err(|error| self.failure(&error))?;
        let issued = authority
            .renew(name, key.public(), wanted.days, self.now, &SystemRandom)
            .and_then(|issued| hand_over(&authority, issued, &key, &folder))
            .map_err(|error| self.failure(&error))?;
        self.tell_issued(&issued, &wanted.out, false)
    }

    fn list(&self, dir: &Path) -> Result<(), Failure> {
        let authority = self.open(dir)?;
        if self.is_json {
            let identities: Vec<_> = authority
                .issued()
                .iter()
                .map(|issued| self.as_json(issued))
                .collect();
            return print_json(&json!({
                "authority": {
                    "not_after": authority.certificate().not_after().to_string(),
                    "sha256": hex::encode(authority.certificate().sha256()),
                },
                "identities": identities,
            }));
        }
        for issued in authority.issued() {
            print(&self.line(issued))?;
        }
        let end = authority.certificate().not_after();
        let own = self.language.pick(
            "役割認証局の証明書の終わり",
            "The role CA's own certificate ends at",
        );
        print(&format!("{own}: {end}"))
    }

    fn revoke(
        &self,
        dir: &Path,
        which: &Which,
        reason: RevocationReason,
        folders: &[PathBuf],
    ) -> Result<(), Failure> {
        let mut authority = self.open(dir)?;
        let told = self.folders(&authority, folders)?;
        let revoked = authority
            .revoke(which, reason, self.now)
            .and_then(|revoked| {
                let list = authority.list_pem()?;
                told.iter()
                    .try_for_each(|folder| folder.take_list(&list))?;
                Ok(revoked)
            })
            .map_err(|error| self.failure(&error))?;
        if self.is_json {
            let revoked: Vec<_> = revoked
                .iter()
                .map(|issued| self.as_json(issued))
                .collect();
            return print_json(&json!({ "revoked": revoked }));
        }
        for issued in &revoked {
            print(&self.line(issued))?;
        }
        self.tell_where_the_list_is(dir, folders)
    }

    /// Folders that trust this role CA; looked at before anything is done.
    fn folders(
        &self,
        authority: &RoleAuthority,
        folders: &[PathBuf],
    ) -> Result<Vec<IdentityFolder>, Failure> {
        folders
            .iter()
            .map(|folder| IdentityFolder::trusting(folder, authority.certificate()))
            .collect::<Result<_, _>>()
            .map_err(|error| self.failure(&error))
    }

    fn tell_where_the_list_is(&self, dir: &Path, folders: &[PathBuf]) -> Result<(), Failure> {
        let list = dir.join(shirushi_roles::LIST_FILE);
        let list = list.display();
        match (folders.is_empty(), self.language) {
            (false, _) => Ok(()),
            (true, Language::Japanese) => print(&format!(
                "失効リスト {list} を、各サービスのフォルダに写してください。再起動は不要です。"
            )),
            (true, Language::English) => print(&format!(
                "Copy the list {list} into the folder of each service; no restart is needed."
            )),
        }
    }

    fn key(&self, which: &WhichKey) -> Result<Key, Failure> {
        let key = match which {
            WhichKey::Made(kind) => SoftwareKey::generate(*kind)
                .map(Key::Made)
                .map_err(RoleError::from),
            WhichKey::Requested(request) => requested_key(request).map(Key::Elsewhere),
            WhichKey::Kept => Ok(Key::Kept),
        };
        key.map_err(|error| self.failure(&error))
    }

    fn open(&self, dir: &Path) -> Result<RoleAuthority, Failure> {
        RoleAuthority::open(dir, self.now).map_err(|error| self.failure(&error))
    }

    /// The role CA, and whether it was founded now.
    fn open_or_found(&self, dir: &Path) -> Result<(RoleAuthority, bool), Failure> {
        match RoleAuthority::open(dir, self.now) {
            Err(RoleError::NoAuthority { .. }) => {
                RoleAuthority::found(dir, self.now, &SystemRandom).map(|founded| (founded, true))
            }
            opened => opened.map(|authority| (authority, false)),
        }
        .map_err(|error| self.failure(&error))
    }

    fn tell_issued(&self, issued: &Issued, out: &Path, is_founded: bool) -> Result<(), Failure> {
        if self.is_json {
            let mut told = self.as_json(issued);
            told["folder"] = json!(out.display().to_string());
            told["founded"] = json!(is_founded);
            return print_json(&told);
        }
        print(&format!("{}\n  {}", self.line(issued), out.display()))
    }

    fn as_json(&self, issued: &Issued) -> Value {
        let mut told = json!({
            "number": issued.number,
            "role": issued.peer.role.as_str(),
            "name": issued.peer.name.as_str(),
            "serial": issued.certificate.serial().to_string(),
            "not_before": issued.certificate.not_before().to_string(),
            "not_after": issued.certificate.not_after().to_string(),
            "standing": issued.standing(self.now).as_str(),
        });
        if let Some(revocation) = issued.revoked {
            told["revoked_at"] = json!(revocation.at.to_string());
            told["reason"] = json!(revocation.reason);
        }
        told
    }

    fn line(&self, issued: &Issued) -> String {
        let say = |ja, en| self.language.pick(ja, en);
        let standing = match (issued.standing(self.now), issued.revoked) {
            (Standing::Revoked, Some(revocation)) => {
                format!("{} {}", say("失効", "revoked at"), revocation.at)
            }
            (Standing::Expired, _) => format!(
                "{} {}",
                say("終了", "ended at"),
                issued.certificate.not_after()
            ),
            _ => format!(
                "{} {}",
                say("有効期限", "alive until"),
                issued.certificate.not_after()
            ),
        };
        format!(
            "{:>4}  {:<9}  {:<24}  {standing}  {}",
            issued.number,
            issued.peer.role.as_str(),
            issued.peer.name.as_str(),
            issued.certificate.serial()
        )
    }

    fn failure(&self, error: &RoleError) -> Failure {
        let code = match error {
            RoleError::NoAuthority { .. } | RoleError::NoRequest { .. } => code::NO_INPUT,
            _ => code::FAILED,
        };
        told(
            code,
            self.language,
            &error.in_japanese(),
            &error.to_string(),
        )
    }
}

impl Key {
    fn public(&self) -> Option<&PublicKey> {
        match self {
            Self::Made(key) => Some(key.public_key()),
            Self::Elsewhere(key) => Some(key),
            Self::Kept => None,
        }
    }

    fn made(&self) -> Option<&SoftwareKey> {
        match self {
            Self::Made(key) => Some(key),
            Self::Elsewhere(_) | Self::Kept => None,
        }
    }
}

fn hand_over(
    authority: &RoleAuthority,
    issued: Issued,
    key: &Key,
    folder: &IdentityFolder,
) -> Result<Issued, RoleError> {
    folder.take(&authority.handed(&issued, key.made())?)?;
    Ok(issued)
}
