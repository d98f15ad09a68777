//! `masthead account …`: accounts, for the operator.

use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Common, print};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::identity::{Caller, Identity, NewAccount};
use crate::model::account::{Account as Shown, Status};
use crate::model::time::Clock;
use crate::model::viewer::{Role, Roles, Viewer};
use crate::telemetry;

/// Make, list and change accounts.
#[derive(Debug, Args)]
pub struct Account {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an account; prints a link by which its owner chooses a password, unless one is given on standard input
    Create {
        /// The address
        email: String,
        /// The display name [default: the part of the address before the @]
        #[arg(long)]
        name: Option<String>,
        /// What it may: reader, contributor, editor, admin; may be given more than once
        #[arg(long = "role", value_name = "ROLE", default_value = "reader")]
        roles: Vec<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts
    List,
    /// Give an account roles, in the place of those that it has
    Role {
        /// The address
        email: String,
        /// All roles that it is to have: reader, contributor, editor, admin
        #[arg(required = true)]
        roles: Vec<String>,
    },
    /// Suspend an account; its sessions end
    Suspend {
        /// The address
        email: String,
        /// Restore it instead
        #[arg(long)]
        restore: bool,
    },
    /// Print a link by which the owner of an account chooses a password
    ResetLink {
        /// The address
        email: String,
    },
    /// Delete an account; what it wrote stays under its name
    Delete {
        /// The address
        email: String,
    },
    /// Change the key that signs access tokens at once, and make those that are out void: for when a key got out
    RotateKeys,
}

/// Roles, of words that a person typed.
fn roles(words: &[String]) -> Result<Roles> {
    let mut roles = Vec::new();
    for word in words.iter().flat_map(|words| words.split(',')).map(str::trim).filter(|word| !word.is_empty()) {
        let role = Role::of_account(&word.to_ascii_lowercase()).ok_or_else(|| {
            let known = Role::OF_ACCOUNTS.map(Role::as_str).join(", ");
            Error::new(Code::InvalidInput, format!("There is no role {word:?}; there are {known}."))
        })?;
        roles.push(role);
    }
    Ok(roles.into_iter().collect())
}

/// The password that stands on standard input, without the end of the line.
fn from_stdin() -> Result<String> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprintln!("Type the password and end the line (it will be seen):");
        let mut line = String::new();
        stdin.read_line(&mut line).map_err(|e| Error::new(Code::Io, format!("Standard input cannot be read: {e}.")))?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let mut text = String::new();
    stdin
        .read_to_string(&mut text)
        .map_err(|e| Error::new(Code::Io, format!("Standard input cannot be read: {e}.")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn line(account: &Shown) -> String {
    let status = match account.status {
        Status::Active => "",
        other => other.as_str(),
    };
    let email = account.email.as_deref().unwrap_or("-");
    format!("{}  {:<32}  {:<24}  {}  {status}", account.id, email, account.name, account.roles).trim_end().to_owned()
        + "\n"
}

impl Account {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let app = App::open(settings, Clock::system()).await?;
        let identity = Identity::open(&app).await?;
        let (caller, system) = (Caller::operator(), Viewer::system());
        match self.verb {
            Verb::Create { email, name, roles: words, password_stdin } => {
                let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
                let password = if password_stdin { Some(from_stdin()?) } else { None };
                let has_password = password.is_some();
                let new = NewAccount { email, name, roles: roles(&words)?, password };
                let account = identity.create_account(&caller, &system, new).await?;
                print(&line(&account))?;
                if !has_password {
                    let link = identity.reset_link(&caller, &system, account.id).await?;
                    eprintln!("Its owner chooses a password here, within {}:", life(&app));
                    print(&format!("{link}\n"))?;
                }
            }
            Verb::List => {
                let mut after = None;
                loop {
                    let accounts = identity.accounts(&system, after, 500).await?;
                    let Some(last) = accounts.last() else { break };
                    after = Some(last.id);
                    print(&accounts.iter().map(line).collect::<String>())?;
                }
                if after.is_none() {
                    eprintln!("There are no accounts; make one with `masthead account create EMAIL --role admin`.");
                }
            }
            Verb::Role { email, roles: words } => {
                let account = identity.account_by_email(&system, &email).await?;
                print(&line(&identity.set_roles(&caller, &system, account.id, roles(&words)?).await?))?;
            }
            Verb::Suspend { email, restore } => {
                let account = identity.account_by_email(&system, &email).await?;
                print(&line(&identity.suspend(&caller, &system, account.id, !restore).await?))?;
            }
            Verb::ResetLink { email } => {
                let account = identity.account_by_email(&system, &email).await?;
                eprintln!("Good once, for {}:", life(&app));
                print(&format!("{}\n", identity.reset_link(&caller, &system, account.id).await?))?;
            }
            Verb::Delete { email } => {
                let account = identity.account_by_email(&system, &email).await?;
                identity.delete_account(&caller, &system, account.id).await?;
                eprintln!("{} is deleted.", account.id);
            }
            Verb::RotateKeys => {
                identity.change_keys(&caller, &system).await?;
                eprintln!("There is a new key. Every access token that was out is void; sessions go on by refreshing.");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn life(app: &App) -> String {
    humantime::format_duration(app.settings.auth.reset_link).to_string()
}
