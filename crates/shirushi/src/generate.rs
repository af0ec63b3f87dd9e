//! `shirushi generate`: manual pages in both languages and completions, made from the command line itself so that they cannot
//! disagree with it. For `packaging/build`.

use crate::{arguments, failure::Failure, language::Language, output::replace};
use clap::Command;
use clap_complete::Shell;
use std::{fs, path::Path, process::ExitCode};

/// The headings that clap_mangen writes, and what they are called in Japanese pages.
const HEADINGS: [(&str, &str); 7] = [
    ("NAME", "名前"),
    ("SYNOPSIS", "書式"),
    ("DESCRIPTION", "説明"),
    ("OPTIONS", "オプション"),
    ("SUBCOMMANDS", "コマンド"),
    ("VERSION", "バージョン"),
    ("EXTRA", "補足"),
];

/// What is written below the first page, in roff.
const MORE_ENGLISH: &str = r#".SH "EXIT STATUS"
0 done, 1 refused or failed, 2 undecided, 3 no reader or card, 4 wrong PIN, 5 PIN locked, 6 given up, 64 command line not understood, 66 no usable input file, 141 the reader of the output has gone.
.SH ENVIRONMENT
.TP
\fBSHIRUSHI_LOG\fR
What is logged to standard error: \fBerror\fR, \fBwarn\fR (the default), \fBinfo\fR, \fBdebug\fR.
.TP
\fBLC_ALL\fR, \fBLC_MESSAGES\fR, \fBLANG\fR
Japanese is spoken in Japanese locales, English in all others.
"#;
const MORE_JAPANESE: &str = r#".SH 終了ステータス
0 終了、1 拒否または失敗、2 判定できない、3 リーダーかカードがない、4 暗証番号の誤り、5 ロック、6 中止、64 コマンドラインの誤り、66 入力ファイルが使えない、141 出力の読み手が終わった。
.SH 環境変数
.TP
\fBSHIRUSHI_LOG\fR
標準エラー出力に記録するもの: \fBerror\fR、\fBwarn\fR（既定）、\fBinfo\fR、\fBdebug\fR。
.TP
\fBLC_ALL\fR、\fBLC_MESSAGES\fR、\fBLANG\fR
日本語のロケールでは日本語、ほかでは英語で表示します。
"#;

/// Writes everything below the folder, each file where a package has it below `/usr/share`.
pub(crate) fn run(order: &arguments::Generate) -> Result<ExitCode, Failure> {
    let folder = &order.folder;
    for (language, place) in [
        (Language::English, "man/man1"),
        (Language::Japanese, "man/ja/man1"),
    ] {
        let pages = folder.join(place);
        manual(arguments::command(language), language, &pages)?;
    }
    for (shell, file) in [
        (Shell::Bash, "bash-completion/completions/shirushi"),
        (Shell::Zsh, "zsh/vendor-completions/_shirushi"),
        (Shell::Fish, "fish/vendor_completions.d/shirushi.fish"),
    ] {
        let mut text = Vec::new();
        let mut command = arguments::command(Language::English);
        clap_complete::generate(shell, &mut command, "shirushi", &mut text);
        write(&folder.join(file), &text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A page for the program and one for each command that help shows, and for theirs.
fn manual(mut command: Command, language: Language, folder: &Path) -> Result<(), Failure> {
    command.build();
    page(&command, "shirushi", language, folder)
}

fn page(command: &Command, name: &str, language: Language, folder: &Path) -> Result<(), Failure> {
    let shown = || {
        command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(command.clone())
        .title(name.to_ascii_uppercase())
        .manual("Shirushi")
        .render(&mut roff)
        .map_err(Failure::Output)?;
    let mut text = String::from_utf8_lossy(&roff).into_owned();
    if language == Language::Japanese {
        text = in_japanese(&text);
    }
    if name == "shirushi" {
        text.push_str(language.pick(MORE_JAPANESE, MORE_ENGLISH));
    }
    write(&folder.join(format!("{name}.1")), text.as_bytes())?;
    for command in shown() {
        let name = format!("{name}-{}", command.get_name());
        page(command, &name, language, folder)?;
    }
    Ok(())
}

fn in_japanese(page: &str) -> String {
    // Lines are not stretched to the right margin: Japanese has no spaces to stretch.
    std::iter::once(".ad l\n".to_owned())
        .chain(page.lines().map(|line| {
            let heading = line
                .strip_prefix(".SH ")
                .and_then(|english| {
                    HEADINGS
                        .iter()
                        .find(|(known, _)| *known == english.trim_matches('"'))
                });
            match heading {
                Some((_, japanese)) => format!(".SH {japanese}\n"),
                None => format!("{line}\n"),
            }
        }))
        .collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| Failure::File {
            path: folder.to_owned(),
            source,
        })?;
    }
    // Its errors are the packager's, who reads English.
    replace(path, bytes, Language::English)
}
