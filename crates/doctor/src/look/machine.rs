//! The machine itself: characters, memory, the data folder.

use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{MACHINE_FOLDER, MACHINE_LOCALE, MACHINE_MEMORY},
};
use rustix::fs::{Access, access, statvfs};
use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

/// Less than this is too little for a database and its log, in bytes.
const ROOM: u64 = 8 << 20;
/// Permissions of others than the owner.
const OTHERS: u32 = 0o077;

pub(crate) fn look(surroundings: &Surroundings, notes: &mut Notes) {
    locale(surroundings, notes);
    match surroundings.locks_memory {
        true => notes.ok(&MACHINE_MEMORY, said("できます", "It can")),
        false => notes.fault(
            &MACHINE_MEMORY,
            said(
                "メモリーを固定する上限（ulimit -l）に達しています",
                "The limit on locked memory (ulimit -l) is used up",
            ),
            &[],
        ),
    }
    match &surroundings.agent_folder {
        Some(path) => folder(path, notes),
        None => notes.not_looked_at(
            &MACHINE_FOLDER,
            said(
                "XDG_DATA_HOMEもHOMEも設定されていません",
                "Neither XDG_DATA_HOME nor HOME is set",
            ),
        ),
    }
}

fn locale(surroundings: &Surroundings, notes: &mut Notes) {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| Some((name, surroundings.variable(name)?)));
    let Some((name, locale)) = set else {
        notes.warn(
            &MACHINE_LOCALE,
            said("ロケールが設定されていません", "No locale is set"),
            &[],
        );
        return;
    };
    let seen = said(format!("{name}={locale}"), format!("{name}={locale}"));
    let code = locale
        .split_once('.')
        .map(|(_, code)| code.split('@').next().unwrap_or(code))
        .map(|code| {
            code.to_ascii_lowercase()
                .replace('-', "")
        });
    match code.as_deref() {
        Some("utf8") => notes.ok(&MACHINE_LOCALE, seen),
        // C and POSIX: plain ASCII, which most terminals take for UTF-8 all the same.
        None if matches!(locale.as_str(), "C" | "POSIX") => {
            notes.warn(&MACHINE_LOCALE, seen, &[]);
        }
        _ => notes.fault(&MACHINE_LOCALE, seen, &[]),
    }
}

/// The folder, or where it does not exist yet the nearest one above it, in which it would be made.
fn folder(path: &Path, notes: &mut Notes) {
    let exists = path.exists();
    let nearest = path
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(path);
    let shown = nearest.display().to_string();
    let facts = [("path", shown.as_str().into())];
    let mut fault = |ja: String, en: String| notes.fault(&MACHINE_FOLDER, said(ja, en), &facts);
    let metadata = match fs::metadata(nearest) {
        Ok(metadata) => metadata,
        Err(error) => {
            return notes.not_looked_at(
                &MACHINE_FOLDER,
                said(format!("{shown}: {error}"), format!("{shown}: {error}")),
            );
        }
    };
    if !metadata.is_dir() {
        return fault(
            format!("{shown}はフォルダではありません"),
            format!("{shown} is no folder"),
        );
    }
    if let Err(error) = access(nearest, Access::WRITE_OK | Access::EXEC_OK) {
        return fault(
            format!("{shown}に書き込めません: {error}"),
            format!("{shown} cannot be written: {error}"),
        );
    }
    let mode = metadata.mode() & 0o777;
    if exists && mode & OTHERS != 0 {
        return fault(
            format!("{shown}を他の利用者も使えます（{mode:o}）"),
            format!("Others may use {shown} ({mode:o})"),
        );
    }
    match statvfs(nearest) {
        Ok(disk)
            if disk
                .f_bavail
                .saturating_mul(disk.f_frsize)
                < ROOM =>
        {
            fault(
                format!("{shown}のディスクに空きがありません"),
                format!("The disk of {shown} is full"),
            )
        }
        Ok(_) => notes.ok(&MACHINE_FOLDER, said(shown.clone(), shown)),
        Err(error) => notes.not_looked_at(
            &MACHINE_FOLDER,
            said(format!("{shown}: {error}"), format!("{shown}: {error}")),
        ),
    }
}
