//! Where the secrets of a push record come from: files, stdin, the environment or the keyboard, never the arguments.

use crate::cli::{ArgumentError, CommandContext, password};
use crate::domain::push_record::{PushRecord, SealedSecrets, SecretKind};
use crate::domain::push_wish::{RecordContent, check_secret};
use crate::store::Sealing;
use crate::world;
use anyhow::Context;
use std::io::IsTerminal;
use zeroize::Zeroizing;

/// The files that secrets are in; “-” stands for stdin.
#[derive(clap::Args)]
pub(in crate::cli) struct SecretArgs {
    /// Google: the key file of the service account, JSON.
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<String>,
    /// Directory: the file with the password. Without it: SCIMBOX_AD_PASSWORD, or asked on a terminal.
    #[arg(long, value_name = "FILE")]
    ad_password_file: Option<String>,
    /// The file with the token of the target. Without it: SCIMBOX_TARGET_TOKEN, or asked on a terminal.
    #[arg(long, value_name = "FILE")]
    target_token_file: Option<String>,
}

/// What was given.
#[derive(Default)]
pub(super) struct GivenSecrets {
    source: Option<Zeroizing<String>>,
    target: Option<Zeroizing<String>>,
}

impl SecretArgs {
    /// Reads what is named, and asks for what is missing.
    pub(super) fn read(&self, content: &RecordContent, before: Option<&PushRecord>) -> anyhow::Result<GivenSecrets> {
        let named = [&self.credentials_file, &self.ad_password_file, &self.target_token_file];
        if named.iter().filter(|name| name.as_deref() == Some("-")).count() > 1 {
            return Err(ArgumentError::Usage("Only one secret can come from stdin.".to_owned()).into());
        }
        let of_source = content.source.secret();
        for (option, field, file) in [
            ("--credentials-file", "credentials", &self.credentials_file),
            ("--ad-password-file", "ad_password", &self.ad_password_file),
        ] {
            if file.is_some() && of_source != Some(field) {
                let kind = content.source.kind().word();
                return Err(ArgumentError::Usage(format!("{option} is not for the source {kind}.")).into());
            }
        }
        let (needs_source, needs_target) = content.needs(before);
        let source = match of_source {
            Some("credentials") => match &self.credentials_file {
                Some(file) => Some(text(file, "key file")?),
                None if needs_source.is_some() => {
                    let sentence = "Name the key file of the service account with --credentials-file FILE.";
                    return Err(ArgumentError::Usage(sentence.to_owned()).into());
                }
                None => None,
            },
            Some(_) => one_line(&self.ad_password_file, needs_source.is_some(), &AD_PASSWORD)?,
            None => None,
        };
        let is_foreign = content.is_foreign();
        if self.target_token_file.is_some() && !is_foreign {
            let sentence = "--target-token-file is for a target that is named by --target-url.";
            return Err(ArgumentError::Usage(sentence.to_owned()).into());
        }
        let target = match is_foreign {
            true => one_line(&self.target_token_file, needs_target.is_some(), &TARGET_TOKEN)?,
            false => None,
        };
        if let (Some(field), Some(secret)) = (of_source, &source) {
            check_secret(field, secret)?;
        }
        if let Some(secret) = &target {
            check_secret("target_token", secret)?;
        }
        Ok(GivenSecrets { source, target })
    }
}

impl GivenSecrets {
    /// Whether there is anything to seal.
    pub(super) fn is_empty(&self) -> bool {
        self.source.is_none() && self.target.is_none()
    }

    /// Seals them for a record. They have to be written before the right to seal is given back.
    pub(super) fn seal(&self, context: &CommandContext, id: i64) -> anyhow::Result<(SealedSecrets, Option<Sealing>)> {
        if self.is_empty() {
            return Ok((SealedSecrets::default(), None));
        }
        let sealing = context.store.sealing(world::random()?).map_err(crate::domain::Error::from)?;
        let seal = |kind: SecretKind, secret: &Option<Zeroizing<String>>| -> anyhow::Result<Option<Vec<u8>>> {
            let Some(secret) = secret else { return Ok(None) };
            let sealed = sealing.seal(&kind.sealed_as(id), secret.as_bytes(), world::random()?);
            Ok(Some(sealed.map_err(crate::domain::Error::from)?))
        };
        let (source, target) = (seal(SecretKind::Source, &self.source)?, seal(SecretKind::Target, &self.target)?);
        Ok((SealedSecrets { source, target }, Some(sealing)))
    }
}

/// How a secret of one line is called.
struct Names {
    what: &'static str,
    option: &'static str,
    variable: &'static str,
}

const AD_PASSWORD: Names =
    Names { what: "password of the directory", option: "--ad-password-file", variable: "SCIMBOX_AD_PASSWORD" };
const TARGET_TOKEN: Names =
    Names { what: "token of the target", option: "--target-token-file", variable: "SCIMBOX_TARGET_TOKEN" };

/// A secret of one line. One that is not named is asked for only where it has to be given.
fn one_line(file: &Option<String>, is_needed: bool, names: &Names) -> anyhow::Result<Option<Zeroizing<String>>> {
    if let Some(file) = file {
        return Ok(Some(password::one_line(&text(file, names.what)?)));
    }
    if !is_needed {
        return Ok(None);
    }
    if let Ok(secret) = std::env::var(names.variable) {
        return Ok(Some(Zeroizing::new(secret)));
    }
    let Names { what, option, variable } = names;
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let sentence = format!(
            "The {what} is missing and there is no terminal to ask on. Use {option} FILE, or - for stdin, or {variable}."
        );
        return Err(ArgumentError::Usage(sentence).into());
    }
    let mut prompt = String::from("The ");
    prompt.push_str(what);
    Ok(Some(Zeroizing::new(dialoguer::Password::new().with_prompt(prompt).interact()?)))
}

/// The whole of a file with a secret.
fn text(file: &str, what: &str) -> anyhow::Result<Zeroizing<String>> {
    if file == "-" {
        return password::text(std::io::stdin()).with_context(|| format!("the {what} cannot be read from stdin"));
    }
    let open = || {
        let open = std::fs::File::open(file)?;
        password::warn_of_readers(&open, Some(file), &format!("file with the {what}"));
        password::text(open)
    };
    open().with_context(|| format!("the {what} cannot be read from “{file}”"))
}
